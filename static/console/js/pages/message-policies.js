// 消息设置: how each kind of message is sent, the hours of marketing and the SMS budget, and the e-mail account.

import { html } from "../../../m/js/html.js";
import { del, get, post, put } from "../api.js";
import { Facts } from "../blocks/detail-page.js";
import { errorView } from "../blocks/error-view.js";
import { openForm } from "../blocks/form-dialog.js";
import { confirm, fail, succeed } from "../feedback.js";
import { OrderInput } from "../messages/inputs.js";
import { can } from "../session.js";

const { ElButton, ElSkeleton, ElSwitch, ElTabPane, ElTable, ElTableColumn, ElTabs } = window.ElementPlus;
const { reactive } = window.Vue;
const { RouterLink } = window.VueRouter;

const SETTING_FIELDS = [
  { prop: "marketing_from", label: "营销消息开始（点）", type: "number", required: true, min: 0, max: 23, half: true },
  { prop: "marketing_until", label: "营销消息结束（点）", type: "number", required: true, min: 1, max: 24, half: true },
  { prop: "sms_per_day", label: "每天最多发送短信（条）", type: "number", required: true, min: 0, max: 10_000_000, help: "通知和营销短信，不含验证码", half: true },
  { prop: "sms_alarm_percent", label: "用到多少时报警（%）", type: "number", required: true, min: 1, max: 100, half: true },
  { prop: "keep_days", label: "消息记录保留（天）", type: "number", required: true, min: 30, max: 3650, half: true },
];
const accountFields = (securities, hasAccount) => [
  { prop: "host", label: "SMTP 服务器", required: true, max: 255, placeholder: "smtp.example.com", half: true },
  { prop: "port", label: "端口", type: "number", required: true, min: 1, max: 65_535, value: 465, half: true },
  { prop: "security", label: "加密方式", type: "select", required: true, options: securities, value: "tls" },
  { prop: "username", label: "账号", max: 200, half: true },
  { prop: "password", label: "密码或授权码", type: "password", required: !hasAccount, half: true, help: hasAccount ? "不填则保持不变" : "保存后不再显示" },
  { prop: "sender_address", label: "发件地址", required: true, max: 200, half: true },
  { prop: "sender_name", label: "发件人名称", required: true, max: 60, half: true },
];
const groupOf = (medium) => (medium === "sms" ? "sms" : ["official_template", "subscribe"].includes(medium) ? "wechat" : "text");

