// 抽奖活动: what runs, how often was drawn, what is left.

import { html } from "../../../m/js/html.js";
import { ACTIVITY_ACTIONS } from "../activities/actions.js";
import { STATE_OPTIONS, STATES } from "../activities/labels.js";
import { openMaker } from "../activities/maker.js";
import { ListPage } from "../blocks/list-page.js";
import { number } from "../format.js";
import { router } from "../router.js";

const FILTERS = [{ prop: "search", label: "活动", placeholder: "名称" }, { prop: "state", label: "状态", type: "select", options: STATE_OPTIONS }];
const COLUMNS = [
  { prop: "name", label: "活动名称", phone: true, minWidth: 180 },
  { prop: "state", label: "状态", phone: true, format: "tag", tags: STATES, width: 90 },
  { prop: "draws_made", label: "已抽/总次数", phone: true, sortable: true, width: 130, render: ({ draws_made, total_draws }) => `${number(draws_made)} / ${total_draws === null ? "未定" : number(total_draws)}` },
  { prop: "winners", label: "中奖人数", format: "number", width: 100 },
  { prop: "prizes_left", label: "剩余奖品", width: 120, render: ({ prizes_left: left, prize_count: all }) => (left === null ? number(all) : `${number(left)} / ${number(all)}`) },
  { prop: "starts_at", label: "开始时间", format: "time", sortable: true, width: 175 },
  { prop: "ends_at", label: "结束时间", format: "time", sortable: true, width: 175 },
  { prop: "created_at", label: "创建时间", format: "time", sortable: true, width: 175 },
];

async function create() {
  const made = await openMaker();
  if (made) router.push(`/activities/${made}`);
  return made ? "saved" : false;
}

const component = () => html`
  <${ListPage} url="/activities" columns=${COLUMNS} filters=${FILTERS} rowActions=${ACTIVITY_ACTIONS} detail=${({ id }) => `/activities/${id}`} sort="-created_at"
    create=${{ label: "新建活动", right: "activities.create", open: create }} emptyText="还没有活动" />`;

export default { title: "抽奖活动", component };
