// 行为记录: what all members did, and what happened to their accounts.

import { html } from "../../../m/js/html.js";
import { ListPage } from "../blocks/list-page.js";
import { findShops } from "../options.js";
import { BEHAVIOUR_FILTERS, BEHAVIOURS } from "./member-tabs.js";

const { RouterLink } = window.VueRouter;

const FILTERS = [
  { prop: "search", label: "会员", placeholder: "卡号、手机或姓名", private: true },
  ...BEHAVIOUR_FILTERS,
  { prop: "shop", label: "发生门店", type: "select", remote: (text) => findShops(text, "code") },
];
const COLUMNS = [
  ...BEHAVIOURS.slice(0, 2),
  { prop: "card_number", label: "会员账号", width: 165, render: ({ card_number }) => (card_number ? html`<${RouterLink} to=${`/members/${card_number}`}>${card_number}<//>` : "—") },
  { prop: "name", label: "客户", minWidth: 90 },
  ...BEHAVIOURS.slice(2),
];

const component = () => html`
  <${ListPage} url="/behaviours" columns=${COLUMNS} filters=${FILTERS} sort="-at" exportKind="behaviours" emptyText="没有符合条件的行为记录" />`;

export default { title: "行为记录", component };
