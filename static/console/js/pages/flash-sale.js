// One flash sale: 基础信息 with its link, 商品, 抢购记录, 审批记录.

import { html } from "../../../m/js/html.js";
import { post } from "../api.js";
import { Approval } from "../blocks/approval.js";
import { DetailPage, Facts } from "../blocks/detail-page.js";
import { ListPage } from "../blocks/list-page.js";
import { plainTable } from "../blocks/plain-table.js";
import { FLASH_ACTIONS } from "../flash-sales/actions.js";
import { PHASES, STATES } from "../flash-sales/labels.js";
import { number } from "../format.js";
import { linkToMember } from "../links.js";

const yesNo = (name) => ({ content }) => (content[name] ? "是" : "否");
const FACTS = [
  { label: "状态", prop: "state", format: "tag", tags: STATES }, { label: "进度", render: ({ phase }) => PHASES[phase] },
  { label: "预告时间", prop: "announced_at", format: "time" }, { label: "开始时间", prop: "starts_at", format: "time" }, { label: "结束时间", prop: "ends_at", format: "time" },
  { label: "已售/总数", render: ({ sold, stock }) => `${number(sold)} / ${number(stock)}` }, { label: "待付款", render: ({ held }) => `${number(held)} 件` },
  { label: "剩余", render: ({ left }) => `${number(left)} 件` }, { label: "付款订单", prop: "orders", format: "number" }, { label: "抢购金额", prop: "amount_fen", format: "money" },
  { label: "停止原因", prop: "stop_reason" },
];
const CONTENT_FACTS = [
  { label: "可用优惠券", render: yesNo("takes_coupons") }, { label: "可用积分", render: yesNo("takes_points") }, { label: "可与其他促销同享", render: yesNo("takes_promotions") },
  { label: "成本中心", render: ({ content }) => content.cost_centre ?? "—" }, { label: "门店", wide: true, render: ({ content }) => content.shops.join("、") || "—" },
  { label: "抢购规则", wide: true, render: ({ content }) => content.rules_text || "—" },
];
const DRAFT_COLUMNS = [
  { prop: "sku", label: "商品编码", minWidth: 150 }, { prop: "price_fen", label: "抢购价", format: "money", width: 120 },
  { prop: "quantity", label: "每店数量", format: "number", width: 110 }, { prop: "limit", label: "每人限购", format: "number", width: 110 },
];
const ITEM_COLUMNS = [
  { prop: "name", label: "商品", minWidth: 160 }, { prop: "shop", label: "门店", minWidth: 120 }, { prop: "price_fen", label: "抢购价", format: "money", width: 110 },
  { prop: "limit", label: "每人限购", format: "number", width: 100 }, { prop: "stock", label: "数量", format: "number", width: 90 }, { prop: "held", label: "待付款", format: "number", width: 90 },
  { prop: "sold", label: "已售", format: "number", width: 90 }, { prop: "left", label: "剩余", format: "number", width: 90 }, { prop: "returned", label: "退回门店", format: "number", width: 100 },
];
const RECORD_COLUMNS = [
  { prop: "at", label: "时间", phone: true, format: "time", sortable: true, width: 175 }, { prop: "card_number", label: "会员", phone: true, width: 175, render: ({ card_number }) => linkToMember(card_number) },
  { prop: "kind", label: "类型", phone: true, width: 110 }, { prop: "units", label: "件数", format: "number", width: 90 }, { prop: "name", label: "商品", minWidth: 150 },
  { prop: "shop", label: "门店", minWidth: 120 }, { prop: "order_number", label: "订单号", minWidth: 190 },
];
const isPublished = ({ published_at: at }) => Boolean(at);
const decide = ({ id, fingerprint }, { approved, opinion }) => post(`/approvals/${id}/decision`, { approved, opinion, version: fingerprint });

const basic = (data) => html`
  <div>
    <p class="muted">${data.link ? "链接（可用于关键词回复、菜单和关注回复）" : "发布后生成链接。"}</p>${data.link && html`<p data-testid="flash-link">${data.link}</p>`}
    <${Facts} facts=${CONTENT_FACTS} data=${data} />
  </div>`;

const TABS = [
  { key: "basic", label: "基础信息", render: basic },
  { key: "goods", label: "商品", render: (data) => (isPublished(data) ? plainTable(data.items, ITEM_COLUMNS, { label: "商品", emptyText: "没有您门店的商品" }) : plainTable(data.content.goods, DRAFT_COLUMNS, { label: "商品", emptyText: "还没有商品" })) },
  { key: "records", label: "抢购记录", show: isPublished, render: ({ id }) => html`
    <${ListPage} url=${`/flash-sales/${id}/records`} columns=${RECORD_COLUMNS} sort="-at" embedded=${true} exportKind="flash_sale_records" exportRight="flash_sales.export" exportParams=${{ sale: id }} emptyText="还没有人抢购" />` },
  { key: "approval", label: "审批记录", show: ({ approval }) => Boolean(approval), render: (data, reload) => html`
    <${Approval} task=${data.approval} decide=${(decision) => decide(data.approval, decision)} withdraw=${() => post(`/approvals/${data.approval.id}/withdrawal`)} onChanged=${reload} />` },
];

const component = {
  props: ["params"],
  setup: ({ params }) => () => html`
    <${DetailPage} url=${`/flash-sales/${params.id}`} title=${({ name }) => name} facts=${FACTS} actions=${FLASH_ACTIONS} tabs=${TABS} />`,
};

export default { title: "限时抢购", component };
