// 储值账户: the balances of members.

import { html } from "../../../m/js/html.js";
import { ListPage } from "../blocks/list-page.js";
import { choices } from "../labels.js";
import { findShops } from "../options.js";

export const STATES = { active: ["正常", "success"], frozen: ["冻结", "warning"] };

const FILTERS = [
  { prop: "search", label: "会员", placeholder: "卡号或手机", private: true },
  { prop: "state", label: "状态", type: "select", options: choices(STATES) },
  { prop: "shop", label: "归属门店", type: "select", remote: (text) => findShops(text, "code") },
];
const COLUMNS = [
  { prop: "card_number", label: "会员卡号", phone: true, width: 180 },
  { prop: "shop", label: "归属门店", minWidth: 150 },
  { prop: "principal_fen", label: "本金", format: "money" },
  { prop: "bonus_fen", label: "赠金", format: "money" },
  { prop: "held_fen", label: "预扣", format: "money" },
  { prop: "available_fen", label: "可用余额", phone: true, format: "money", sortable: true },
  { prop: "opened_at", label: "开户时间", format: "time", width: 175, sortable: true },
  { prop: "state", label: "状态", phone: true, format: "tag", tags: STATES, width: 80 },
];

const component = () => html`
  <${ListPage} url="/stored-value" columns=${COLUMNS} filters=${FILTERS} rowKey="card_number" sort="-opened_at" exportKind="stored_value" detail=${({ card_number }) => `/stored-value/${card_number}`} emptyText="没有储值账户" />`;

export default { title: "储值账户", component };
