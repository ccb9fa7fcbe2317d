// 红包发放: all red packets and transfers, those that wait for staff, one by hand, the accounts, and the stop.

import { html } from "../../../m/js/html.js";
import { get, post } from "../api.js";
import { openDialog } from "../blocks/dialogs.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { money } from "../format.js";
import { choices } from "../labels.js";
import { linkToMember } from "../links.js";
import { RedPacketAccounts } from "../red-packets/accounts.js";
import { PURPOSES, STATES, WAYS } from "../red-packets/labels.js";
import { session } from "../session.js";

const { onMounted, reactive } = window.Vue;

const FILTERS = [
  { prop: "search", label: "查找", placeholder: "单号、卡号、手机或姓名", private: true },
  { prop: "state", label: "状态", type: "select", options: choices(STATES) },
  { prop: "requested", label: "申请日期", type: "dates" },
  { prop: "held", label: "待处理", type: "select", options: [["true", "只看待处理"]] },
  { prop: "way", label: "方式", type: "select", options: choices(WAYS) },
  { prop: "purpose", label: "用途", type: "select", options: choices(PURPOSES) },
];
const COLUMNS = [
  { prop: "requested_at", label: "申请时间", format: "time", width: 170, sortable: true },
  { prop: "card_number", label: "会员卡号", width: 170, render: ({ card_number }) => linkToMember(card_number) },
  { prop: "name", label: "姓名", phone: true, width: 90 },
  { prop: "amount_fen", label: "金额", phone: true, format: "money", width: 95, sortable: true },
  { prop: "state", label: "状态", phone: true, format: "tag", tags: STATES, width: 95 },
  { prop: "message", label: "说明", minWidth: 200, render: ({ message, closing, is_live }) => message || (closing && is_live ? "正在撤回" : "—") },
  { prop: "title", label: "活动名称", minWidth: 130 },
  { prop: "way", label: "方式", width: 95, render: ({ way }) => WAYS[way] },
  { prop: "purpose", label: "用途", width: 95, render: ({ purpose }) => PURPOSES[purpose] },
  { prop: "finished_at", label: "结束时间", format: "time", width: 170 },
  { prop: "number", label: "单号", width: 260 },
];
const canEnd = ({ is_live, closing, state, way }) => is_live && !closing && !(state === "sent" && way === "red_packet");
const ROW_ACTIONS = [
  { label: "查询", right: "red_packets.edit", show: ({ is_live, held }) => is_live && !held, run: query },
  { label: "重发", right: "red_packets.edit", show: ({ held }) => held, confirm: "用原单号再发一次，不会重复付款。", run: ({ id }) => post(`/red-packets/${id}/retries`) },
  { label: "放弃", right: "red_packets.edit", danger: true, show: canEnd, run: giveUp },
];

async function query({ id, state }) {
  const found = await post(`/red-packets/${id}/queries`);
  return found.state === state ? `没有新的结果：${STATES[state][0]}` : `最新结果：${STATES[found.state][0]}`;
}

function giveUp({ id, amount_fen }) {
  return openForm({
    title: `放弃红包 ${money(amount_fen)} 元`, note: "没有发出的不再发，等待确认的转账撤回。已经到账的不受影响。",
    fields: [{ prop: "reason", label: "原因", required: true, max: 80 }],
    submit: (value) => post(`/red-packets/${id}/ending`, value),
  });
}

function send() {
  return openForm({
    title: "发红包", submitLabel: "发放", success: "已提交发放",
    fields: [
      { prop: "card", label: "会员卡号", required: true, max: 40 },
      { prop: "amount_fen", label: "金额", type: "money", required: true },
      { prop: "title", label: "活动名称", required: true, max: 32, help: "顾客在红包里看到" },
      { prop: "wishing", label: "祝福语", required: true, max: 128, value: "恭喜发财，大吉大利" },
    ],
    submit: (value) => post("/red-packets", value),
  });
}

const stop = () => openForm({
  title: "紧急停发红包", submitLabel: "停发", note: "几秒内停止发放和领取；已经发出的仍可打开。",
  fields: [{ prop: "reason", label: "原因", required: true, max: 200 }],
  submit: (value) => post("/red-packet-accounts/stop", value),
});

const component = {
  setup() {
    const state = reactive({ summary: null });
    /** Accounts and sums are those of the whole business, for an account of all shops. */
    const load = async () => {
      if (session.me.shops === null) state.summary = await get("/red-packet-accounts/summary").catch(() => null);
    };
    const then = (work) => async () => {
      const done = await work();
      await load();
      return done;
    };
    onMounted(load);
    return () => {
      const tools = state.summary === null ? [] : [
        { label: "发放账户", right: "red_packets.read", run: then(() => openDialog(RedPacketAccounts, {}).then(() => false)) },
        state.summary.stopped
          ? { label: "恢复发放", right: "red_packets.stop", confirm: "恢复后，等待中的红包立即发放。", run: then(() => post("/red-packet-accounts/resumption")) }
          : { label: "紧急停发", right: "red_packets.stop", run: then(stop) },
      ];
      return html`
        <div>
          ${state.summary && notices(state.summary)}
          <${ListPage} key=${String(state.summary?.stopped)} url="/red-packets" columns=${COLUMNS} filters=${FILTERS} rowActions=${ROW_ACTIONS} tools=${tools}
            create=${{ label: "发红包", right: "red_packets.create", open: send }} sort="-requested_at" exportKind="red_packets" emptyText="没有符合条件的红包" />
        </div>`;
    };
  },
};

function notices({ stopped, stop_reason, paused, held, budget_fen, used_fen, states }) {
  const sums = states.filter(({ count }) => count).map(({ state, count, amount_fen }) => `${STATES[state][0]} ${count} 个 ${money(amount_fen)} 元`);
  const used = budget_fen ? `预算 ${money(budget_fen)} 元，已用 ${money(used_fen)} 元。` : "";
  return html`
    <div data-testid="red-packet-notices">
      ${stopped && html`<p class="card" role="alert"><strong>已停发</strong>：${stop_reason}</p>`}
      ${paused.map((reason) => html`<p key=${reason} class="card" role="alert"><strong>暂停发放</strong>：${reason}</p>`)}
      ${held > 0 && html`<p class="card" role="alert"><strong>待处理</strong>：${held} 个红包没有发出，请重发或放弃</p>`}
      ${sums.length > 0 && html`<p class="muted">${used}${sums.join("，")}。</p>`}
    </div>`;
}

export default { title: "红包发放", component };
