// 预约日历: a month with what is open and booked on each day; a click lists the day.

import { html } from "../../../m/js/html.js";
import { get } from "../api.js";
import { errorView } from "../blocks/error-view.js";
import { FilterBar } from "../blocks/filter-bar.js";
import { MonthGrid, thisMonth } from "../bookings/month-grid.js";
import { findShops } from "../options.js";
import { can } from "../session.js";

const { ElSkeleton } = window.ElementPlus;
const { reactive } = window.Vue;
const { useRouter } = window.VueRouter;
const FILTERS = [{ prop: "shop", label: "门店", type: "select", remote: (text) => findShops(text, "code") }];

const component = {
  setup() {
    const router = useRouter();
    const state = reactive({ filters: { shop: null }, month: thisMonth(), days: null, failure: "" });

    async function load(month = state.month) {
      state.month = month;
      state.failure = "";
      try {
        const found = await get("/appointment-calendar", { month, shop: state.filters.shop ?? "" });
        if (found.month === state.month) state.days = Object.fromEntries(found.days.map((one) => [one.day, one]));
      } catch (error) {
        state.failure = error.msg ?? "页面出了点问题，请刷新后再试";
      }
    }

    const pick = (day) => can("appointments.read") && router.push({ path: "/appointments", query: { since: day, until: day, ...(state.filters.shop && { shop: state.filters.shop }) } });
    const content = () => {
      if (state.failure) return errorView(state.failure, load);
      if (!state.days) return html`<${ElSkeleton} rows=${8} animated=${true} data-testid="loading" />`;
      return html`<${MonthGrid} month=${state.month} cell=${(day) => cell(state.days[day])} onTurn=${load} onPick=${pick} />`;
    };

    load();
    return () => html`
      <div class="list-page">
        <${FilterBar} filters=${FILTERS} values=${state.filters} onSearch=${() => load()} />
        <section class="card">${content()}</section>
      </div>`;
  },
};

function cell(found) {
  if (!found) return {};
  const { open_services: open, is_hidden: isHidden, requested, booked } = found;
  const lines = [requested && `待确认 ${requested}`, booked && `预约 ${booked}`, isHidden ? "已隐藏" : open ? "开放" : ""].filter(Boolean);
  return { lines, kind: requested ? "waiting" : isHidden ? "hidden" : open ? "open" : "" };
}

export default { title: "预约日历", component };
