// One search for shops: where, with which filters, and the pages found so far.

import { get } from "../api.js";
import { toQuery, saveLocation, savedLocation, takeLinkedLocation, locate } from "../place.js";
import { ANY_DISTANCE, DEFAULT_FILTERS, DEFAULT_RADIUS_M, readAddress, writeAddress } from "./address.js";

const { nextTick, reactive } = window.Vue;
const { showToast } = window.vant;
const PAGE_SIZE = 20;
const SCROLL_PAUSE_MS = 300;

/** Steps: locating, asking (no place known), listing. */
export function useSearch() {
  const state = reactive({
    step: "locating",
    reason: "",
    place: null,
    filters: { ...DEFAULT_FILTERS },
    shops: [],
    page: 0,
    cursor: null,
    total: null,
    distant: null,
    loading: false,
    finished: false,
    failed: false,
    failure: "",
    sheetOpen: false,
  });
  const options = reactive({ cities: [], brands: [], places: [] });
  let round = 0; // an answer to an earlier question is not listened to

  function begin() {
    loadOptions(options);
    keepScrollPosition(state);
    const linked = takeLinkedLocation();
    if (linked) return around(linked);
    const { filters, cityOnly, pages, top } = readAddress();
    Object.assign(state.filters, filters);
    state.place = cityOnly ? null : savedLocation();
    return cityOnly || state.place ? restore(pages, top) : find(filters.city);
  }

  /** Another card of the chat was opened in the same page. */
  function followLink() {
    const linked = takeLinkedLocation();
    if (linked) around(linked);
  }

  async function find(city = "") {
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
    return around(place, city);
  }

  function around(place, city = "") {
    Object.assign(state, { place: saveLocation(place), step: "listing", sheetOpen: false });
    return chooseCity(city);
  }

  function inCity(city) {
    Object.assign(state, { place: null, step: "listing", sheetOpen: false });
    return change({ city, radius_m: DEFAULT_RADIUS_M });
  }

  /** A city is searched as a whole; without one the radius is that of a new list again. */
  function chooseCity(city) {
    return change({ city, radius_m: city ? ANY_DISTANCE : state.filters.radius_m || DEFAULT_RADIUS_M });
  }

  function change(filters) {
    Object.assign(state.filters, filters);
    startRound();
    remember(state);
    return more();
  }

  function startRound() {
    round += 1;
    Object.assign(state, { shops: [], page: 0, cursor: null, total: null, distant: null, finished: false, failed: false, loading: true });
  }

  async function restore(pages, top) {
    state.step = "listing";
    startRound();
    await load(pages);
    await nextTick();
    window.scrollTo(0, top);
  }

  /** Loads pages one after another; meanwhile the list counts as loading, so that it asks for none itself. */
  async function load(pages) {
    const currentRound = round;
    state.loading = true;
    try {
      for (let left = pages; left > 0 && !state.finished; left -= 1) {
        const found = await fetchPage(state);
        if (currentRound !== round) return;
        appendPage(state, found);
      }
    } catch (error) {
      if (currentRound === round) Object.assign(state, { failed: true, failure: error.message });
    } finally {
      if (currentRound === round) state.loading = false;
    }
  }

  const more = () => load(1);

  /** The list asks for more when its end is near. */
  async function loadMore() {
    await more();
    remember(state, window.scrollY);
  }

  function retry() {
    state.failed = false;
    return more();
  }

  const widen = () => change({ radius_m: 50_000 });
  const clear = () => change({ ...DEFAULT_FILTERS, city: state.place ? "" : state.filters.city });
  const openSheet = () => (state.sheetOpen = true);
  return {
    state, options, begin, followLink, find, around, inCity, chooseCity, change, loadMore, retry, widen, clear, openSheet,
  };
}

function remember({ filters, place, page }, top = 0) {
  writeAddress({ filters, cityOnly: !place && Boolean(filters.city), page, top });
}

/** The address keeps how far the list was scrolled, also when a shop is opened at once. */
function keepScrollPosition(state) {
  history.scrollRestoration = "manual";
  const write = () => state.step === "listing" && state.shops.length && remember(state, window.scrollY);
  let waiting;
  window.addEventListener("scroll", () => {
    clearTimeout(waiting);
    waiting = setTimeout(write, SCROLL_PAUSE_MS);
  }, { passive: true });
  document.addEventListener("click", (event) => event.target.closest?.("a") && write(), { capture: true });
}

/** Load the options of the filters. The list works without them, so a failure is not reported. */
async function loadOptions(options) {
  try {
    Object.assign(options, await get("/api/stores/cities"));
  } catch {
    options.cities = [];
  }
}

function fetchPage({ place, filters, cursor }) {
  const { keyword, city, brand } = filters;
  const paging = { after: cursor, page_size: PAGE_SIZE };
  if (!place) return get("/api/stores", { keyword, city, brand, ...paging });
  const open_now = filters.open_now ? "true" : "";
  const wanted = { keyword, city, brand, open_now, radius_m: filters.radius_m || "" };
  return get("/api/stores/nearby", { ...toQuery(place), ...wanted, ...paging });
}

function appendPage(state, found) {
  const shown = new Set(state.shops.map(({ id }) => id)); // of equal distances one may come again
  state.shops.push(...found.list.filter(({ id }) => !shown.has(id)));
  const { next_cursor: cursor, total, distant = null } = found;
  Object.assign(state, { page: state.page + 1, cursor, total, distant, finished: !found.has_more });
}
