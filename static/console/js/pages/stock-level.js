// One row of 库存: how much there is, and every movement.

import { html } from "../../../m/js/html.js";
import { DetailPage } from "../blocks/detail-page.js";
import { ListPage } from "../blocks/list-page.js";
import { number } from "../format.js";
import { signed } from "./point-entries.js";
import { ACTIONS, STATES } from "./stock.js";

const FACTS = [
  { prop: "state", label: "状态", format: "tag", tags: STATES },
  { prop: "available", label: "可用", format: "number" },
  { prop: "on_hand", label: "现有", format: "number" },
  { prop: "reserved", label: "订单占用", format: "number" },
  { prop: "sold", label: "已售", format: "number" },
  { prop: "limit", label: "预警值", render: ({ limit, warning_at }) => `${number(limit)}${warning_at === null ? "（默认）" : ""}` },
  { prop: "shop", label: "门店" },
  { prop: "code", label: "规格编码" },
  { prop: "barcode", label: "条码" },
];
const change = (value) => (value ? signed(value) : "—");
const COLUMNS = [
  { prop: "at", label: "时间", format: "time", width: 175, sortable: true },
  { prop: "kind_name", label: "类型", phone: true, width: 100 },
  { prop: "on_hand", label: "现有变动", phone: true, align: "right", width: 100, render: ({ on_hand }) => change(on_hand) },
  { prop: "reserved", label: "占用变动", align: "right", width: 100, render: ({ reserved }) => change(reserved) },
  { prop: "counted", label: "实盘数量", format: "number", width: 100 },
  { prop: "subject", label: "单号", minWidth: 190 },
  { prop: "reason", label: "原因", minWidth: 140 },
  { prop: "operator", label: "操作人", width: 120 },
];
const TABS = [{ key: "movements", label: "库存流水", render: ({ id }) => html`<${ListPage} embedded=${true} url=${`/stock/${id}/movements`} columns=${COLUMNS} filters=${[]} sort="-at" emptyText="没有库存流水" />` }];

const component = {
  props: ["params"],
  setup: ({ params }) => () => html`
    <${DetailPage} url=${`/stock/${params.id}`} title=${({ name }) => name} facts=${FACTS} tabs=${TABS} actions=${ACTIONS} />`,
};

export default { title: "库存明细", component };
