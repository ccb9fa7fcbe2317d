// 消息模板: SMS, the platform's template messages, and texts, each in a tab.

import { html } from "../../../m/js/html.js";
import { del, get, post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { fail } from "../feedback.js";
import { openTemplateForm, PURPOSES } from "../messages/template-form.js";

const { ElTabPane, ElTabs } = window.ElementPlus;
const { reactive, watch } = window.Vue;
const { useRoute } = window.VueRouter;

const GROUPS = [["sms", "短信模板"], ["wechat", "微信模板"], ["text", "站内信、客服与邮件模板"]];
const PARAMS = Object.fromEntries(GROUPS.map(([group]) => [group, { group }]));
const RESULT_TRIES = 15;
const TRY_INTERVAL_MS = 1000;
const purposes = Object.fromEntries(PURPOSES);

const NAME = { prop: "name", label: "模板名称", minWidth: 130, sortable: true };
const KIND = { prop: "kind_label", label: "消息", width: 140 };
const VARIABLES = { prop: "variables", label: "模板变量", minWidth: 140, render: ({ variables }) => variables.map((name) => `{${name}}`).join(" ") || "无" };
const CREATED_AT = { prop: "created_at", label: "创建时间", format: "time", width: 175, sortable: true };
const contentOf = ({ fields, text }) => (Object.keys(fields).length && !text ? Object.entries(fields).map(([name, value]) => `${name}：${value}`).join("；") : text || "默认内容");
const COLUMNS = {
  sms: [
    NAME, KIND, { prop: "purpose", label: "业务类型", width: 95, render: ({ purpose }) => purposes[purpose] }, { prop: "platform_id", label: "模板编号", width: 130 }, VARIABLES,
    { prop: "text", label: "模板内容", minWidth: 220, render: contentOf },
    CREATED_AT,
  ],
  wechat: [
    NAME, KIND, { prop: "channel", label: "对应渠道", minWidth: 120 }, { prop: "medium_label", label: "模板类型", width: 135 }, { prop: "platform_id", label: "模板ID", minWidth: 140 },
    { prop: "path", label: "页面", width: 120 }, VARIABLES, { prop: "text", label: "模板内容", minWidth: 220, render: contentOf }, CREATED_AT,
  ],
  text: [NAME, KIND, { prop: "medium_label", label: "发送方式", width: 135 }, { prop: "title", label: "标题", minWidth: 130 }, { prop: "text", label: "内容", minWidth: 220, render: contentOf }, VARIABLES, CREATED_AT],
};

const readOptions = () => get("/message-templates/options");
const filtersOf = (kind) => [
  { prop: "search", label: "模板名称", placeholder: "名称的一部分" },
  { prop: "kind", label: "消息", type: "select", value: kind, options: async () => (await readOptions()).kinds.map(({ key, label }) => [key, label]) },
];

async function sync() {
  const { accounts } = await readOptions();
  let found = [];
  const outcome = await openForm({
    title: "同步平台模板", submitLabel: "同步", note: "读取微信公众平台里该账号的模板。", success: "",
    fields: [{ prop: "account", label: "账号", type: "select", required: true, options: accounts.map(({ key, name }) => [key, name]), value: accounts[0]?.key }],
    submit: async ({ account }) => (found = (await post(`/message-templates/accounts/${account}/synced-templates`)).list),
  });
  return outcome && `已同步 ${found.length} 个模板`;
}

/** Send a test and say what became of it. */
async function sendTest({ id, name }) {
  let result = null;
  const outcome = await openForm({
    title: `测试发送 ${name}`, submitLabel: "发送", note: "用示例内容发送给一位会员，会记入消息记录。", success: "",
    fields: [{ prop: "member", label: "会员", required: true, placeholder: "卡号或手机号", max: 60 }], submit: async (value) => (result = await post(`/message-templates/${id}/tests`, value)),
  });
  if (!outcome) return false;
  for (let tries = 0; !result.is_final && tries < RESULT_TRIES; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, TRY_INTERVAL_MS));
    result = await get(`/message-templates/tests/${result.number}`);
  }
  const text = `测试消息：${[result.label, result.reason].filter(Boolean).join("，")}`;
  if (!["failed", "skipped"].includes(result.state)) return text;
  fail({ msg: text });
  return false;
}

const actionsOf = (group) => [
  { label: "编辑", right: "message_templates.edit", run: async (row) => openTemplateForm(group, await readOptions(), row) },
  { label: "测试发送", right: "message_templates.send_test", run: sendTest },
  { label: "删除", right: "message_templates.delete", danger: true, confirm: ({ name }) => `确定删除模板“${name}”？`, run: ({ id }) => del(`/message-templates/${id}`) },
];
const ACTIONS = Object.fromEntries(GROUPS.map(([group]) => [group, actionsOf(group)]));
const TOOLS = { wechat: [{ label: "同步平台模板", icon: "refresh", right: "message_templates.sync", run: sync }] };

const component = {
  setup() {
    const route = useRoute();
    const state = reactive({ group: route.query.group ?? "sms", filters: filtersOf(route.query.kind) });
    watch(() => route.query, (query) => {
      if (route.path === "/message-templates" && query.kind) Object.assign(state, { group: query.group ?? state.group, filters: filtersOf(query.kind) });
    });
    const create = { label: "新建模板", right: "message_templates.create", open: async () => openTemplateForm(state.group, await readOptions()) };
    return () => html`
      <div>
        <${ElTabs} modelValue=${state.group} ...${{ "onUpdate:modelValue": (name) => (state.group = name) }}>
          ${{ default: () => GROUPS.map(([name, label]) => html`<${ElTabPane} key=${name} name=${name} label=${label} />`) }}
        <//>
        <${ListPage} key=${`${state.group} ${route.query.kind ?? ""}`} url="/message-templates" params=${PARAMS[state.group]} columns=${COLUMNS[state.group]} filters=${state.filters} rowActions=${ACTIONS[state.group]}
          tools=${TOOLS[state.group] ?? []} create=${create} sort="-created_at" embedded=${true} emptyText="还没有模板" />
      </div>`;
  },
};

export default { title: "消息模板", component };
