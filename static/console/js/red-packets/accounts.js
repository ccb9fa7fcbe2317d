// 发放账户: which merchant gives money, in which way and within which bounds; shown in a dialog.

import { html } from "../../../m/js/html.js";
import { get, post, put } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { plainTable } from "../blocks/plain-table.js";
import { fail, succeed } from "../feedback.js";
import { money } from "../format.js";
import { choices } from "../labels.js";
import { can } from "../session.js";
import { WAYS } from "./labels.js";

const { onMounted, reactive } = window.Vue;
const { ElButton, ElDialog } = window.ElementPlus;

const range = ({ way, min_fen, max_fen }) => (way ? `${money(min_fen)}–${money(max_fen)}` : "—");
const status = ({ way, active, missing, paused_until }) => (!way ? "未开通" : missing || (!active && "已停用") || (paused_until && "暂停中") || "正常");

export const RedPacketAccounts = {
  props: { visible: { default: true } },
  emits: ["close"],
  setup(props, { emit }) {
    const state = reactive({ rows: [] });
    const load = async () => {
      try {
        state.rows = (await get("/red-packet-accounts")).list;
      } catch (error) {
        fail(error);
      }
    };
    onMounted(load);
    const columns = [
      { prop: "merchant_name", label: "商户号", minWidth: 150, render: ({ merchant_name, merchant_id }) => `${merchant_name} ${merchant_id}` },
      { prop: "way", label: "方式", width: 100, render: ({ way }) => WAYS[way] ?? "—" },
      { prop: "range", label: "每个金额（元）", width: 150, render: range },
      { prop: "status", label: "状态", minWidth: 120, render: status },
      { prop: "actions", label: "操作", width: 130, render: (row) => actions(row, load) },
    ];
    return () => html`
      <${ElDialog} modelValue=${props.visible} title="发放账户" width="min(820px, calc(100vw - 20px))" beforeClose=${() => emit("close", false)} alignCenter=${true} appendToBody=${true}>
        ${{
          default: () => html`<div data-testid="red-packet-accounts">${plainTable(state.rows, columns, { emptyText: "请先添加微信支付商户号", label: "发放账户" })}</div>`,
          footer: () => html`<${ElButton} onClick=${() => emit("close", false)}>关闭<//>`,
        }}
      <//>`;
  },
};

function actions(row, load) {
  if (!can("red_packets.accounts")) return "—";
  return html`
    <div>
      <${ElButton} link=${true} type="primary" onClick=${() => edit(row).then(load)}>设置<//>
      ${row.way && html`<${ElButton} link=${true} type="primary" onClick=${() => test(row)}>检查<//>`}
    </div>`;
}

async function test({ key }) {
  try {
    const { problem } = await post(`/red-packet-accounts/${key}/tests`);
    if (problem) fail({ msg: problem });
    else succeed("可以发放");
  } catch (error) {
    fail(error);
  }
}

function edit(row) {
  const isRedPacket = ({ way }) => way === "red_packet";
  const value = row.way ? row : { way: "red_packet", send_name: row.merchant_name.slice(0, 32), min_fen: 100, max_fen: 20000, scene_id: "", active: true };
  return openForm({
    title: `发放账户 · ${row.merchant_name}`, value,
    fields: [
      { prop: "way", label: "方式", type: "select", required: true, options: choices(WAYS), help: "新商户号一般只有商家转账，顾客要确认收款" },
      { prop: "send_name", label: "发放者名称", required: true, max: 32 },
      { prop: "min_fen", label: "最低金额", type: "money", required: true, half: true },
      { prop: "max_fen", label: "最高金额", type: "money", required: true, half: true },
      { prop: "scene_id", label: "场景", max: 32, empty: "", help: "商户平台批准的场景，如 PRODUCT_1；红包低于 1 元或高于 200 元时必填，转账默认 1000" },
      { prop: "api_v2_key", label: "APIv2 密钥", type: "password", when: isRedPacket, help: "留空不变" },
      { prop: "client_certificate", label: "商户 API 证书", type: "textarea", when: isRedPacket, help: "apiclient_cert.pem 的内容，留空不变" },
      { prop: "active", label: "启用", type: "switch" },
    ],
    submit: (typed) => put(`/red-packet-accounts/${row.key}`, toRequest(typed)),
  });
}

const NAMES = ["way", "send_name", "min_fen", "max_fen", "scene_id", "active", "api_v2_key", "client_certificate"];
const toRequest = (typed) => Object.fromEntries(NAMES.filter((name) => typed[name] !== undefined).map((name) => [name, typed[name] ?? ""]));
