// 退款: which lines come back, what would go back, and the return itself.

import { html } from "../../../m/js/html.js";
import { ApiError, get, post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { confirm } from "../feedback.js";
import { money } from "../format.js";

const { ElButton, ElInputNumber, ElMessageBox } = window.ElementPlus;
const OUTSIDE = "-"; // cash that comes from no drawer
const WAYS = { original: "原路退回", cash: "请退现金给顾客", bank_card: "已在刷卡机上退" };

/** Open the form of a sale; "saved" if something was given back. */
export async function refund(order) {
  const left = order.amount_left_fen; // of a sale that has an amount and no goods
  const lines = order.lines.filter(({ quantity, returned }) => quantity > returned && left !== 0);
  if (!lines.length) throw new ApiError("nothing_left", "该交易单已全部退货");
  const isCard = order.payments.some(({ kind, state }) => kind === "bank_card" && state === "succeeded");
  let done = null;
  const outcome = await openForm({
    title: `退款 ${order.number}`, width: "680px", submitLabel: "试算并退款", success: "", value: { units: {}, amount_fen: left }, note: `先填${left === null ? "退货数量" : "退款金额"}。提交后会显示应退多少、怎么退，确认后才退款。`,
    fields: [
      left === null
        ? { prop: "units", label: "退货数量", type: "custom", required: true, render: (units, set) => unitTable(lines, units, set) }
        : { prop: "amount_fen", label: "退款金额", type: "money", required: true, help: `最多 ${money(left)} 元`, rules: [(fen) => (fen > 0 && fen <= left ? "" : `请填写 0.01 至 ${money(left)} 元`)] },
      { prop: "money_by", label: "钱怎么退", type: "select", required: true, value: "original", options: [["original", "原路退回"], ["cash", "退现金"]], help: "原路退回时，微信、支付宝由平台退，现金由店员退" },
      { prop: "terminal", label: "现金出自", type: "select", options: () => listTerminals(order.shop_code), help: "退现金时必选：从钱箱拿的现金在交班时计入" },
      { prop: "card_reference", label: "刷卡机退款参考号", max: 64, when: () => isCard, help: "在刷卡机上退到银行卡时填写，不填则退现金" },
      { prop: "fee_fen", label: "扣除退货费", type: "money" },
      { prop: "reason", label: "原因", required: true, max: 80 },
    ],
    submit: async ({ units, amount_fen, ...value }) => (done = await submit(order.number, left === null ? unitLines(units) : amountLines(lines[0], amount_fen, left), value)),
  });
  if (outcome && done.cash_fen) await ElMessageBox.alert(`请当面退给顾客现金 ${money(done.cash_fen)} 元。`, "退款已登记", { confirmButtonText: "知道了", type: "warning" });
  return outcome === "saved" ? "退款已登记" : outcome;
}

export function unitLines(units) {
  const lines = Object.entries(units).filter(([, count]) => count > 0).map(([line, count]) => ({ line, units: count }));
  if (!lines.length) throw new ApiError("invalid", "请填写退货数量", 422, { field: "units", reason: "请填写退货数量" });
  return lines;
}

/** All that is left is the whole line, which then counts as returned. */
const amountLines = ({ line }, fen, left) => [fen === left ? { line, units: 1 } : { line, amount_fen: fen }];

async function submit(number, lines, { reason, fee_fen, terminal, card_reference, ...way }) {
  const asked = { lines, ...way, fee_fen: fee_fen ?? 0, terminal: terminal === OUTSIDE ? "" : terminal ?? "", card_reference: card_reference ?? "" };
  const price = await post(`/orders/${number}/return-previews`, asked);
  if (!terminal && price.money.some(({ way }) => way === "cash")) throw new ApiError("invalid", "请选择现金出自哪里", 422, { field: "terminal", reason: "请选择现金出自哪里" });
  if (!(await confirm(describe(price), `应退 ${money(price.refund_fen)} 元`))) throw new ApiError("cancelled", "还没有退款，请核对后再提交");
  return post(`/orders/${number}/returns`, { ...asked, reason, expected_fen: price.refund_fen });
}

export function describe(price) {
  const parts = [
    ...price.money.map(({ name, fen, way }) => `${name} ${money(fen)} 元（${WAYS[way]}）`),
    price.stored_value_fen > 0 && `储值 ${money(price.stored_value_fen)} 元退回账户`,
    price.points_fen > 0 && `积分抵现 ${money(price.points_fen)} 元退回积分`,
    ...price.deductions.map(({ sentence, fen }) => `扣除 ${sentence} ${money(fen)} 元`),
    price.points_taken_back > 0 && `收回积分 ${price.points_taken_back}`,
    price.coupons_back.length > 0 && `涉及优惠券 ${price.coupons_back.length} 张`,
  ];
  return `${parts.filter(Boolean).join("；")}。确定退款？`;
}

const listTerminals = (shop) => get("/terminals/choices", { shop }).then((found) => [...found.map(({ code, name }) => [code, name]), [OUTSIDE, "不经收银台"]]);

const allOf = (lines) => Object.fromEntries(lines.map(({ line, quantity, returned }) => [line, quantity - returned]));

/** A table of its own: cells of an ElTable would keep showing the numbers of before. */
export const unitTable = (lines, units, set) => html`
  <div class="unit-table">
    <${ElButton} size="small" class="whole" onClick=${() => set(allOf(lines))}>整单退<//>
    <table>
      <thead><tr><th>商品</th><th class="amount">应收金额</th><th>退货数量</th></tr></thead>
      <tbody>${lines.map(({ line, name, goods_fen, quantity, returned }) => html`
        <tr key=${line}>
          <td>${name}<small>可退 ${quantity - returned}</small></td>
          <td class="amount">${money(goods_fen)}</td>
          <td><${ElInputNumber} modelValue=${units[line] ?? 0} min=${0} max=${quantity - returned} precision=${0} size="small" ariaLabel=${`${name} 退货数量`}
            ...${{ "onUpdate:modelValue": (count) => set({ ...units, [line]: count ?? 0 }) }} /></td>
        </tr>`)}</tbody>
    </table>
  </div>`;
