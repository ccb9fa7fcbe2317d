// Orders of the shop from mini-program and pages: listed by state, then accepted, prepared, shipped, and given to the customer.

import { get } from "./api.js";
import { choose, form } from "./dialogs.js";
import { yuan } from "../../m/js/money.js";
import { write } from "./outbox.js";
import { managerPin } from "./rights.js";
import { requireOnline } from "./sales.js";
import { openDialog, showStatus, state } from "./state.js";
import { play } from "./sound.js";

const STATES = [["placed", "待接单"], ["accepted", "备货中"], ["ready", "待取货"], ["shipped", "已发货"], ["unpaid", "待付款"], ["ended", "已结束"]];
const ENDED = ["completed", "closed", "refused", "refunded"];
const MAX_SHOWN = 50;
const pathOf = (number) => `/till/orders/${encodeURIComponent(number)}`;
const time = (at) => new Date(at).toLocaleString("zh-CN", { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" });

export async function countWaiting() {
  const { counts } = await get("/till/orders", { state: "placed", page_size: 1 });
  state.waitingOrders = counts.placed;
  return counts;
}

export async function openOrders() {
  if (state.offline) requireOnline();
  const counts = await countWaiting();
  const numberOf = (key) => (key === "ended" ? ENDED.reduce((sum, one) => sum + counts[one], 0) : counts[key]);
  choose({
    title: "线上订单", note: "选择状态查看订单",
    items: STATES.map(([key, label]) => ({ label, right: `${numberOf(key)} 单`, value: key })),
    choose: ({ value }) => listOrders(value),
  });
}

async function listOrders(key) {
  const { list } = await get("/till/orders", { state: key, page_size: MAX_SHOWN });
  choose({ title: STATES.find(([one]) => one === key)[1], items: list.map(toItem), empty: "没有订单", choose: ({ value }) => showOrder(value) });
}

function toItem({ number, kind_label, customer, phone, goods, total_fen, due_fen, placed_at, slot_starts_at }) {
  const who = [customer, phone].filter(Boolean).join(" ");
  const when = slot_starts_at ? `约 ${time(slot_starts_at)}` : time(placed_at);
  return { label: `${kind_label} · ${goods}`, detail: `${when} · ${who} · 尾号 ${number.slice(-6)}`, right: due_fen ? `待收 ${yuan(due_fen)}` : yuan(total_fen), value: number };
}

export async function showOrder(number) {
  const order = await get(pathOf(number));
  const facts = [
    `${order.kind_label}，${order.payment_label}，共 ${yuan(order.total_fen)} 元${order.due_fen ? `，待收 ${yuan(order.due_fen)} 元` : ""}`,
    order.recipient && `${order.recipient} ${order.recipient_phone.replace(/^\+86/, "")} ${order.address}`,
    order.slot_starts_at && `时间 ${time(order.slot_starts_at)}`, order.table && `桌号 ${order.table}`, order.remark && `备注：${order.remark}`,
  ];
  choose({
    title: `${order.state_label} · ${number.slice(-6)}`, note: facts.filter(Boolean).join("；"),
    items: [...order.actions.filter(({ name }) => ACTIONS[name]).map(({ name, label }) => ({ label, value: () => ACTIONS[name](order) })), ...SLIPS.map((slip) => toPrint(order, slip)), ...order.lines.map(toLine)],
    choose: ({ value }) => value(),
  });
}

const SLIPS = [["pick", "打印拣货单"], ["delivery", "打印配送单"]];
const toPrint = ({ number }, [kind, label]) => ({ label, value: () => openDialog({ kind: "slip", title: label.slice(2), path: `${pathOf(number)}/slip?kind=${kind}` }) });

function toLine({ name, specification, rack, quantity, returned, goods_fen }) {
  const detail = [specification, rack && `货位 ${rack}`, returned && `已退 ${returned} 件`].filter(Boolean).join("，");
  return { label: `${name} × ${quantity}`, detail, right: yuan(goods_fen), disabled: true, value: () => null };
}

async function step(order, name, body, label) {
  const changed = await write("POST", `${pathOf(order.number)}/${name}`, body, label);
  showStatus("info", `订单${order.number.slice(-6)} ${changed.state_label}`);
  play("info");
  countWaiting().catch(() => null);
  return changed;
}

const reasonField = (...quick) => ({ name: "reason", label: "原因", quick });

const ACTIONS = {
  accept: async (order) => {
    await step(order, "acceptance", null, "接单");
    await showOrder(order.number);
  },
  reject: (order) => form({
    title: "拒单", note: "已付的款项会全部原路退回。", danger: true, submitLabel: "拒单", fields: [reasonField("商品已售完", "门店忙不过来", "超出配送范围")],
    submit: (values) => step(order, "refusal", values, "拒单"),
  }),
  mark_ready: async (order) => {
    await step(order, "ready", null, "备货完成");
    await showOrder(order.number);
  },
  ship: (order) => form({
    title: "发货", note: "自己配送时两项都不填。", submitLabel: "发货",
    fields: [{ name: "company", label: "快递公司", optional: true }, { name: "number", label: "快递单号", optional: true }],
    submit: (values) => step(order, "shipments", { company: values.company ?? "", number: values.number ?? "" }, "发货"),
  }),
  hand_over: (order) => form({
    title: order.kind === "delivery" ? "确认送达" : "交付", submitLabel: "交付", note: order.due_fen ? `请收取现金 ${yuan(order.due_fen)} 元` : "",
    fields: [
      ...(order.kind === "delivery" ? [] : [{ name: "pickup_code", label: "取货码（没有时由店长授权）", optional: true, placeholder: "6 位数字" }]),
      ...(order.due_fen ? [{ name: "received_fen", label: "实收现金", kind: "money", value: (order.due_fen / 100).toFixed(2) }] : []),
      ...(order.kind === "delivery" ? [] : managerPin("manager").map((field) => ({ ...field, optional: true }))),
    ],
    submit: async (values) => {
      await step(order, "handover", values, "交付");
      if (values.received_fen > order.due_fen) showStatus("paid", "已交付", `找零 ${yuan(values.received_fen - order.due_fen)}`);
    },
  }),
  refund: (order) => form({
    title: "退款", note: "填要退的件数，款项按原路退回。", danger: true, submitLabel: "确认退款",
    fields: [...order.lines.filter(({ quantity, returned }) => quantity > returned).map(unitsField), reasonField("缺货", "顾客不要了"), ...managerPin("refund")],
    submit: ({ reason, manager_pin, ...units }) => {
      const lines = order.lines.map(({ line }) => ({ line, units: units[`units_${line}`] ?? 0 })).filter((one) => one.units > 0);
      if (!lines.length) throw new Error("请填写要退的件数");
      return step(order, "refunds", { lines, reason, ...(manager_pin && { manager_pin }) }, "退款");
    },
  }),
  close: (order) => form({
    title: "取消订单", danger: true, submitLabel: "取消订单", fields: [reasonField("顾客要求取消", "联系不上顾客")],
    submit: (values) => step(order, "cancellation", values, "取消订单"),
  }),
};

const unitsField = ({ line, name, quantity, returned }) => ({
  name: `units_${line}`, label: `${name}（可退 ${quantity - returned} 件）`, kind: "whole", optional: true, placeholder: "0", quick: [String(quantity - returned)],
});

/** News of an order: it rings, and the number that waits is shown. */
export function announce(message) {
  state.waitingOrders += 1;
  countWaiting().catch(() => null);
  showStatus("waiting", message, "点右上角“线上订单”查看");
  play("order");
}