const component = {
  setup() {
    const state = reactive({ data: null, failure: "", tab: "kinds", busy: false });

    async function load() {
      state.failure = "";
      try {
        state.data = await get("/message-policies");
      } catch (error) {
        state.failure = error.msg ?? "页面出了点问题，请刷新后再试";
      }
    }

    /** Run a request with its message; another one waits. */
    async function run(work) {
      if (state.busy) return;
      state.busy = true;
      try {
        const text = await work();
        if (text !== false) succeed(text);
      } catch (error) {
        fail(error);
      } finally {
        state.busy = false;
      }
    }

    const toBody = ({ enabled, on_site, media, mode }) => ({ enabled, on_site, media, mode });
    const change = async (row, values) => Object.assign(row, await put(`/message-policies/${row.key}`, { ...toBody(row), ...values }));
    const labelOf = (medium) => state.data.media.find(({ value }) => value === medium)?.label ?? medium;
    const nameOf = (row, medium) => (row.ready.includes(medium) ? labelOf(medium) : `${labelOf(medium)}（未设模板）`);

    const editMedia = (row) => openForm({
      title: `发送方式 ${row.label}`, value: row, submit: (value) => change(row, value),
      fields: [
        { prop: "media", label: "发送顺序", type: "custom", help: "从上到下依次尝试。没有模板的方式会跳过", render: (value, set) => html`<${OrderInput} value=${value} options=${state.data.media} label="发送顺序" onChanged=${set} />` },
        { prop: "mode", label: "方式", type: "select", required: true, options: state.data.modes },
      ],
    });

    const editSettings = () => openForm({ title: "发送时间与额度", fields: SETTING_FIELDS, value: state.data.settings, submit: async (value) => (state.data.settings = await put("/message-policies/settings", value)) });
    const editAccount = () => openForm({
      title: "发件邮箱", fields: accountFields(state.data.securities, Boolean(state.data.email_account)), value: state.data.email_account ?? {},
      submit: async (value) => (state.data.email_account = await put("/message-policies/email-account", value)),
    });
    const sayProblem = ({ problem }, text) => { if (problem) throw { msg: problem }; return text; };
    const check = () => run(async () => sayProblem(await post("/message-policies/email-account/checks"), "连接成功，账号和密码正确"));
    const sendTest = () => openForm({
      title: "发送测试邮件", submitLabel: "发送", success: "测试邮件已发送", fields: [{ prop: "recipient", label: "收件地址", required: true, max: 200 }],
      submit: async (value) => { const { problem } = await post("/message-policies/email-account/tests", value); if (problem) throw { code: "not_sent", msg: `没有发送：${problem}` }; },
    });
    const remove = async () => (await confirm("删除后不能发送邮件，确定？")) && run(async () => { await del("/message-policies/email-account"); state.data.email_account = null; });

    const toggle = (row, name, label) => html`
      <${ElSwitch} modelValue=${row[name]} disabled=${!can("message_policies.edit") || state.busy} ariaLabel=${`${row.label}${label}`} ...${{ "onUpdate:modelValue": (on) => run(async () => { await change(row, { [name]: on }); }) }} />`;
    const column = (label, properties, render) => html`<${ElTableColumn} key=${label} label=${label} ...${properties}>${{ default: ({ row }) => row?.key && render(row) }}<//>`;

    const kinds = () => html`
      <section class="card">
        <div class="table-box" tabindex="0" role="region" aria-label="消息类型">
          <${ElTable} data=${state.data.list} rowKey="key" border=${true}>${{ default: () => [
            column("消息", { minWidth: 140 }, (row) => `${row.label}${row.is_marketing ? "（营销）" : ""}`),
            column("启用", { width: 80 }, (row) => toggle(row, "enabled", "启用")),
            column("站内信", { width: 80 }, (row) => toggle(row, "on_site", "站内信")),
            column("发送顺序", { minWidth: 320 }, (row) => row.media.map((medium) => nameOf(row, medium)).join(" → ") || "不外发"),
            column("方式", { width: 100 }, ({ mode }) => (mode === "first" ? "依次" : "全部")),
            column("模板", { width: 80 }, (row) => html`<${RouterLink} to=${{ path: "/message-templates", query: { kind: row.key, group: groupOf(row.media[0]) } }} aria-label=${`查看${row.label}的模板`}>查看<//>`),
            can("message_policies.edit") && column("操作", { width: 100 }, (row) => html`<${ElButton} link=${true} type="primary" aria-label=${`设置${row.label}的发送方式`} onClick=${() => editMedia(row)}>发送方式<//>`),
          ] }}<//>
        </div>
      </section>`;

    const block = (title, buttons, body) => html`<section class="card"><header class="detail-head"><h2>${title}</h2><span class="toolbar no-print">${buttons}</span></header>${body}</section>`;
    const settings = () => block("发送时间与额度", can("message_policies.edit") && html`<${ElButton} type="primary" plain=${true} onClick=${editSettings}>编辑<//>`,
      html`<${Facts} facts=${SETTING_FIELDS} data=${state.data.settings} />`);
    const accountFacts = () => accountFields(state.data.securities, true).filter(({ prop }) => prop !== "password").map(({ prop, label }) => ({
      prop, label, ...(prop === "security" ? { render: ({ security }) => state.data.securities.find(({ value }) => value === security)?.label } : {}),
    }));
    const account = () => block("发件邮箱", can("message_policies.email_account") && html`
      <${ElButton} type="primary" plain=${true} onClick=${editAccount}>${state.data.email_account ? "编辑" : "设置"}<//>
      ${state.data.email_account && html`<${ElButton} disabled=${state.busy} onClick=${check}>测试连接<//><${ElButton} onClick=${sendTest}>发送测试邮件<//><${ElButton} type="danger" plain=${true} onClick=${remove}>删除<//>`}`,
    state.data.email_account ? html`<${Facts} facts=${accountFacts()} data=${state.data.email_account} />` : html`<p class="notice">还没有设置，不能发送邮件。</p>`);

    load();
    return () => {
      if (state.failure) return html`<section class="card">${errorView(state.failure, load)}</section>`;
      if (!state.data) return html`<section class="card"><${ElSkeleton} rows=${8} animated=${true} data-testid="loading" /></section>`;
      return html`
        <${ElTabs} modelValue=${state.tab} ...${{ "onUpdate:modelValue": (tab) => (state.tab = tab) }}>
          ${{ default: () => [["kinds", "消息类型", kinds], ["settings", "发送时间与额度", settings], ["account", "发件邮箱", account]].map(([name, label, render]) => html`
            <${ElTabPane} key=${name} name=${name} label=${label} lazy=${true}>${{ default: render }}<//>`) }}
        <//>`;
    };
  },
};

export default { title: "消息设置", component };
