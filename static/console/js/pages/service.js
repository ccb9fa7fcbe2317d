// One 预约服务: its values, and a month in which days are opened, closed and hidden.

import { html } from "../../../m/js/html.js";
import { get, post, put } from "../api.js";
import { DetailPage } from "../blocks/detail-page.js";
import { openForm } from "../blocks/form-dialog.js";
import { MonthGrid, thisMonth } from "../bookings/month-grid.js";
import { WINDOWS } from "../bookings/windows-field.js";
import { fail, succeed } from "../feedback.js";
import { can } from "../session.js";
import { edit } from "./services.js";

const { ElButton } = window.ElementPlus;
const { reactive } = window.Vue;
const FACTS = [
  { prop: "shop", label: "门店" }, { label: "状态", render: ({ is_on }) => (is_on ? "可预约" : "已停用") },
  { label: "时长", render: ({ duration_minutes: length, step_minutes: step }) => `${length} 分钟，每 ${step} 分钟一个时段` },
  { label: "同时最多", render: ({ capacity }) => `${capacity} 个预约` }, { prop: "needs_review", label: "由门店确认", format: "yesNo" },
  { label: "每人每天", render: ({ daily_limit }) => (daily_limit ? `${daily_limit} 次` : "不限") },
  { label: "表单项", wide: true, render: ({ form }) => form.map(({ label }) => label).join("、") || "—" }, { prop: "description", label: "说明", wide: true },
];
const ACTIONS = [{ label: "编辑", right: "services.edit", run: edit }];
const WEEKDAYS = { prop: "weekdays", label: "星期", type: "multi", value: [1, 2, 3, 4, 5, 6, 7], required: true, options: ["周一", "周二", "周三", "周四", "周五", "周六", "周日"].map((label, at) => [at + 1, label]) };
const CAPACITY = { prop: "capacity", label: "同时最多预约", type: "number", min: 1, max: 1000, help: "不填则按服务的设置" };

const OpeningDays = {
  props: ["service"],
  setup({ service }) {
    const path = `/services/${service.id}`;
    const state = reactive({ month: thisMonth(), days: {}, chosen: new Set(), busy: false });

    async function load(month = state.month) {
      state.month = month;
      try {
        const found = await get(`${path}/opening-days`, { month });
        if (month === state.month) state.days = Object.fromEntries(found.map((one) => [one.day, one]));
      } catch (error) {
        fail(error);
      }
    }

    const turn = (month) => (state.chosen.clear(), load(month));
    const pick = (day) => state.chosen.delete(day) || state.chosen.add(day);
    const chosen = () => [...state.chosen].sort();
    const first = () => state.days[chosen()[0]];

    async function run(work) {
      if (state.busy) return;
      state.busy = true;
      try {
        await work();
        state.chosen.clear();
        succeed();
        await load();
      } catch (error) {
        fail(error);
      } finally {
        state.busy = false;
      }
    }

    const open = async (title, fields, more) => {
      const saved = await openForm({ title, fields, value: first(), success: "已开放", submit: (value) => post(`${path}/opening-days`, { ...value, ...more }) });
      if (saved) await turn(state.month);
    };
    const openMonth = () => open(`开放 ${state.month} 整月`, [WEEKDAYS, WINDOWS, CAPACITY], { month: state.month });
    const openChosen = () => open(`开放 ${state.chosen.size} 天`, [WINDOWS, CAPACITY], { days: chosen() });
    const close = () => run(() => post(`${path}/closed-days`, { days: chosen() }));
    const hide = (isHidden) => run(() => Promise.all(chosen().filter((day) => state.days[day]).map((day) => put(`${path}/hidden-days`, { day, is_hidden: isHidden }))));

    const buttons = () => html`
      <div class="toolbar" role="toolbar" aria-label="开放日期">
        <${ElButton} type="primary" onClick=${openMonth} data-testid="open-month">开放整月<//>
        <${ElButton} disabled=${!state.chosen.size} onClick=${openChosen} data-testid="open-days">开放所选${state.chosen.size ? `（${state.chosen.size}）` : ""}<//>
        <${ElButton} disabled=${!state.chosen.size} onClick=${close}>关闭所选<//>
        <${ElButton} disabled=${!state.chosen.size} onClick=${() => hide(true)}>隐藏所选<//>
        <${ElButton} disabled=${!state.chosen.size} onClick=${() => hide(false)}>显示所选<//>
      </div>`;

    load();
    return () => html`
      <div>
        <p class="notice">点日期可选择多天。隐藏的日期顾客看不到、不能再约，已有的预约不变。</p>
        ${can("services.open_days") && buttons()}
        <${MonthGrid} month=${state.month} cell=${(day) => cell(state.days[day])} isChosen=${(day) => state.chosen.has(day)} onTurn=${turn} onPick=${pick} />
      </div>`;
  },
};

function cell(found) {
  if (!found) return {};
  const hours = found.windows.map(({ opens, closes }) => `${opens}–${closes}`);
  return { lines: [...hours, found.capacity && `最多 ${found.capacity}`, found.is_hidden && "已隐藏"].filter(Boolean), kind: found.is_hidden ? "hidden" : "open" };
}

const TABS = [{ key: "days", label: "开放日期", render: (service) => html`<${OpeningDays} service=${service} />` }];

export default {
  title: "预约服务",
  component: {
    props: ["params"],
    setup: (props) => () => html`<${DetailPage} url=${`/services/${props.params.id}`} title=${({ name }) => name} facts=${FACTS} actions=${ACTIONS} tabs=${TABS} />`,
  },
};
