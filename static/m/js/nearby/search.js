// One search for shops: where, with which filters, and the pages found so far.

import { get } from "../api.js";
import { toQuery, saveLocation, savedLocation, locate } from "../place.js";

const { reactive } = window.Vue;
const { showToast } = window.vant;
const PAGE_SIZE = 20;
const DEFAULT_FILTERS = { keyword: "", radius_m: 5000, city: "", brand: "", open_now: false };

/** Steps: locating, asking (no place known), listing. */
export function useSearch() {
  const state = reactive({
    step: "locating",
    reason: "",
    place: null,
    filters: { ...DEFAULT_FILTERS },
    shops: [],
    page: 0,
    total: null,
    loading: false,
    finished: false,
    failed: false,
    failure: "",
    sheetOpen: false,
  });
  const options = reactive({ cities: [], brands: [] });
  let round = 0; // an answer to an earlier question is not listened to

  function begin() {
    loadOptions(options);
    const place = savedLocation();
    return place ? around(place) : find();
  }

  async function find() {
    state.sheetOpen = false;
    state.step = "locating";
    let place;
    try {
      place = await locate();
    } catch (problem) {
      state.reason = problem.message;
      if (!state.place) return (state.step = "asking");
      state.step = "listing";
      return showToast(problem.message);
    }
    return around(place);
  }

  function around(place) {
    Object.assign(state, { place: saveLocation(place), step: "listing", sheetOpen: false });
    return change({ city: "" });
  }

  function inCity(city) {
    Object.assign(state, { place: null, step: "listing", sheetOpen: false });
    return change({ city });
  }

  function change(filters) {
    Object.assign(state.filters, filters);
    round += 1;
    Object.assign(state, { shops: [], page: 0, total: null, finished: false, failed: false, loading: true });
    return more();
  }

  async function more() {
    const currentRound = round;
    state.loading = true;
    try {
      const found = await fetchPage(state);
      if (currentRound === round) appendPage(state, found);
    } catch (error) {
      if (currentRound === round) Object.assign(state, { failed: true, failure: error.message });
    } finally {
      if (currentRound === round) state.loading = false;
    }
  }

  function retry() {
    state.failed = false;
    return more();
  }

  const widen = () => change({ radius_m: 50_000 });
  const clear = () => change({ ...DEFAULT_FILTERS, city: state.place ? "" : state.filters.city });
  const openSheet = () => (state.sheetOpen = true);
  return { state, options, begin, find, around, inCity, change, more, retry, widen, clear, openSheet };
}

/** Load the options of the filters. The list works without them, so a failure is not reported. */
async function loadOptions(options) {
  try {
    Object.assign(options, await get("/api/stores/cities"));
  } catch {
    options.cities = [];
  }
}

function fetchPage({ place, filters, page }) {
  const { keyword, city, brand } = filters;
  const paging = { page: page + 1, page_size: PAGE_SIZE };
  if (!place) return get("/api/stores", { keyword, city, brand, ...paging });
  const open_now = filters.open_now ? "true" : "";
  const wanted = { keyword, city, brand, open_now, radius_m: filters.radius_m };
  return get("/api/stores/nearby", { ...toQuery(place), ...wanted, ...paging });
}

function appendPage(state, found) {
  state.shops.push(...found.list);
  Object.assign(state, { page: found.page, total: found.total, finished: !found.has_more });
}
