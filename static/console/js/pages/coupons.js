// 优惠券: every coupon that was issued, by code, member, rule and state.

import { html } from "../../../m/js/html.js";
import { post } from "../api.js";
import { memberLink } from "../coupons/links.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { COUPON_STATES, KINDS, KIND_OPTIONS, toOptions } from "../coupons/labels.js";
import { date } from "../format.js";

export const COUPON_COLUMNS = [
  { prop: "code", label: "券码", phone: true, width: 165 },
  { prop: "rule_name", label: "名称", phone: true, minWidth: 110 },
  { prop: "headline", label: "优惠内容", minWidth: 110 },
  { prop: "state", label: "状态", phone: true, format: "tag", tags: COUPON_STATES, width: 85 },
  { prop: "customer", label: "客户名称", width: 85 },
  { prop: "card_number", label: "会员卡号", width: 150, render: memberLink },
  { prop: "received_at", label: "领取时间", format: "time", width: 160, sortable: true },
  { prop: "ends_at", label: "有效期至", width: 105, render: ({ ends_at }) => (ends_at ? date(new Date(new Date(ends_at) - 1000).toISOString()) : "长期") },
  { prop: "kind", label: "类型", width: 70, render: ({ kind }) => KINDS[kind] },
  { prop: "rule_number", label: "规则编号", width: 120 },
];
const FILTERS = [
  { prop: "search", label: "优惠券", placeholder: "券码、名称或规则编号" },
  { prop: "member", label: "会员", placeholder: "卡号或手机号", private: true },
  { prop: "state", label: "状态", type: "select", options: toOptions(COUPON_STATES) },
  { prop: "kind", label: "类型", type: "select", options: KIND_OPTIONS },
  { prop: "received", label: "领取日期", type: "dates" },
];

export const voidCoupon = ({ code, rule_name: name }) => openForm({
  title: `作废 ${name}`, submitLabel: "作废", note: `券码 ${code}。作废后不能恢复。`,
  fields: [{ prop: "reason", label: "原因", type: "textarea", rows: 2, required: true, max: 200 }],
  submit: (value) => post(`/coupons/${code}/void`, value),
});

const ROW_ACTIONS = [{ label: "作废", right: "coupons.void", danger: true, show: ({ state }) => state === "issued", run: voidCoupon }];

const component = () => html`
  <${ListPage} url="/coupons" columns=${COUPON_COLUMNS} filters=${FILTERS} rowActions=${ROW_ACTIONS} rowKey="code" sort="-received_at"
    detail=${({ code }) => `/coupons/${code}`} exportKind="coupons" emptyText="没有符合条件的优惠券" />`;

export default { title: "优惠券", component };
