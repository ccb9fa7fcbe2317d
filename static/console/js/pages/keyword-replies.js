// 关键词回复: rules in the order in which they are checked, and the replies to a follow and to everything else.

import { html } from "../../../m/js/html.js";
import { del, get, patch, post, put } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { checkReplies, describeReplies, RepliesInput } from "../blocks/replies-input.js";
import { listChatAccounts } from "../options.js";

const MATCHES = [["exact", "全匹配"], ["contains", "半匹配"], ["pattern", "模式"]];
const MATCH_NAMES = Object.fromEntries(MATCHES);
const SELECTIONS = [["all", "全部回复"], ["random", "随机一条"]];

const COLUMNS = [
  { prop: "priority", label: "优先级", width: 80 },
  { prop: "name", label: "规则名称", phone: true, minWidth: 130 },
  { prop: "match", label: "匹配方式", width: 90, render: ({ match }) => MATCH_NAMES[match] },
  { prop: "keywords", label: "关键词", phone: true, minWidth: 160, render: ({ keywords }) => keywords.join("、") },
  { prop: "answers", label: "回复内容", minWidth: 230, render: ({ answers, selection }) => `${selection === "random" ? "（随机）" : ""}${describeReplies(answers)}` },
  { prop: "account", label: "账号", minWidth: 120, render: ({ account }) => account?.name ?? "全部账号" },
  { prop: "enabled", label: "状态", phone: true, width: 80, format: "tag", tags: { true: ["启用", "success"], false: ["停用", "info"] } },
  { prop: "changed_at", label: "修改时间", format: "time", width: 175 },
];
const FILTERS = [
  { prop: "search", label: "规则", placeholder: "名称或关键词" },
  { prop: "account", label: "账号", type: "select", options: listChatAccounts },
  { prop: "enabled", label: "状态", type: "select", options: [["true", "启用"], ["false", "停用"]] },
];
const ROW_ACTIONS = [
  { label: "编辑", right: "keyword_replies.edit", run: edit },
  { label: "停用", right: "keyword_replies.edit", show: ({ enabled }) => enabled, run: ({ id }) => patch(`/keyword-replies/${id}`, { enabled: false }) },
  { label: "启用", right: "keyword_replies.edit", show: ({ enabled }) => !enabled, run: ({ id }) => patch(`/keyword-replies/${id}`, { enabled: true }) },
  { label: "删除", right: "keyword_replies.delete", danger: true, confirm: ({ name }) => `确定删除规则“${name}”？`, run: ({ id }) => del(`/keyword-replies/${id}`) },
];
const TOOLS = [{ label: "关注与默认回复", icon: "message", right: "keyword_replies.edit", run: editDefaults }];

const repliesField = (prop, label, more = {}) => ({
  prop, label, type: "custom", value: [], empty: [], rules: [checkReplies], ...more, render: (value, set) => html`<${RepliesInput} value=${value} onChanged=${set} label=${label} />`,
});

const FIELDS = [
  { prop: "match", label: "匹配方式", type: "select", required: true, options: MATCHES, value: "contains", help: "全匹配：与关键词相同；半匹配：包含关键词；模式：正则表达式" },
  { prop: "keywords", label: "关键词", type: "textarea", required: true, max: 1300, placeholder: "每行一个，最多 20 个" },
  repliesField("answers", "回复内容", { required: true }),
  { prop: "selection", label: "回复方式", type: "select", required: true, options: SELECTIONS, value: "all" },
  { prop: "priority", label: "优先级", type: "number", required: true, min: 0, max: 9999, value: 100, help: "数字小的先匹配" },
  { prop: "enabled", label: "启用", type: "switch", value: true },
];
const IDENTITY = [
  { prop: "name", label: "规则名称", required: true, max: 60, help: "保存后不能修改" },
  { prop: "account", label: "账号", type: "select", options: listChatAccounts, placeholder: "全部账号", help: "保存后不能修改" },
];

const toBody = ({ keywords, ...rest }) => ({ ...rest, keywords: keywords.split("\n").map((word) => word.trim()).filter(Boolean) });

const create = () => openForm({ title: "新建关键词回复", width: "680px", fields: [...IDENTITY, ...FIELDS], submit: (value) => post("/keyword-replies", toBody(value)) });

function edit(rule) {
  return openForm({
    title: `编辑 ${rule.name}`, width: "680px", fields: FIELDS, value: { ...rule, keywords: rule.keywords.join("\n") },
    submit: (value) => patch(`/keyword-replies/${rule.id}`, toBody(value)),
  });
}

async function editDefaults() {
  return openForm({
    title: "关注与默认回复", width: "680px", value: await get("/keyword-replies/defaults"), submit: (value) => put("/keyword-replies/defaults", value), note: "用于全部公众号和支付宝生活号。没有回复时不发送。",
    fields: [repliesField("follow", "首次关注的回复"), repliesField("welcome_back", "再次关注的回复"), repliesField("fallback", "没有匹配时的回复")],
  });
}

const component = () => html`
  <${ListPage} url="/keyword-replies" columns=${COLUMNS} filters=${FILTERS} rowActions=${ROW_ACTIONS} tools=${TOOLS} create=${{ label: "新建规则", right: "keyword_replies.create", open: create }}
    emptyText="还没有关键词回复" note="收到文字时，从优先级数字小的规则开始匹配，第一条匹配的规则回复。" />`;

export default { title: "关键词回复", component };
