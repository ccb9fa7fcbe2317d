// Everything that has no function key of its own.

import { get, send, setToken } from "./api.js";
import { openAppointments } from "./appointments.js";
import { choose, confirm } from "./dialogs.js";
import * as device from "./device.js";
import { yuan } from "../../m/js/money.js";
import { adjustPoints, topUp } from "./members.js";
import { chooseDefault } from "./methods.js";
import * as offlineCash from "./offline_cash.js";
import { askClose, findSale } from "./open_sales.js";
import { openOrders } from "./orders.js";
import { forget, repeat, unanswered } from "./outbox.js";
import { openQueue } from "./queue.js";
import { redeemCoupon } from "./redemptions.js";
import * as shifts from "./shifts.js";
import { showSlip } from "./slip.js";
import { state } from "./state.js";

export function openMenu() {
  choose({ title: "更多", items: listItems(), choose: ({ value }) => value() });
}

function listItems() {
  const queued = offlineCash.waiting.value.length + unanswered.value.length;
  return [
    { label: "打印小票", value: () => showSlip() },
    { label: "查找单据", detail: "退货、补打小票", value: () => findSale() },
    { label: "线上订单", right: state.waitingOrders ? `${state.waitingOrders} 单待接` : "", value: openOrders },
    { label: "作废当前单据", value: askClose },
    { label: "会员充值", value: topUp },
    { label: "调整积分", value: adjustPoints },
    { label: "核销优惠券", value: () => redeemCoupon() },
    { label: "预约", detail: "今天的预约", value: () => openAppointments() },
    { label: "排队叫号", value: openQueue },
    { label: state.session.shift ? "交班" : "上班", value: shifts.ask },
    { label: "未完成的上传", right: queued ? `${queued} 笔` : "", value: showUnanswered },
    { label: "默认收款方式", value: chooseDefault },
    { label: state.sound ? "关闭提示音" : "打开提示音", value: switchSound },
    { label: "退出登录", detail: state.session.cashier.name, value: signOut },
  ];
}

function switchSound() {
  state.sound = !state.sound;
  device.write("sound", state.sound);
}

export function showUnanswered() {
  const cash = offlineCash.waiting.value.map((entry) => ({
    label: `离线现金 ${yuan(entry.amount_fen)}`, right: time(entry.at), value: () => handleCash(entry),
    detail: entry.message || (offlineCash.isExpired(entry) ? "超过 8 小时，不再自动上传，请店长补录" : "网络恢复后自动上传"),
  }));
  const writes = unanswered.value.map((entry) => ({
    label: entry.label, detail: entry.complete ? "没有收到答复，可以再确认一次" : "没有收到答复，请查看单据核对",
    right: time(entry.at), value: () => handleWrite(entry),
  }));
  choose({ title: "未完成的上传", items: [...cash, ...writes], empty: "都已上传", choose: ({ value }) => value() });
}

const time = (at) => new Date(at).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });

function handleCash(entry) {
  if (!entry.message && !offlineCash.isExpired(entry)) return offlineCash.sendAll();
  choose({
    title: `离线现金 ${yuan(entry.amount_fen)}`, note: entry.message || "超过 8 小时",
    items: [
      { label: "再上传一次", disabled: offlineCash.isExpired(entry), detail: offlineCash.isExpired(entry) ? "超过 8 小时" : "", value: () => { offlineCash.tryAgain(entry.cash_key); return offlineCash.sendAll(); } },
      { label: "已另行补录，从列表删除", value: () => offlineCash.remove(entry.cash_key) },
    ],
    choose: ({ value }) => value(),
  });
}

function handleWrite(entry) {
  const again = entry.complete ? [{ label: "再确认一次", detail: "不会重复执行", value: () => repeat(entry) }] : [];
  choose({ title: entry.label, items: [...again, { label: "已核对，从列表删除", value: () => forget(entry.key) }], choose: ({ value }) => value() });
}

async function signOut() {
  const waits = offlineCash.waiting.value.length;
  confirm({
    title: "退出登录？", note: waits ? `还有 ${waits} 笔离线现金，下次登录后继续上传。` : "", submitLabel: "退出",
    async submit() {
      await send("DELETE", "/till/session", null, device.randomKey());
      setToken(null);
      device.write("session", null);
      Object.assign(state, { session: null, sale: null, member: null, status: null });
    },
  });
}

/** Without network the session of before goes on, so that cash can be taken. */
export async function loadSession() {
  try {
    state.session = await get("/till/session");
    device.write("session", state.session);
  } catch (error) {
    if (!error.isUnanswered || !device.read("session")) throw error;
    state.session = device.read("session");
  }
}
