// One 储值账户: balance, entries and top-ups, freezing.

import { html } from "../../../m/js/html.js";
import { del, post } from "../api.js";
import { DetailPage } from "../blocks/detail-page.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { linkToMember } from "../links.js";
import { STATES } from "./stored-value.js";
import { COLUMNS as ENTRY_COLUMNS, OWN_FILTERS as ENTRY_FILTERS } from "./stored-value-entries.js";
import { COLUMNS as TOP_UP_COLUMNS, ROW_ACTIONS as TOP_UP_ACTIONS } from "./top-ups.js";

const FACTS = [
  { prop: "state", label: "状态", format: "tag", tags: STATES },
  { prop: "available_fen", label: "可用余额", format: "money" },
  { prop: "principal_fen", label: "本金", format: "money" },
  { prop: "bonus_fen", label: "赠金", format: "money" },
  { prop: "held_fen", label: "预扣", format: "money" },
  { prop: "spent_today_fen", label: "今日消费", format: "money" },
  { prop: "limit_fen", label: "余额上限", format: "money" },
  { prop: "card_number", label: "会员卡号", render: ({ card_number }) => linkToMember(card_number) },
  { prop: "shop", label: "归属门店" },
  { prop: "opened_at", label: "开户时间", format: "time" },
  { prop: "frozen_at", label: "冻结时间", format: "time" },
  { prop: "frozen_reason", label: "冻结原因", wide: true },
];
const paramsOf = ({ card_number }) => ({ search: card_number });

const TABS = [
  { key: "entries", label: "储值明细", right: "stored_value_entries.read", render: (account) => html`<${ListPage} embedded=${true} url="/stored-value-entries" params=${paramsOf(account)} columns=${ENTRY_COLUMNS} filters=${ENTRY_FILTERS} sort="-booked_at" emptyText="没有储值明细" />` },
  { key: "top-ups", label: "充值记录", right: "top_ups.read", render: (account) => html`<${ListPage} embedded=${true} url="/top-ups" params=${paramsOf(account)} columns=${TOP_UP_COLUMNS} filters=${[]} rowActions=${TOP_UP_ACTIONS} rowKey="number" sort="-requested_at" emptyText="没有充值" />` },
];
const ACTIONS = [
  { label: "冻结", right: "stored_value.edit", danger: true, show: ({ state }) => state === "active", run: (account) => askReason("冻结储值账户", (value) => post(`/stored-value/${account.card_number}/freezes`, value)) },
  { label: "解冻", right: "stored_value.edit", show: ({ state }) => state === "frozen", run: (account) => askReason("解冻储值账户", (value) => del(`/stored-value/${account.card_number}/freezes`, value)) },
];

const askReason = (title, submit) => openForm({ title, fields: [{ prop: "reason", label: "原因", required: true, max: 200 }], submit });

const component = {
  props: ["params"],
  setup: ({ params }) => () => html`
    <${DetailPage} url=${`/stored-value/${params.card}`} title=${({ card_number }) => `储值账户 ${card_number}`} facts=${FACTS} tabs=${TABS} actions=${ACTIONS} />`,
};

export default { title: ({ card }) => `储值账户 ${card}`, component };
