// The filters above a list. On a phone all but the first fold away.

import { html } from "../../../m/js/html.js";
import { fail } from "../feedback.js";
import { icon } from "../icon.js";
import { input, toOptions } from "./form-fields.js";

const { ElButton } = window.ElementPlus;
const { reactive } = window.Vue;
const SHOWN_FOLDED = 4;

export const FilterBar = {
  props: ["filters", "values"],
  emits: ["search"],
  setup(props, { emit }) {
    const state = reactive({ open: false });
    const filters = reactive(props.filters.map((filter) => ({ ...filter, options: typeof filter.options === "function" ? [] : toOptions(filter.options) })));
    props.filters.forEach(async (filter, index) => {
      if (typeof filter.options === "function") filters[index].options = toOptions(await filter.options().catch((error) => (fail(error), [])));
    });

    function set(filter, value) {
      props.values[filter.prop] = value === "" ? null : value;
      if (filter.type && filter.type !== "text" && filter.type !== "number") emit("search");
    }

    function reset() {
      for (const { prop, type } of filters) props.values[prop] = type === "multi" ? [] : null;
      emit("search");
    }

    return () => html`
      <form class=${["card", "filters", state.open && "open"]} role="search" aria-label="筛选" onSubmit=${(event) => { event.preventDefault(); emit("search"); }}>
        ${filters.map((filter, index) => html`
          <div key=${filter.prop} class=${["filter", filter.type ?? "text", index >= SHOWN_FOLDED && "extra"]} data-filter=${filter.prop}>
            <span class="label" aria-hidden="true">${filter.label}</span>${input(filter, props.values[filter.prop], (value) => set(filter, value))}
          </div>`)}
        <div class="buttons">
          <${ElButton} type="primary" nativeType="submit" data-testid="search">${icon("search")} 查询<//>
          <${ElButton} onClick=${reset} data-testid="reset">重置<//>
          ${filters.length > 1 && html`<button type="button" class=${["plain", "unfold", filters.length > SHOWN_FOLDED && "always"]} aria-expanded=${state.open} onClick=${() => (state.open = !state.open)} data-testid="unfold">
            ${state.open ? "收起" : "展开"} ${icon(state.open ? "arrow-up" : "arrow-down")}</button>`}
        </div>
      </form>`;
  },
};
