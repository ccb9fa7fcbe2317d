// The cart of a visitor: it stays in this browser until the sign-in, when the account's cart takes it over.

import { post } from "../api.js";
import { account, isSignedIn } from "../page_context.js";

const STORAGE_KEY = `visitor-cart:${account}`;
export const MAX_VISITOR_LINES = 50;
const MAX_QUANTITY = 9_999;

/** The lines, each with store_id, sku_id and quantity. What is no line of ours is left out. */
export function visitorLines() {
  return readStored().lines;
}

export const visitorCount = () => visitorLines().reduce((sum, { quantity }) => sum + quantity, 0);

/** Adds units on top of those that are there; throws a sentence for the person where the stock or the cart ends. */
export function addVisitorLine({ store_id, sku_id, quantity, available }) {
  const lines = visitorLines();
  const before = lines.find((line) => line.store_id === store_id && line.sku_id === sku_id);
  const wanted = (before?.quantity ?? 0) + quantity;
  if (wanted > Math.min(available, MAX_QUANTITY)) throw new Error(available ? `还剩 ${available} 件` : "已售完");
  if (!before && lines.length >= MAX_VISITOR_LINES) throw new Error(`登录前最多放 ${MAX_VISITOR_LINES} 种商品，请先登录`);
  if (before) before.quantity = wanted;
  else lines.unshift({ store_id, sku_id, quantity });
  store(lines);
}

/** Sets the units of a line; 0 removes it. */
export function changeVisitorLine({ store_id, sku_id, quantity }) {
  const lines = visitorLines().map((line) => (line.store_id === store_id && line.sku_id === sku_id ? { ...line, quantity: Math.min(quantity, MAX_QUANTITY) } : line));
  store(lines.filter((line) => line.quantity > 0));
}

/** The account's cart after it took over this one, or null if there was nothing to take over. */
export async function mergeVisitorCart() {
  const { lines, key } = readStored();
  if (!isSignedIn || !lines.length) return null;
  const cart = await post("/api/me/cart/merges", { lines }, key);
  if (readStored().key === key) localStorage.removeItem(STORAGE_KEY); // another tab may have added more meanwhile
  return cart;
}

function readStored() {
  try {
    const { lines, key } = JSON.parse(localStorage.getItem(STORAGE_KEY)) ?? {};
    return { lines: (Array.isArray(lines) ? lines : []).filter(isLine).slice(0, MAX_VISITOR_LINES), key: typeof key === "string" ? key : undefined };
  } catch {
    return { lines: [] }; // not written by us, or a browser that keeps nothing
  }
}

function isLine(line) {
  return typeof line?.store_id === "string" && typeof line.sku_id === "string" && Number.isInteger(line.quantity) && line.quantity >= 1 && line.quantity <= MAX_QUANTITY;
}

function store(lines) {
  const key = crypto.getRandomValues(new Uint32Array(4)).join("-"); // of the merge of exactly these lines
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify({ key, lines }));
  } catch {
    throw new Error("浏览器不能保存购物车，请登录后再加入");
  }
}
