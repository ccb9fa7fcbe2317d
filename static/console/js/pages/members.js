// 会员账号: the members with the columns of the service desk. Names and phones are masked.

import { html } from "../../../m/js/html.js";
import { get, post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { MEMBER_COLUMNS, MEMBER_STATES } from "../blocks/member-columns.js";
import { findShops } from "../options.js";


let choices = null;
const choicesOf = (name) => async () => (await (choices ??= get("/members/filters")))[name];

const FILTERS = [
  { prop: "search", label: "会员", placeholder: "卡号、手机、姓名（至少两字）、邮箱或证件号", private: true },
  { prop: "tier", label: "等级", type: "select", options: choicesOf("tiers") },
  { prop: "status", label: "状态", type: "select", options: Object.entries(MEMBER_STATES).map(([value, [label]]) => [value, label]) },
  { prop: "joined", label: "开卡日期", type: "dates" },
  { prop: "shop", label: "归属门店", type: "select", remote: (text) => findShops(text, "code") },
  { prop: "programme", label: "会员计划", type: "select", options: choicesOf("programmes") },
  { prop: "source", label: "来源", type: "select", options: choicesOf("sources") },
];

const CREATE = {
  label: "登记会员", right: "members.create",
  open: () => openForm({
    title: "登记会员", note: "请先征得本人对会员协议和隐私政策的同意。",
    fields: [
      { prop: "phone", label: "手机", required: true, max: 20 },
      { prop: "shop", label: "门店", type: "select", remote: (text) => findShops(text, "code") },
    ],
    submit: (value) => post("/members", value),
  }),
};

const component = () => html`
  <${ListPage} url="/members" columns=${MEMBER_COLUMNS} filters=${FILTERS} rowKey="card_number" sort="-joined_at" create=${CREATE} exportKind="members" detail=${({ card_number }) => `/members/${card_number}`} emptyText="没有符合条件的会员" />`;

export default { title: "会员账号", component };
