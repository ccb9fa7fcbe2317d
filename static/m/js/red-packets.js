// My red packets: what waits to be opened in WeChat, transfers that are confirmed here, and what became of all.

import { get, post } from "./api.js";
import { momentText } from "./days.js";
import { html } from "./html.js";
import { Ledger } from "./ledger.js";
import { yuan } from "./money.js";
import { mountMemberPage } from "./page_shell.js";
import { pollWhileVisible } from "./visible_poll.js";
import { requestTransfer } from "./red_packets/transfer_bridge.js";

const { onMounted, onUnmounted, reactive } = window.Vue;
const { Button, showToast } = window.vant;
const PAGE_SIZE = 20;
const POLL_MS = 5000;
const LIVE = ["requested", "sending", "sent"];
const readPage = (cursor) => get("/api/me/red-packets", { page_size: PAGE_SIZE, after: cursor });

const RedPackets = {
  props: { first: Object },
  setup(props) {
    const state = reactive({ version: 0, busy: "", latest: props.first.list });
    let stop = () => {};

    async function refresh() {
      const { list } = await readPage(null);
      const isSame = JSON.stringify(list) === JSON.stringify(state.latest);
      if (!isSame) Object.assign(state, { latest: list, version: state.version + 1 });
      return !list.some((row) => LIVE.includes(row.state));
    }

    async function perform(row, work) {
      state.busy = row.id;
      try {
        await work(row);
      } catch (error) {
        showToast(error.message);
      } finally {
        state.busy = "";
        await refresh().catch(() => null);
      }
    }

    onMounted(() => (stop = pollWhileVisible(refresh, POLL_MS)));
    onUnmounted(() => stop());
    return () => html`
      <section class="card" data-testid="red-packets">
        <h2>我的红包</h2>
        <${Ledger} fetchPage=${readPage} refreshKey=${state.version} empty="还没有红包"
          renderRow=${(row) => packetRow(row, state.busy, perform)} />
      </section>`;
  },
};

mountMemberPage("red-packets", () => readPage(null), (first) => html`<${RedPackets} first=${first} />`);

/** The server asks WeChat, because what the bridge says is no proof. */
async function confirm(row) {
  const result = await requestTransfer(await get(`/api/me/red-packets/${row.id}/confirmation`));
  if (result === "cancelled") return showToast("还没有收款，可以稍后再确认");
  const found = await post(`/api/me/red-packets/${row.id}/queries`);
  if (found.state === "received") return showToast("已收到");
  showToast(result === "unknown" ? "没有打开收款确认，请更新微信后再试" : "正在确认，请稍候");
}

async function ask(row) {
  const found = await post(`/api/me/red-packets/${row.id}/queries`);
  showToast(found.state === "received" ? "已收到" : found.hint);
}

function packetRow(row, busy, perform) {
  return html`
    <li key=${row.id} class=${["red-packet", row.state]} data-testid="red-packet" data-state=${row.state}>
      <div>
        <span>${row.title}</span>
        <small>${row.wishing}</small>
        <small>${momentText(row.finished_at ?? row.requested_at)} ${row.hint}</small>
        ${row.expires_at && html`<small>${momentText(row.expires_at)} 前有效</small>`}
      </div>
      <b>¥${yuan(row.amount_fen)}<small data-testid="state">${row.state_label}</small>
        ${row.state === "sent" && action(row, busy, perform)}
      </b>
    </li>`;
}

function action(row, busy, perform) {
  const [label, work, testid] = row.can_confirm ? ["确认收款", confirm, "confirm"] : ["已打开，刷新", ask, "ask"];
  return html`
    <${Button} size="small" round=${true} type=${row.can_confirm ? "primary" : "default"} loading=${busy === row.id}
      onClick=${() => perform(row, work)} data-testid=${testid}>${label}<//>`;
}
