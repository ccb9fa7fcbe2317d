// The state of a list: filters, page and sort, kept in the query string of the page, so that a link shows the same.

import { get } from "../api.js";
import { readPreference, savePreference } from "../preferences.js";

const { reactive } = window.Vue;
export const PAGE_SIZES = [15, 30, 50, 100];

/** `private` filters hold personal data and stay out of the query string. */
export function createListState(props, query) {
  const size = readPreference("page_size", PAGE_SIZES[0]);
  const state = reactive({
    filters: {}, page: 1, sort: props.sort ?? "", size: PAGE_SIZES.includes(size) ? size : PAGE_SIZES[0],
    rows: null, total: 0, loading: false, failure: "", asked: 0,
  });
  readRoute(state, props, query);
  return state;
}

export function readRoute(state, props, query) {
  for (const filter of props.filters) {
    if (filter.private) state.filters[filter.prop] ??= null;
    else state.filters[filter.prop] = readFilter(filter, query);
  }
  state.page = Math.max(1, Number.parseInt(query.page, 10) || 1);
  state.sort = query.sort ?? props.sort ?? "";
}

function readFilter(filter, query) {
  if (filter.type === "dates") {
    const [since, until] = dateNames(filter).map((name) => query[name]);
    return since && until ? [since, until] : null;
  }
  const value = query[filter.prop] ?? filter.value ?? null;
  if (filter.type === "multi") return value ? String(value).split(",") : [];
  return filter.type === "number" && value !== null ? Number(value) : value;
}

const dateNames = (filter) => filter.props ?? ["since", "until"];

/** The filters as parameters of the request, also those of an export. */
export function filterParameters(state, filters) {
  const pairs = filters.flatMap((filter) => {
    const value = state.filters[filter.prop];
    if (filter.type === "dates") return dateNames(filter).map((name, index) => [name, value?.[index]]);
    return [[filter.prop, Array.isArray(value) ? value.join(",") : typeof value === "string" ? value.trim() : value]];
  });
  return Object.fromEntries(pairs.filter(([, value]) => value !== null && value !== undefined && value !== ""));
}

/** What the address of the page shows. */
export function routeQuery(state, props) {
  const kept = filterParameters(state, props.filters.filter((filter) => !filter.private));
  const page = state.page > 1 ? { page: String(state.page) } : {};
  const sort = state.sort && state.sort !== (props.sort ?? "") ? { sort: state.sort } : {};
  return { ...Object.fromEntries(Object.entries(kept).map(([name, value]) => [name, String(value)])), ...page, ...sort };
}

/** Read a page; an answer that is overtaken by a later request is dropped. */
export async function loadList(state, props) {
  const asked = ++state.asked;
  Object.assign(state, { loading: true, failure: "" });
  const parameters = { ...props.params, ...filterParameters(state, props.filters), page: state.page, page_size: state.size, sort: state.sort };
  try {
    const { list, total } = await get(props.url, parameters);
    if (asked !== state.asked) return;
    Object.assign(state, { rows: list, total: total ?? null }); // a list without a total has no pages
    const last = Math.max(1, Math.ceil(total / state.size));
    if (!list.length && state.page > last) { // the last row of the last page is gone
      state.page = last;
      await loadList(state, props);
    }
  } catch (error) {
    if (asked === state.asked) state.failure = error.msg ?? "页面出了点问题，请刷新后再试";
  } finally {
    if (asked === state.asked) state.loading = false;
  }
}

export function setSize(state, size) {
  Object.assign(state, { size, page: 1 });
  savePreference("page_size", size);
}
