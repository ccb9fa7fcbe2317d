// What lowers the amount of a sale: coupons, points, stored value, discounts by staff.

import { choose, form } from "./dialogs.js";
import { yuan } from "../../m/js/money.js";
import { requireMemberOfSale, sendSmsCode } from "./members.js";
import { change, requireOnline } from "./sales.js";
import { managerPin } from "./rights.js";
import { state } from "./state.js";

const COUPONS = ["coupon", "voucher"]; // kinds of discounts and tenders

export function chooseCoupons() {
  requireOnline();
  const coupons = state.sale.member?.coupons ?? [];
  const items = [
    { label: "自动选最优惠的券", alone: true, value: "best" },
    { label: "输入券码", alone: true, value: "code" },
    { label: "不用券", alone: true, value: "none" },
    ...coupons.map((coupon) => ({ label: coupon.name, detail: coupon.usable ? coupon.code : coupon.reason ?? "现在不能用", disabled: !coupon.usable, value: coupon.code })),
  ];
  choose({
    title: "优惠券", multiple: true, items,
    note: coupons.length ? "" : state.sale.member ? "这位会员没有优惠券" : "按 F3 添加会员后，可选会员的券",
    choose: (chosen) => useCoupons(Array.isArray(chosen) ? chosen.map(({ value }) => value) : chosen.value),
  });
}

function useCoupons(chosen) {
  if (chosen === "code") return askCouponCode();
  if (chosen === "none") return change({ coupon_codes: [] }, "取消优惠券");
  return change({ coupon_codes: chosen }, "使用优惠券");
}

function askCouponCode() {
  form({ title: "使用优惠券", fields: [{ name: "code", label: "券码", placeholder: "扫码或输入" }], submit: ({ code }) => addCoupon(code) });
}

/** Adds a scanned coupon to those that the sale already uses. */
export function addCoupon(code) {
  const used = [...state.sale.discounts, ...state.sale.tenders].filter(({ kind }) => COUPONS.includes(kind)).map(({ reference }) => reference);
  return change({ coupon_codes: [...new Set([...used, code])] }, "使用优惠券");
}

export function usePoints() {
  requireMemberOfSale();
  const { points = 0, fen = 0 } = state.sale.points_most ?? {};
  form({
    title: "积分抵扣", submitLabel: "抵扣",
    note: points ? `本单最多用 ${points} 积分，抵 ${yuan(fen)}` : "本单不能用积分",
    fields: [{ name: "points", label: "使用积分", kind: "whole", optional: true, placeholder: "留空为最多，0 为不用" }],
    submit: ({ points: chosen }) => change({ points: chosen ?? "most" }, "积分抵扣"),
  });
}

export function useStoredValue(code = "") {
  requireOnline();
  const balance = state.sale.member?.stored_value_fen;
  const most = balance === undefined ? state.sale.due_fen : Math.min(balance, state.sale.due_fen);
  form({
    title: "储值支付", submitLabel: "支付", note: balance === undefined ? "请扫顾客的储值付款码" : `储值余额 ${yuan(balance)}`,
    fields: [
      { name: "payment_code", label: "储值付款码或短信验证码", value: code, placeholder: "扫码，或输入 6 位验证码", optional: true },
      { name: "amount_fen", label: "使用金额", kind: "money", value: (most / 100).toFixed(2) },
    ],
    actions: state.sale.member ? [{ label: "发送验证码", run: sendSmsCode }] : [],
    submit: ({ amount_fen, payment_code }) => change({ stored_value: amount_fen ? { amount_fen, ...proof(payment_code) } : null }, "储值支付"),
  });
}

function proof(code) {
  if (!code) return {};
  return code.length > 8 ? { payment_code: code } : { sms_code: code };
}

export function lowerPrice() {
  requireOnline();
  const { round_down_to_fen: step = 1 } = state.session.settings ?? {};
  const rounding = step > 1 ? `抹去${step === 10 ? "分" : "角和分"}` : "店铺没有开启抹零";
  choose({
    title: "折扣与抹零",
    items: [
      { label: "抹零", detail: rounding, disabled: step <= 1, value: roundDown },
      { label: "打折", detail: "例如 9 折、8.5 折", value: askPercent },
      { label: "减金额", value: askAmount },
      { label: "取消折扣和抹零", value: () => change({ discount: null, round_down: false }, "取消折扣") },
    ],
    choose: ({ value }) => value(),
  });
}

function roundDown() {
  const fields = managerPin("round_down");
  const submit = (values) => change({ round_down: true, ...values }, "抹零");
  return fields.length ? form({ title: "抹零", fields, submit }) : submit({});
}

const REASON = { name: "reason", label: "原因", quick: ["熟客", "商品瑕疵", "店长同意"] };

function askPercent() {
  form({
    title: "打折", fields: [{ name: "fold", label: "几折", placeholder: "9 或 8.5", quick: ["9.5", "9", "8.8", "8"] }, REASON, ...managerPin("lower_price")],
    submit: ({ fold, ...others }) => change({ discount: { percent: percentOff(fold), ...others } }, "打折"),
  });
}

/** 9 折 takes 10 percent off. */
function percentOff(fold) {
  const value = Number(fold);
  const percent = Math.round(100 - value * 10);
  if (!(value > 0 && value < 10) || Math.abs(value * 10 + percent - 100) > 1e-9) throw new Error("折扣应在 0.1 折到 9.9 折之间");
  return percent;
}

function askAmount() {
  form({
    title: "减金额", fields: [{ name: "amount_fen", label: "减多少", kind: "money" }, REASON, ...managerPin("lower_price")],
    submit: (values) => change({ discount: values }, "减金额"),
  });
}
