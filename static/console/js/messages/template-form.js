// The form of message templates of every medium, with a preview.

import { html } from "../../../m/js/html.js";
import { get, post, put } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { KeywordsInput, VariablesInput } from "./inputs.js";

const { reactive } = window.Vue;

export const PURPOSES = [["notice", "通知类"], ["marketing", "营销类"]];
const WECHAT = [["official_template", "公众号模板消息"], ["subscribe", "小程序订阅消息"]];
const TEXTS = [["site", "站内信"], ["customer_service", "公众号客服消息"], ["email", "邮件"]];
const PATH = { prop: "path", label: "页面", max: 200, placeholder: "/m/points" };

/** Open the form of a group (sms, wechat, text); `template` is the one that is edited, `options` those of the server. */
export async function openTemplateForm(group, options, template = null) {
  const chosen = reactive({ variables: [], kind: null, synced: [], keywords: [] });
  const setKind = (key) => {
    chosen.kind = options.kinds.find((kind) => kind.key === key) ?? null;
    chosen.variables = chosen.kind?.variables ?? [];
  };
  setKind(template?.kind);
  if (template?.channel_key) chosen.synced = await listSynced(template.channel_key);
  if (group === "wechat" && template) chosen.keywords = keywordsOf(chosen.synced, template.platform_id, template.fields);
  const fields = [kindField(options, setKind), { prop: "name", label: "模板名称", required: true, max: 60, half: true }, ...BUILDERS[group](chosen, options, template)];
  return openForm({
    title: template ? `编辑模板 ${template.name}` : "新建模板", width: "720px", fields, value: toValue(group, template),
    submit: (value) => (template ? put(`/message-templates/${template.id}`, toBody(group, value, chosen)) : post("/message-templates", toBody(group, value, chosen))),
    preview: async (value) => {
      const shown = await post("/message-templates/previews", toBody(group, value, chosen));
      return () => preview(shown, chosen.keywords);
    },
  });
}

const kindField = ({ kinds }, setKind) => ({
  prop: "kind", label: "消息", type: "select", required: true, half: true, options: kinds.map(({ key, label, is_marketing }) => ({ value: key, label, note: is_marketing ? "营销" : undefined })), onChange: setKind,
});

const textField = (chosen, field) => ({
  type: "custom", empty: "", ...field, render: (value, set) => html`<${VariablesInput} value=${value ?? ""} variables=${chosen.variables} label=${field.label} rows=${field.rows ?? 1} max=${field.max} onChanged=${set} />`,
});

const BUILDERS = {
  sms: (chosen) => [
    { prop: "purpose", label: "业务类型", type: "select", required: true, options: PURPOSES, value: "notice", half: true },
    { prop: "platform_id", label: "服务商模板编号", required: true, max: 500, half: true, placeholder: "SMS_123456" },
    textField(chosen, { prop: "text", label: "模板内容", rows: 4, max: 500, required: true, help: "按服务商审核通过的内容填写，营销类须以“拒收请回复R”结尾" }),
    variableRows(chosen),
  ],
  wechat: (chosen, options, template) => [
    { prop: "medium", label: "模板类型", type: "select", required: true, half: true, options: WECHAT, onChange: (medium, typed, setOptions) => {
      Object.assign(typed, { channel_key: null, platform_id: null });
      setOptions("channel_key", accountsOf(options, medium));
    } },
    { prop: "channel_key", label: "对应渠道", type: "select", required: true, half: true, options: accountsOf(options, template?.medium), onChange: async (key, typed, setOptions) => {
      Object.assign(typed, { platform_id: null });
      chosen.synced = key ? await listSynced(key) : [];
      setOptions("platform_id", toOptions(chosen.synced));
    } },
    { prop: "platform_id", label: "平台模板", type: "select", required: true, options: toOptions(chosen.synced, template), help: "没有可选的模板时，请先在列表上方同步平台模板", onChange: (id, typed) => {
      chosen.keywords = keywordsOf(chosen.synced, id, {});
      typed.fields = Object.fromEntries(chosen.keywords.map(({ name }) => [name, typed.fields?.[name] ?? ""]));
    } },
    { ...PATH, help: "客户点开消息后看到的页面，小程序填小程序内的路径" },
    { prop: "fields", label: "模板内容", type: "custom", required: true, render: (value, set) => html`<${KeywordsInput} value=${value} keywords=${chosen.keywords} variables=${chosen.variables} onChanged=${set} />` },
  ],
  text: (chosen) => [
    { prop: "medium", label: "发送方式", type: "select", required: true, half: true, options: TEXTS },
    { ...PATH, half: true, help: "客户点开消息后看到的页面" },
    textField(chosen, { prop: "title", label: "标题", max: 64, help: () => (chosen.kind ? `不填则用：${chosen.kind.title}` : "") }),
    textField(chosen, { prop: "text", label: "内容", rows: 4, max: 500, help: () => (chosen.kind ? `不填则用：${chosen.kind.text}` : "") }),
  ],
};

