// The head of the list: where, what to look for, and the filters.

import { html } from "../html.js";
import { ANY_DISTANCE, RADII_M } from "./address.js";

const { DropdownItem, DropdownMenu, Icon, Search } = window.vant;
const RADII = RADII_M.map((metres) => ({ value: metres, text: `${metres / 1000} 公里内` }));

export function searchBar(search) {
  const { state, change, openSheet } = search;
  return html`
    <header class="search-bar">
      <div class="search-row">
        <button type="button" class="where" onClick=${openSheet} data-testid="where">
          <${Icon} name="location" /><span>${locationLabel(state)}</span><${Icon} name="arrow-down" size="12" />
        </button>
        <${Search} modelValue=${state.filters.keyword} placeholder="门店、品牌或地址" shape="round" maxlength="40" clearable=${true}
          ...${{ "onUpdate:modelValue": (text) => (state.filters.keyword = text) }}
          onSearch=${(text) => change({ keyword: text.trim() })} onClear=${() => change({ keyword: "" })} />
      </div>
      ${state.step === "listing" && filters(search)}
    </header>`;
}

function filters({ state, change, chooseCity, options }) {
  const picks = [];
  const radii = state.filters.city ? [{ value: ANY_DISTANCE, text: "不限距离" }, ...RADII] : RADII;
  if (state.place) picks.push(filterDropdown(state.filters.radius_m, radii, (radius_m) => change({ radius_m })));
  if (state.place) picks.push(filterDropdown(state.filters.city, withAllOption("全部城市", options.cities), chooseCity));
  if (options.brands.length > 1) {
    picks.push(filterDropdown(state.filters.brand, withAllOption("全部品牌", options.brands), (brand) => change({ brand })));
  }
  return html`
    <div class="filters">
      <${DropdownMenu} autoLocate=${false}>${picks}<//>
      ${state.place && openNowToggle(state, change)}
      <span class="count" data-testid="count" role="status">${state.total === null ? "" : `${state.total} 家`}</span>
    </div>`;
}

function openNowToggle(state, change) {
  const on = state.filters.open_now;
  return html`
    <button type="button" class=${["chip", { on }]} aria-pressed=${String(on)} data-testid="open-now"
      onClick=${() => change({ open_now: !on })}>营业中</button>`;
}

function filterDropdown(value, options, onChange) {
  return html`<${DropdownItem} modelValue=${value} options=${options} onChange=${onChange} />`;
}

function withAllOption(label, names) {
  return [{ text: label, value: "" }, ...names.map((name) => ({ text: name, value: name }))];
}

function locationLabel({ place, filters, step }) {
  if (step === "locating") return "定位中";
  return place?.label || filters.city || "选择位置";
}
