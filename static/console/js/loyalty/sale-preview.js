// 试算: what a sale earns, with the sentence that explains each part.

import { html } from "../../../m/js/html.js";
import { post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { listGroupsAndCategories } from "../options.js";
import { loadLoyaltyOptions, programmeFields } from "./options.js";

/** What a sale earns, line by line. */
export function earned({ lines }) {
  if (!lines.length) return html`<p>没有得到积分。</p>`;
  return html`<div><p>共得 <strong>${lines.reduce((sum, { points }) => sum + points, 0)}</strong> 分</p>
    <ul>${lines.map(({ group, points, explanation }) => html`<li key=${explanation}>${group} +${points}：${explanation}</li>`)}</ul></div>`;
}

/** 试算: what a sale earns by the rules as they are. */
export async function trySale() {
  const { programme, tier } = programmeFields(await loadLoyaltyOptions(), { tier: { withBase: true } });
  const fields = [
    programme, { prop: "amount_fen", label: "金额", type: "money", required: true, value: 10_000 }, { prop: "quantity", label: "件数", type: "number", required: true, min: 1, value: 1 },
    { ...tier, label: "会员等级" }, { prop: "is_birthday", label: "会员生日当天", type: "switch" }, { prop: "product", label: "商品编码", empty: null, max: 64 },
    { prop: "category", label: "分类或商品组", type: "select", allowCreate: true, options: listGroupsAndCategories }, { prop: "shop_group", label: "门店组编码", empty: null, max: 64 }, { prop: "day", label: "消费日期", type: "date", help: "不填则今天" },
  ];
  await openForm({
    title: "积分试算", fields, previewLabel: "试算",
    preview: async ({ programme: code, ...sale }) => {
      const found = await post("/point-rules/sale-previews", { programme: code, sale });
      return () => earned(found);
    },
  });
  return false;
}
