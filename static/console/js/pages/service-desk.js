// 会员服务台: the search for members by clerks, and their registration with a card. A row opens what the desk does.

import { html } from "../../../m/js/html.js";
import { post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { MEMBER_COLUMNS } from "../blocks/member-columns.js";
import { findShops } from "../options.js";
import { listKinds } from "./physical-cards.js";

const findShopCodes = (text) => findShops(text, "code");
const FILTERS = [
  { prop: "search", label: "会员", placeholder: "卡号、实体卡号、手机、姓名（至少两字）、邮箱或证件号", private: true },
  { prop: "opened", label: "开卡日期", type: "dates" },
  { prop: "shop", label: "归属门店", type: "select", remote: findShopCodes },
];
const CREATE = {
  label: "登记会员", right: "service_desk.register",
  open: () => openForm({
    title: "登记会员", note: "请先征得本人对会员协议和隐私政策的同意。",
    fields: [
      { prop: "phone", label: "手机", required: true, max: 20 },
      { prop: "shop", label: "门店", type: "select", remote: findShopCodes },
      { prop: "name", label: "姓名", max: 40, empty: null },
      { prop: "id_number", label: "身份证号", max: 18, empty: null, help: "核对证件后填写，挂失和补换卡时用于核对", when: ({ name }) => Boolean(name) },
      { prop: "kind", label: "实体卡", type: "select", options: listKinds, help: "当场发卡时选择" },
      { prop: "number", label: "实体卡号", max: 24, empty: null, placeholder: "扫描或输入卡面号码，留空自动生成", when: ({ kind }) => Boolean(kind) },
    ],
    submit: (value) => post("/service-desk", value),
  }),
};

const component = () => html`
  <${ListPage} url="/service-desk" columns=${MEMBER_COLUMNS} filters=${FILTERS} rowKey="card_number" sort="-joined_at" create=${CREATE} detail=${({ card_number }) => `/service-desk/${card_number}`} emptyText="没有符合条件的会员" />`;

export default { title: "会员服务台", component };
