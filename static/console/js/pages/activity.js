// One activity: 基础信息, 奖品, 中奖记录, 抽奖记录 with the numbers of each draw, 分享记录, 审批记录.

import { html } from "../../../m/js/html.js";
import { fileUrl, post } from "../api.js";
import { ACTIVITY_ACTIONS, STEP_ACTIONS } from "../activities/actions.js";
import { STATES } from "../activities/labels.js";
import { Approval } from "../blocks/approval.js";
import { DetailPage, Facts } from "../blocks/detail-page.js";
import { ListPage } from "../blocks/list-page.js";
import { plainTable } from "../blocks/plain-table.js";
import { money, number } from "../format.js";
import { linkToMember } from "../links.js";
import { WIN_COLUMNS } from "./draw-prizes.js";

const FACTS = [
  { label: "状态", prop: "state", format: "tag", tags: STATES },
  { label: "开始时间", prop: "starts_at", format: "time" }, { label: "结束时间", prop: "ends_at", format: "time" },
  { label: "已抽/总次数", render: ({ draws_made, total_draws }) => `${number(draws_made)} / ${total_draws === null ? "未定" : number(total_draws)}` },
  { label: "中奖人数", prop: "winners", format: "number" },
  { label: "剩余奖品", render: ({ prizes_left: left, prize_count: all }) => (left === null ? number(all) : `${number(left)} / ${number(all)}`) },
  { label: "奖品最高成本", render: ({ cost_fen }) => `${money(cost_fen)} 元` },
  { label: "红包预算", render: ({ budget_name, cash_fen }) => (budget_name ? `${budget_name}（最多 ${money(cash_fen)} 元）` : "—") },
  { label: "领奖截止", prop: "claims_until", format: "time" },
  { label: "暂停原因", prop: "stop_reason" },
];
const CONTENT_FACTS = [
  { label: "样式", render: ({ content }) => (content.look === "grid" ? "九宫格" : "大转盘") }, { label: "仅限会员", render: ({ content }) => (content.members_only ? "是" : "否") },
  { label: "每人每天最多", render: ({ content }) => `${content.draws_per_day} 次` }, { label: "每人全程最多", render: ({ content }) => (content.draws_per_member ? `${content.draws_per_member} 次` : "不限") },
  { label: "每台设备每天最多", render: ({ content }) => (content.draws_per_device ? `${content.draws_per_device} 次` : "不限") }, { label: "每天免费", render: ({ content }) => `${content.free_per_day} 次` },
  { label: "积分抽奖", render: ({ content }) => (content.points_price ? `${content.points_price} 积分一次，每天 ${content.points_draws_per_day} 次` : "不开放") },
  { label: "到店扫码", render: ({ content }) => (content.scan_chances ? `每天 ${content.scan_chances} 次` : "不开放") },
  { label: "消费", render: ({ content }) => (content.purchase_chances ? `满 ${money(content.purchase_min_fen)} 元得 ${content.purchase_chances} 次` : "不开放") },
  { label: "参加门店", wide: true, render: ({ content }) => content.shops.join("、") || "全部门店" },
  { label: "活动规则", wide: true, render: ({ content }) => content.rules_text || "—" },
];
const PRIZE_COLUMNS = [
  { prop: "name", label: "奖品", minWidth: 150 }, { prop: "kind_label", label: "类型", width: 110 }, { prop: "quantity", label: "数量", format: "number", width: 100 },
  { prop: "given", label: "已中", format: "number", width: 100 }, { prop: "left", label: "剩余", width: 100, render: ({ quantity, given }) => number(quantity - given) },
  { prop: "most_fen", label: "最高成本", format: "money", width: 120 }, { prop: "ways", label: "领取方式", minWidth: 130 },
];
const DRAW_COLUMNS = [
  { prop: "number", label: "第几次", phone: true, sortable: true, width: 100 }, { prop: "at", label: "时间", format: "time", width: 175 },
  { prop: "card_number", label: "会员", phone: true, width: 175, render: ({ card_number }) => linkToMember(card_number) }, { prop: "source", label: "次数来源", width: 110 },
  { prop: "draws_left", label: "抽前剩余次数", format: "number", width: 120 }, { prop: "prizes_left", label: "抽前剩余奖品", minWidth: 130, render: ({ prizes_left }) => prizes_left.join("、") },
  { prop: "pick", label: "号码", format: "number", width: 100 }, { prop: "prize", label: "结果", phone: true, minWidth: 120, render: ({ prize }) => prize ?? "未中奖" },
  { prop: "is_correct", label: "核对", width: 90, format: "tag", tags: { true: ["一致", "success"], false: ["不一致", "danger"] } },
];
const DRAW_FILTERS = [{ prop: "won", label: "结果", type: "select", options: [["true", "中奖"], ["false", "未中奖"]] }];
const SHARE_COLUMNS = [
  { prop: "sharer", label: "分享人", phone: true, width: 175, render: ({ sharer }) => linkToMember(sharer) }, { prop: "friend", label: "好友", phone: true, minWidth: 120 },
  { prop: "opened_at", label: "打开时间", format: "time", sortable: true, width: 175 }, { prop: "followed_at", label: "关注时间", format: "time", width: 175 }, { prop: "joined_at", label: "注册时间", format: "time", width: 175 },
];
const OWN_WIN_COLUMNS = WIN_COLUMNS.filter(({ prop }) => prop !== "activity");
const isPublished = ({ state }) => state !== "draft";

