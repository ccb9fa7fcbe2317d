// Goods typed in: name, price and quantity, one line after another.

import { get } from "./api.js";
import { form } from "./dialogs.js";
import { addLine, change, isOpen, openAmount, requireOnline } from "./sales.js";
import { state } from "./state.js";

/** Adds the goods of a bar code; name and price of goods that the catalog does not know are asked. */
export async function addGoods(barcode) {
  if (state.sale?.local) requireOnline();
  const { list } = await get("/till/goods", { q: barcode });
  const found = list.find((item) => item.barcode === barcode);
  return found ? addLine({ sku_id: found.sku_id, quantity: 1 }) : askLine(barcode);
}

/** `product_code` is what a scanner read, or nothing. */
export function askLine(product_code = "") {
  if (state.sale?.local) requireOnline();
  form({
    title: "录入商品", submitLabel: "加入", note: product_code ? `条码 ${product_code}` : "",
    fields: [
      { name: "name", label: "品名", placeholder: "例如 拿铁" },
      { name: "unit_price_fen", label: "单价", kind: "money" },
      { name: "quantity", label: "数量", kind: "whole", value: "1" },
    ],
    async submit(values) {
      if (values.quantity < 1) throw new Error("数量至少为 1");
      await addLine({ ...values, ...(product_code && { product_code }) });
      if (!product_code) askLine();
    },
  });
}

export function askAmount() {
  form({
    title: isOpen() ? "修改金额" : "输入金额",
    fields: [{ name: "amount_fen", label: "金额", kind: "money" }],
    submit: ({ amount_fen }) => (isOpen() && !state.sale.local ? change({ amount_fen }) : openAmount(amount_fen)),
  });
}
