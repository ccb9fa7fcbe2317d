// 补录消费: the purchases that clerks entered by hand under their slips, with their returns.

import { html } from "../../../m/js/html.js";
import { ListPage } from "../blocks/list-page.js";
import { linkToMember } from "../links.js";

export const PURCHASE_KINDS = [["ordinary", "普通"], ["double", "双倍"], ["birthday", "生日"], ["fixed", "固定赠分"]];
export const PURCHASE_COLUMNS = [
  { prop: "slip_number", label: "小票号", phone: true, minWidth: 140 },
  { prop: "entered_at", label: "录入时间", format: "time", width: 170, sortable: true },
  { prop: "card_number", label: "会员卡号", width: 170, render: ({ card_number }) => linkToMember(card_number) },
  { prop: "amount_fen", label: "实付金额", phone: true, format: "money", sortable: true },
  { prop: "kind_label", label: "类型", width: 90 },
  { prop: "rule_points", label: "规则积分", format: "number", width: 90 },
  { prop: "bonus_points", label: "活动积分", format: "number", width: 90 },
  { prop: "returned_fen", label: "已退金额", format: "money", width: 100 },
  { prop: "returned_points", label: "扣回积分", format: "number", width: 90 },
  { prop: "refund_slips", label: "退款单号", minWidth: 120 },
  { prop: "shop", label: "门店", minWidth: 130 },
  { prop: "operator", label: "录入人", width: 100 },
  { prop: "paid_at", label: "消费时间", format: "time", width: 170, sortable: true },
];
const FILTERS = [
  { prop: "search", label: "查找", placeholder: "小票号、卡号、手机或姓名", private: true },
  { prop: "kind", label: "类型", type: "select", options: PURCHASE_KINDS },
  { prop: "entered", label: "录入日期", type: "dates" },
];
const component = () => html`
  <${ListPage} url="/desk-purchases" columns=${PURCHASE_COLUMNS} filters=${FILTERS} rowKey="slip_number" sort="-entered_at" exportKind="desk_purchases" emptyText="没有补录的消费" />`;

export default { title: "补录消费", component };
