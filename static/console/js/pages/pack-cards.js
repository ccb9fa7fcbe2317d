// 卡包会员卡: the cards in the packs of members, what they show, and what the platforms reject.

import { html } from "../../../m/js/html.js";
import { post } from "../api.js";
import { ListPage } from "../blocks/list-page.js";
import { choices } from "../labels.js";
import { linkTo } from "../links.js";

const STATES = {
  got: ["待激活", "warning"], activating: ["激活中", "warning"], active: ["使用中", "success"], gifting: ["转赠中", "warning"], given: ["已转赠", "info"],
  deleted: ["已删除", "info"], withdrawing: ["停用中", "warning"], unavailable: ["已失效", "info"],
};
const COLUMNS = [
  { prop: "card_number", label: "会员卡号", phone: true, width: 180, render: ({ card_number }) => (card_number ? linkTo(`/members/${card_number}`, card_number) : "—") },
  { prop: "platform", label: "卡包", phone: true, width: 110 },
  { prop: "state", label: "状态", phone: true, format: "tag", tags: STATES, width: 90 },
  { prop: "points", label: "卡上积分", format: "number", width: 105 },
  { prop: "balance_fen", label: "卡上余额", format: "money", width: 105 },
  { prop: "tier", label: "卡上等级", width: 110 },
  { prop: "problem", label: "异常", minWidth: 200, render: ({ problem, is_waiting }) => problem || (is_waiting ? "等待更新" : "—") },
  { prop: "title", label: "会员卡", width: 130 },
  { prop: "code", label: "卡券码", width: 160 },
  { prop: "state_at", label: "状态时间", format: "time", width: 175, sortable: true },
];
const FILTERS = [
  { prop: "search", label: "会员", placeholder: "卡号、手机或卡券码", private: true },
  { prop: "platform", label: "卡包", type: "select", options: [["wechat", "微信卡包"], ["alipay", "支付宝卡包"]] },
  { prop: "state", label: "状态", type: "select", options: choices(STATES) },
  { prop: "problem", label: "异常", type: "select", options: [["yes", "有异常"], ["no", "正常"]] },
];
const ROW_ACTIONS = [
  { label: "重试", right: "pack_cards.edit", show: ({ problem }) => Boolean(problem), run: ({ reference }) => post(`/pack-cards/${reference}/retries`) },
];

const component = () => html`
  <${ListPage} url="/pack-cards" columns=${COLUMNS} filters=${FILTERS} rowActions=${ROW_ACTIONS} rowKey="reference" sort="-state_at" emptyText="还没有会员把卡添加到卡包" />`;

export default { title: "卡包会员卡", component };
