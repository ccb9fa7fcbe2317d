// 任务与投递: how the scheduled jobs ended, and the deliveries of events; dead ones are queued again or given up.

import { html } from "../../../m/js/html.js";
import { get, post } from "../api.js";
import { openDialog } from "../blocks/dialogs.js";
import { DetailDrawer } from "../blocks/detail-page.js";
import { ListPage } from "../blocks/list-page.js";
import { fail } from "../feedback.js";
import { number, time } from "../format.js";

const { ElTabPane, ElTabs } = window.ElementPlus;
const { onActivated, reactive } = window.Vue;

const STATES = { pending: ["等待", "primary"], dead: ["失败", "danger"], done: ["完成", "success"], discarded: ["已丢弃", "info"] };
const JOB_STATES = { done: ["成功", "success"], failed: ["失败", "danger"], new: ["尚未运行", "info"] };

const COLUMNS = [
  { prop: "id", label: "编号", width: 85 },
  { prop: "title", label: "处理", phone: true, minWidth: 140 },
  { prop: "at", label: "发生时间", format: "time", width: 170 },
  { prop: "state", label: "状态", phone: true, format: "tag", tags: STATES, width: 85 },
  { prop: "attempts", label: "次数", format: "number", width: 85, sortable: true },
  { prop: "error", label: "原因", minWidth: 170 },
];
const FILTERS = [
  { prop: "search", label: "查找", placeholder: "编号、事件、处理或原因" },
  { prop: "state", label: "状态", type: "select", value: "dead", options: Object.entries(STATES).map(([value, [label]]) => [value, label]) },
  { prop: "day", label: "发生日期", type: "dates" },
];
const JOB_COLUMNS = [
  { prop: "title", label: "任务", phone: true, minWidth: 170 },
  { prop: "every_s", label: "间隔", width: 100, render: ({ every_s }) => interval(every_s) },
  { prop: "last_started_at", label: "上次开始", format: "time", width: 175 },
  { prop: "last_finished_at", label: "上次结束", format: "time", width: 175 },
  { prop: "state", label: "结果", phone: true, format: "tag", tags: JOB_STATES, width: 95 },
  { prop: "next_at", label: "下次运行", format: "time", width: 175 },
  { prop: "error", label: "原因", minWidth: 180 },
];
const isDead = ({ state }) => state === "dead";
const GIVE_UP = "丢弃后不再处理，且不能恢复。确定丢弃？";

const interval = (seconds) => (seconds % 3600 === 0 ? `${seconds / 3600} 小时` : seconds % 60 === 0 ? `${seconds / 60} 分钟` : `${seconds} 秒`);

const FACTS = [
  ...COLUMNS.slice(0, 5),
  { prop: "kind", label: "事件" },
  { prop: "key", label: "业务编号" },
  { label: "下次处理", render: ({ state, due_at: due }) => (state === "pending" ? time(due) : "—") },
  { prop: "done_at", label: "完成时间", format: "time" },
  { prop: "subscriber", label: "处理程序" },
  { label: "原因", wide: true, render: ({ error }) => (error ? html`<pre class="values">${error}</pre>` : "—") },
  { label: "事件内容", wide: true, render: ({ properties }) => html`<pre class="values">${JSON.stringify(properties, null, 2)}</pre>` },
];

const Summary = {
  props: ["summary"],
  setup: (props) => () => {
    const { pending, dead, failed_jobs: jobs, oldest_due_at: since } = props.summary;
    const facts = [["等待处理", number(pending)], ["失败", number(dead), dead > 0], ["失败的任务", number(jobs), jobs > 0], ["最早等待", time(since)]];
    return html`<dl class="card figures" data-testid="summary">${facts.map(([label, value, bad]) => html`<div key=${label}><dt>${label}</dt><dd class=${bad ? "bad" : ""}>${value}</dd></div>`)}</dl>`;
  },
};

const component = {
  setup() {
    const state = reactive({ tab: "deliveries", summary: {} });
    const load = () => get("/outbox/summary").then((summary) => (state.summary = summary), fail);
    load();
    onActivated(load);

    async function change(path, rows) {
      const { count } = await post(path, { ids: rows.map(({ id }) => id) });
      await load();
      return `操作成功，共 ${count} 条`;
    }
    const replay = (rows) => change("/outbox/replays", rows);
    const discard = (rows) => change("/outbox/discards", rows);

    async function show({ id }) {
      await openDialog(DetailDrawer, {
        heading: "投递详情", url: `/outbox/deliveries/${id}`, title: ({ title }) => title, facts: FACTS,
        actions: [
          { label: "重放", right: "outbox.replay", primary: true, show: isDead, run: (row) => replay([row]) },
          { label: "丢弃", right: "outbox.discard", danger: true, show: isDead, confirm: GIVE_UP, run: (row) => discard([row]) },
        ],
      });
      return "saved";
    }
    const rowActions = [
      { label: "详情", run: show },
      { label: "重放", right: "outbox.replay", show: isDead, run: (row) => replay([row]) },
      { label: "丢弃", right: "outbox.discard", danger: true, show: isDead, confirm: GIVE_UP, run: (row) => discard([row]) },
    ];
    const batchActions = [
      { label: "重放", right: "outbox.replay", run: replay },
      { label: "丢弃", right: "outbox.discard", confirm: GIVE_UP, run: discard },
    ];

    return () => html`
      <div>
        <${Summary} summary=${state.summary} />
        <${ElTabs} modelValue=${state.tab} ...${{ "onUpdate:modelValue": (tab) => (state.tab = tab) }}>
          ${{ default: () => [
            html`<${ElTabPane} name="deliveries" label="投递">${{ default: () => html`
              <${ListPage} url="/outbox/deliveries" columns=${COLUMNS} filters=${FILTERS} rowActions=${rowActions} batchActions=${batchActions} emptyText="没有符合条件的投递" />` }}<//>`,
            html`<${ElTabPane} name="jobs" label="定时任务" lazy=${true}>${{ default: () => html`
              <${ListPage} url="/outbox/jobs" columns=${JOB_COLUMNS} embedded=${true} emptyText="尚无定时任务，请检查 scheduler 进程是否运行过" />` }}<//>`,
          ] }}
        <//>
      </div>`;
  },
};

export default { title: "任务与投递", component };
