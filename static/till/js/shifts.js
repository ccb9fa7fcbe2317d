// The shift (班次): opened with the cash in the drawer, closed with what was counted.

import { get } from "./api.js";
import { form } from "./dialogs.js";
import { signedYuan, yuan } from "../../m/js/money.js";
import { totalFen, waiting } from "./offline_cash.js";
import { write } from "./outbox.js";
import { showShiftSlip } from "./slip.js";
import { showStatus, state } from "./state.js";

const time = (at) => new Date(at).toLocaleString("zh-CN", { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" });

export function ask() {
  return state.session.shift ? close() : open();
}

export function open() {
  form({
    title: "上班", note: "请清点钱箱里的备用金。", submitLabel: "开始上班",
    fields: [{ name: "opening_fen", label: "备用金", kind: "money", quick: ["0", "200", "500"] }],
    async submit(values) {
      state.session.shift = await write("POST", "/till/shifts", values, "上班");
      showStatus("info", "已上班", `备用金 ${yuan(values.opening_fen)}`);
    },
  });
}

async function close() {
  const shift = await get("/till/shifts/current");
  const queued = waiting.value.length ? `还有 ${waiting.value.length} 笔离线现金 ${yuan(totalFen())} 没有上传，建议先等网络恢复。` : "";
  form({
    title: "交班", submitLabel: "确认交班", danger: true,
    note: `${time(shift.opened_at)} 上班，备用金 ${yuan(shift.opening_fen)}。请清点钱箱里的全部现金。${queued}`,
    fields: [{ name: "counted_fen", label: "清点金额", kind: "money" }],
    async submit(values) {
      const closed = await write("POST", "/till/shifts/current/closing", values, "交班");
      state.session.shift = null;
      const { expected_fen, difference_fen } = closed;
      showShiftSlip();
      showStatus(difference_fen ? "failed" : "info", "已交班", `应有 ${yuan(expected_fen)}，${difference_fen ? `差额 ${signedYuan(difference_fen)}` : "账实相符"}`);
    },
  });
}