/** The variables of the provider's template, each with our text. */
function variableRows(chosen) {
  const change = (value, index, name, text, set) => set(value.map((row, at) => (at === index ? { ...row, [name]: text } : row)));
  const { ElButton, ElInput } = window.ElementPlus;
  return {
    prop: "rows", label: "服务商变量", type: "custom", value: [], help: "服务商模板里的变量名和要填的内容",
    render: (value, set) => html`
      <div class="keywords-input">
        ${(value ?? []).map((row, index) => html`
          <section key=${index}>
            <p class="keyword"><${ElInput} class="variable-name" modelValue=${row.name} maxlength=${33} placeholder="变量名" ariaLabel=${`第 ${index + 1} 个变量名`} ...${{ "onUpdate:modelValue": (text) => change(value, index, "name", text, set) }} />
              <${ElButton} link=${true} type="danger" aria-label=${`删除第 ${index + 1} 个变量`} onClick=${() => set(value.filter((_, at) => at !== index))}>删除<//></p>
            <${VariablesInput} value=${row.text} variables=${chosen.variables} label=${`第 ${index + 1} 个变量的内容`} onChanged=${(text) => change(value, index, "text", text, set)} />
          </section>`)}
        <${ElButton} onClick=${() => set([...(value ?? []), { name: "", text: "" }])}>添加变量<//>
      </div>`,
  };
}

const accountsOf = ({ accounts }, medium) => accounts.filter((account) => account.medium === medium).map(({ key, name }) => [key, name]);
const listSynced = (key) => get(`/message-templates/accounts/${key}/synced-templates`).then(({ list }) => list);

function toOptions(synced, template = null) {
  const options = synced.map(({ platform_id: id, title }) => ({ value: id, label: title, note: id }));
  const isKnown = !template || synced.some(({ platform_id: id }) => id === template.platform_id);
  return isKnown ? options : [{ value: template.platform_id, label: template.platform_id, note: "平台上已没有" }, ...options];
}

/** The keywords of the chosen template, or those that were filled in before. */
function keywordsOf(synced, id, fields) {
  return synced.find(({ platform_id: known }) => known === id)?.keywords ?? Object.keys(fields).map((name) => ({ name, label: "" }));
}

const toValue = (group, template) => template && { ...template, rows: group === "sms" ? Object.entries(template.fields).map(([name, text]) => ({ name, text })) : [] };

function toBody(group, { rows = [], fields, ...value }, chosen) {
  if (group === "sms") return { ...value, medium: "sms", fields: Object.fromEntries(rows.filter(({ name }) => name.trim()).map(({ name, text }) => [name.trim(), text])) };
  if (group === "text") return value;
  return { ...value, fields: Object.fromEntries(chosen.keywords.map(({ name }) => [name, fields?.[name] ?? ""])) };
}

/** What the customer gets with the example values. */
const preview = ({ title, text, fields }, keywords) => html`
  <div>
    <p><strong>${title}</strong></p>
    ${fields.length === 0 || !keywords.length ? html`<p>${text}</p>` : ""}
    ${fields.map(({ name, value, uncut, is_cut: isCut }) => html`
      <p key=${name}>${keywords.find((keyword) => keyword.name === name)?.label || name}：${value}${isCut && html`<span class="cut">（超出平台限制，原文：${uncut}）</span>`}</p>`)}
  </div>`;
