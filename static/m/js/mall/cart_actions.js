// Into the cart, or straight to the checkout. The cart of a visitor stays in the browser.

import { post } from "../api.js";
import { isSignedIn } from "../page_context.js";
import { checkoutUrl, choose } from "./context.js";
import { addVisitorLine, visitorCount } from "./visitor_cart.js";

const { showToast } = window.vant;

/** Resolves to the cart after an addition, with its `count`, or to null. */
export async function take({ store, sku, quantity, action }) {
  if (action === "buy") {
    choose({ store, lines: [{ sku_id: sku.sku_id, quantity }] });
    location.assign(checkoutUrl()); // which asks a visitor to sign in
    return null;
  }
  try {
    const cart = isSignedIn
      ? await post("/api/me/cart/lines", { store_id: store, sku_id: sku.sku_id, quantity })
      : addForVisitor({ store_id: store, sku_id: sku.sku_id, quantity, available: sku.available });
    showToast("已加入购物车");
    return cart;
  } catch (error) {
    showToast(error.message);
    return null;
  }
}

function addForVisitor(line) {
  addVisitorLine(line);
  return { count: visitorCount() };
}
