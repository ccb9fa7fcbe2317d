// 积分账户: the accounts of all members in all point groups.

import { html } from "../../../m/js/html.js";
import { get } from "../api.js";
import { ListPage } from "../blocks/list-page.js";
import { can } from "../session.js";

const { RouterLink } = window.VueRouter;

const FILTERS = [
  { prop: "search", label: "会员", placeholder: "卡号、手机或姓名", private: true },
  { prop: "group", label: "积分组", type: "select", options: () => get("/point-accounts/groups") },
];
const COLUMNS = [
  { prop: "card_number", label: "会员账号", phone: true, width: 165 },
  { prop: "name", label: "客户", phone: true, minWidth: 100 },
  { prop: "group_name", label: "积分组", minWidth: 100 },
  { prop: "accumulated", label: "累计", format: "number", minWidth: 95, sortable: true },
  { prop: "available", label: "可用", phone: true, format: "number", minWidth: 95, sortable: true },
  { prop: "expired", label: "过期", format: "number", minWidth: 95, sortable: true },
  { prop: "debt", label: "待扣", format: "number", minWidth: 90 },
  { prop: "entries", label: "积分记录", width: 100, render: (row) => entriesOf(row) },
];

const entriesOf = ({ card_number, group }) => (can("point_entries.read")
  ? html`<${RouterLink} to=${{ path: `/members/${card_number}`, query: { tab: "points" } }} key=${group}>查看<//>` : "—");

const component = () => html`
  <${ListPage} url="/point-accounts" columns=${COLUMNS} filters=${FILTERS} exportKind="point_accounts" detail=${({ card_number }) => `/members/${card_number}`} emptyText="没有符合条件的积分账户" />`;

export default { title: "积分账户", component };
