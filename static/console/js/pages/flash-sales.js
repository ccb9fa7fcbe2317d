// 限时抢购: when each sale runs, what is left of it, and what it has brought.

import { html } from "../../../m/js/html.js";
import { ListPage } from "../blocks/list-page.js";
import { FLASH_ACTIONS } from "../flash-sales/actions.js";
import { PHASES, STATE_OPTIONS, STATES } from "../flash-sales/labels.js";
import { openMaker } from "../flash-sales/maker.js";
import { number } from "../format.js";
import { router } from "../router.js";

const FILTERS = [{ prop: "search", label: "抢购", placeholder: "名称" }, { prop: "state", label: "状态", type: "select", options: STATE_OPTIONS }];
const COLUMNS = [
  { prop: "name", label: "名称", phone: true, minWidth: 160 },
  { prop: "state", label: "状态", phone: true, format: "tag", tags: STATES, width: 90 },
  { prop: "phase", label: "进度", width: 100, render: ({ phase }) => PHASES[phase] },
  { prop: "sold", label: "已售/总数", phone: true, width: 110, render: ({ sold, stock }) => `${number(sold)} / ${number(stock)}` },
  { prop: "orders", label: "付款订单", format: "number", width: 100 },
  { prop: "amount_fen", label: "抢购金额", format: "money", width: 120 },
  { prop: "starts_at", label: "开始时间", format: "time", sortable: true, width: 175 },
  { prop: "ends_at", label: "结束时间", format: "time", sortable: true, width: 175 },
  { prop: "shop_count", label: "门店数", format: "number", width: 90 },
  { prop: "created_at", label: "创建时间", format: "time", sortable: true, width: 175 },
];

async function create() {
  const made = await openMaker();
  if (made) router.push(`/flash-sales/${made}`);
  return made ? "saved" : false;
}

const component = () => html`
  <${ListPage} url="/flash-sales" columns=${COLUMNS} filters=${FILTERS} rowActions=${FLASH_ACTIONS} detail=${({ id }) => `/flash-sales/${id}`} sort="-created_at" exportKind="flash_sales"
    create=${{ label: "新建抢购", right: "flash_sales.create", open: create }} emptyText="还没有抢购" />`;

export default { title: "限时抢购", component };
