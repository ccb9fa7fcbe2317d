// One coupon: 基础信息, 使用情况 and every step since it was received.

import { html } from "../../../m/js/html.js";
import { DetailPage } from "../blocks/detail-page.js";
import { date } from "../format.js";
import { COUPON_STATES, KINDS, SOURCES } from "../coupons/labels.js";
import { memberLink, orderLink } from "../coupons/links.js";
import { SimpleTable } from "../coupons/simple-table.js";
import { voidCoupon } from "./coupons.js";

const { RouterLink } = window.VueRouter;
const USE_STATES = { held: ["占用中", "warning"], used: ["已使用", "success"], released: ["已取消", "info"], returned: ["已退回", "info"], forfeited: ["退款不退券", "info"] };
const FACTS = [
  { label: "券码", prop: "code" },
  { label: "状态", prop: "state", format: "tag", tags: COUPON_STATES },
  { label: "优惠券", render: ({ rule_id: id, rule_name: name }) => html`<${RouterLink} to=${`/coupon-rules/${id}`}>${name}<//>` },
  { label: "规则编号", prop: "rule_number" },
  { label: "类型", render: ({ kind }) => KINDS[kind] },
  { label: "优惠内容", prop: "headline" },
  { label: "客户", prop: "customer" },
  { label: "会员卡号", render: memberLink },
  { label: "发放方式", render: ({ origin, source }) => [origin, SOURCES[source] ?? source].filter(Boolean).join("，") },
  { label: "发放时间", prop: "received_at", format: "time" },
  { label: "生效时间", prop: "starts_at", format: "time" },
  { label: "有效期至", render: ({ ends_at }) => (ends_at ? date(new Date(new Date(ends_at) - 1000).toISOString()) : "长期") },
];
const USE_COLUMNS = [
  { prop: "used_at", label: "使用时间", format: "time", width: 180 },
  { prop: "order_number", label: "消费订单号", minWidth: 190, render: orderLink },
  { prop: "shop_code", label: "门店", width: 110 },
  { prop: "order_fen", label: "消费订单金额", format: "money", width: 120 },
  { prop: "value_fen", label: "优惠券抵扣金额", format: "money", width: 130 },
  { prop: "paid_fen", label: "实收金额", format: "money", width: 110 },
  { prop: "state", label: "状态", format: "tag", tags: USE_STATES, width: 110 },
];
const HISTORY_COLUMNS = [
  { prop: "at", label: "时间", format: "time", width: 180 },
  { prop: "scene", label: "步骤", width: 130 },
  { prop: "reference", label: "说明", minWidth: 200, render: ({ reference }) => SOURCES[reference] ?? (reference || "—") },
];
const TABS = [
  { key: "uses", label: "使用情况", render: ({ uses }) => html`<${SimpleTable} rows=${uses} columns=${USE_COLUMNS} label="使用情况" emptyText="还没有使用" />` },
  { key: "history", label: "变动记录", render: ({ history }) => html`<${SimpleTable} rows=${history} columns=${HISTORY_COLUMNS} label="变动记录" />` },
];
const ACTIONS = [{ label: "作废", right: "coupons.void", danger: true, show: ({ state }) => state === "issued", run: voidCoupon }];

const component = {
  props: ["params"],
  setup: ({ params }) => () => html`
    <${DetailPage} url=${`/coupons/${params.code}`} title=${({ rule_name: name, code }) => `${name} ${code.slice(-4)}`} facts=${FACTS} actions=${ACTIONS} tabs=${TABS} />`,
};

export default { title: ({ code }) => `优惠券 ${code.slice(-4)}`, component };
