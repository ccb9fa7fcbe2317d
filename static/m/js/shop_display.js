// What pages say about a shop: its sign, whether it is open, how to call it, how to get there.

import { html } from "./html.js";

const COLOURS = ["#e8590c", "#2b8a3e", "#1971c2", "#9c36b5", "#c2255c", "#0b7285"];

/** The logo, or the first character of its name on a colour that stays the same. */
export function shopLogo(shop, size = "") {
  const logo = safeUrl(shop.logo_url);
  if (logo) return html`<img class=${["shop-logo", size]} src=${logo} alt="" loading="lazy" />`;
  const initial = Array.from(shortName(shop))[0] ?? "店";
  return html`<span class=${["shop-logo", size]} style=${{ background: fallbackColour(shop.id) }} aria-hidden="true">${initial}</span>`;
}

/** The name without what it shares with its neighbours: the brand of the chain and the city. */
function shortName(shop) {
  const withoutBrand = stripPrefix(shop.name, shop.brand);
  return stripPrefix(withoutBrand, shop.city.replace(/市$/, ""));
}

function stripPrefix(name, start) {
  const rest = start && name.startsWith(start) ? name.slice(start.length).trim() : "";
  return rest || name;
}

export function openTag(shop) {
  if (!shop.hours_text) return html`<span></span>`; // no hours are set: the distance stays on the right
  const look = shop.open_now ? "open" : "shut";
  return html`<span class=${["open-tag", look]} data-testid="hours-text">${shop.hours_text}</span>`;
}

export function callLink(shop) {
  const number = shop.phone.replace(/转.*/, "").replace(/[^0-9+]/g, "");
  return number ? `tel:${number}` : "";
}

/** The map of the phone, in its own datum, GCJ-02. */
export function mapLink(shop) {
  const title = encodeURIComponent(shop.name);
  const where = encodeURIComponent(shop.address);
  return `https://apis.map.qq.com/uri/v1/marker?marker=coord:${shop.lat},${shop.lng};title:${title};addr:${where}&referer=xiaoer`;
}

export function fullAddress(shop) {
  const parts = [shop.province, shop.city, shop.district, shop.address];
  return parts.filter((part, at) => part && part !== parts[at - 1]).join("");
}

/** An address that may stand in a page: http, https or ours; nothing else, whatever was stored. */
export function safeUrl(text) {
  return /^(https?:\/\/|\/(?![/\\]))/i.test(text ?? "") ? text : "";
}

function fallbackColour(id) {
  const sum = Array.from(id).reduce((total, letter) => total + letter.codePointAt(0), 0);
  return COLOURS[sum % COLOURS.length];
}