const linkCard = ({ id, name, link }) => (link ? html`
  <div class="with-phone">
    <div><p class="muted">链接</p><p data-testid="activity-link">${link}</p>
      <p><a href=${fileUrl(`/activities/${id}/qr-code`, { size: 1000, download: true })}>下载二维码</a></p></div>
    <img class="qr-code" src=${fileUrl(`/activities/${id}/qr-code`, { size: 240 })} width="200" height="200" alt=${`${name}的二维码`} data-testid="activity-code" />
  </div>` : html`<p class="muted">发布后生成链接和二维码。</p>`);

const TABS = [
  { key: "basic", label: "基础信息", render: (data) => html`<div>${linkCard(data)}<${Facts} facts=${CONTENT_FACTS} data=${data} /></div>` },
  { key: "prizes", label: "奖品", render: ({ prizes }) => plainTable(prizes, PRIZE_COLUMNS, { label: "奖品", emptyText: "还没有奖品" }) },
  { key: "winners", label: "中奖记录", right: "draw_prizes.read", show: isPublished, render: ({ id }) => html`
    <${ListPage} url="/draw-prizes" params=${{ activity: id }} columns=${OWN_WIN_COLUMNS} sort="-won_at" embedded=${true} exportKind="draw_prizes" exportParams=${{ activity: id }} emptyText="还没有人中奖" />` },
  { key: "draws", label: "抽奖记录", show: isPublished, render: ({ id }) => html`
    <${ListPage} url=${`/activities/${id}/draws`} columns=${DRAW_COLUMNS} filters=${DRAW_FILTERS} rowKey="number" sort="-number" embedded=${true} exportKind="draws" exportRight="draw_prizes.export" exportParams=${{ activity: id }} emptyText="还没有人抽奖"
      note="号码从 0 到剩余次数减 1 随机取得。号码小于第一种奖品的剩余数量时中第一种，接着是第二种，依此类推，其余不中。" />` },
  { key: "shares", label: "分享记录", show: isPublished, render: ({ id }) => html`
    <${ListPage} url=${`/activities/${id}/shares`} columns=${SHARE_COLUMNS} sort="-opened_at" embedded=${true} emptyText="还没有人从分享打开" />` },
  { key: "approval", label: "审批记录", show: ({ approval }) => Boolean(approval), render: (data, reload) => html`
    <${Approval} task=${data.approval} decide=${(decision) => decide(data.approval, decision)} withdraw=${() => post(`/approvals/${data.approval.id}/withdrawal`)} onChanged=${reload} />` },
];

const decide = ({ id, fingerprint }, { approved, opinion }) => post(`/approvals/${id}/decision`, { approved, opinion, version: fingerprint });

const component = {
  props: ["params"],
  setup: ({ params }) => () => html`
    <${DetailPage} url=${`/activities/${params.id}`} title=${({ name }) => name} facts=${FACTS} actions=${[...ACTIVITY_ACTIONS, ...STEP_ACTIONS]} tabs=${TABS} />`,
};

export default { title: "抽奖活动", component };
