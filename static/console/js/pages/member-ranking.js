// 会员消费排行: the members who spent most.

import { html } from "../../../m/js/html.js";
import { ListPage } from "../blocks/list-page.js";
import { linkToMember } from "../links.js";
import { RANK_FILTERS } from "./goods-ranking.js";

const COLUMNS = [
  { prop: "place", label: "名次", width: 70 },
  { prop: "card_number", label: "会员卡号", phone: true, width: 180, render: ({ card_number }) => linkToMember(card_number) },
  { prop: "name", label: "姓名/昵称", minWidth: 140 },
  { prop: "orders", label: "订单数", format: "number", width: 110 },
  { prop: "units", label: "件数", format: "number", width: 110 },
  { prop: "amount_fen", label: "实收金额", phone: true, format: "money", minWidth: 130 },
];

const component = () => html`
  <${ListPage} url="/member-ranking" columns=${COLUMNS} filters=${RANK_FILTERS} rowKey="place" exportKind="member_ranking" emptyText="这段时间没有会员消费"
    note="不选日期时统计本月至今。实收金额不含券、积分和储值赠金抵扣的部分；件数和金额已扣除退货，订单数不扣除退单。" />`;

export default { title: "会员消费排行", component };
