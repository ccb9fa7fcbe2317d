// The state of the list in the address of the page, so that going back restores it. Positions stay out of it.

export const DEFAULT_RADIUS_M = 5000;
export const RADII_M = [1000, 3000, DEFAULT_RADIUS_M, 10_000, 20_000, 50_000];
export const ANY_DISTANCE = 0; // only with a city
export const DEFAULT_FILTERS = { keyword: "", radius_m: DEFAULT_RADIUS_M, city: "", brand: "", open_now: false };
const MAX_PAGES = 20; // further pages are loaded by scrolling

/** The filters, whether a whole city is listed without a place, how many pages were loaded, and the scroll position. */
export function readAddress() {
  const query = new URLSearchParams(location.search);
  const text = (name) => (query.get(name) ?? "").slice(0, 40);
  const number = (name) => Math.max(Math.trunc(Number(query.get(name))) || 0, 0);
  const city = text("city");
  const radius = number("radius_m");
  const withoutRadius = city && query.get("radius_m") === String(ANY_DISTANCE);
  return {
    filters: {
      keyword: text("keyword"),
      city,
      brand: text("brand"),
      radius_m: withoutRadius ? ANY_DISTANCE : RADII_M.includes(radius) ? radius : DEFAULT_RADIUS_M,
      open_now: query.get("open_now") === "1",
    },
    cityOnly: Boolean(city) && query.get("around") === "city",
    pages: Math.min(Math.max(number("page"), 1), MAX_PAGES),
    top: number("top"),
  };
}

/** Writes what differs from a new list, and keeps the account. */
export function writeAddress({ filters, cityOnly, page, top }) {
  const query = new URLSearchParams();
  const account = new URLSearchParams(location.search).get("a");
  if (account !== null) query.set("a", account);
  for (const [name, value] of Object.entries(filters)) {
    if (value !== DEFAULT_FILTERS[name]) query.set(name, value === true ? "1" : value);
  }
  if (cityOnly) query.set("around", "city");
  if (page > 1) query.set("page", page);
  if (top > 0) query.set("top", Math.round(top));
  try {
    history.replaceState(history.state, "", `${location.pathname}?${query}`);
  } catch {
    // a browser limits how often an address may change; the next change writes it
  }
}
