// Into the cart, or straight to the checkout; a stranger signs in first.

import { post } from "../api.js";
import { isSignedIn, signIn } from "../page_context.js";
import { checkoutUrl, choose } from "./context.js";

const { showToast } = window.vant;

/** Resolves to the cart after an addition, or null. */
export async function take({ store, sku, quantity, action }) {
  if (!isSignedIn) {
    signIn(location.pathname);
    return null;
  }
  if (action === "buy") {
    choose({ store, lines: [{ sku_id: sku.sku_id, quantity }] });
    location.assign(checkoutUrl());
    return null;
  }
  try {
    const cart = await post("/api/me/cart/lines", { store_id: store, sku_id: sku.sku_id, quantity });
    showToast("已加入购物车");
    return cart;
  } catch (error) {
    showToast(error.message);
    return null;
  }
}
