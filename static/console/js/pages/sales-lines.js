// 销售明细: the lines of paid orders and of returns.

import { html } from "../../../m/js/html.js";
import { ListPage } from "../blocks/list-page.js";
import { SALE_KINDS, sourceName } from "../labels.js";
import { linkTo, linkToMember } from "../links.js";
import { SALES_FILTERS } from "./sales-report.js";

const COLUMNS = [
  { prop: "number", label: "单号", width: 190, sortable: true, render: ({ number }) => linkTo(`/orders/${number}`, number) },
  { prop: "counted_at", label: "时间", format: "time", width: 170 },
  { prop: "name", label: "商品", phone: true, minWidth: 160, render: ({ name, specification, is_gift }) => [name, specification, is_gift && "（赠品）"].filter(Boolean).join(" ") },
  { prop: "direction", label: "销售方式", format: "tag", tags: SALE_KINDS, width: 95 },
  { prop: "quantity", label: "数量", phone: true, format: "number", width: 75 },
  { prop: "list_fen", label: "原价金额", format: "money", width: 105 },
  { prop: "discount_fen", label: "优惠金额", format: "money", width: 105 },
  { prop: "goods_fen", label: "金额", phone: true, format: "money", width: 105, sortable: true },
  { prop: "product", label: "商品编码", width: 130 },
  { prop: "source", label: "业务来源", width: 100, render: ({ source }) => sourceName(source) },
  { prop: "shop", label: "店铺", minWidth: 170 },
  { prop: "member", label: "会员卡号", width: 165, render: ({ member }) => linkToMember(member) },
];

const component = () => html`
  <${ListPage} url="/sales-lines" columns=${COLUMNS} filters=${SALES_FILTERS} sort="-number" exportKind="sales_lines" emptyText="这段时间没有销售"
    note="不选日期时为本月至今。销售按付款日期、退货按退货日期列出，退货为负数。" />`;

export default { title: "销售明细", component };
