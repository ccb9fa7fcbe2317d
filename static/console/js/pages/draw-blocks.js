// 抽奖黑名单: who may not draw, and why.

import { html } from "../../../m/js/html.js";
import { del, post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { linkToMember } from "../links.js";

const FILTERS = [{ prop: "search", label: "会员", placeholder: "卡号或手机", private: true }];
const COLUMNS = [
  { prop: "card_number", label: "会员", phone: true, width: 190, render: ({ card_number }) => linkToMember(card_number) }, { prop: "reason", label: "原因", phone: true, minWidth: 200 },
  { prop: "by", label: "操作人", width: 140 }, { prop: "blocked_at", label: "加入时间", format: "time", sortable: true, width: 175 },
];
const ROW_ACTIONS = [{ label: "移出", right: "draw_blocks.delete", confirm: ({ card_number }) => `移出后 ${card_number} 可以再参加抽奖，确定？`, run: ({ id }) => del(`/draw-blocks/${id}`) }];

const create = () => openForm({
  title: "加入抽奖黑名单", note: "不能再抽奖和领奖，已领取的奖品不变。", submit: (value) => post("/draw-blocks", value),
  fields: [{ prop: "card_number", label: "会员卡号", required: true, max: 60 }, { prop: "reason", label: "原因", type: "textarea", rows: 2, required: true, max: 200 }],
});

const component = () => html`
  <${ListPage} url="/draw-blocks" columns=${COLUMNS} filters=${FILTERS} rowActions=${ROW_ACTIONS} sort="-blocked_at" emptyText="黑名单是空的" create=${{ label: "加入黑名单", right: "draw_blocks.create", open: create }} />`;

export default { title: "抽奖黑名单", component };
