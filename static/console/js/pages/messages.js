// 消息记录: SMS, WeChat messages, e-mails and site messages, each in a tab.

import { html } from "../../../m/js/html.js";
import { post } from "../api.js";
import { DetailDrawer } from "../blocks/detail-page.js";
import { openDialog } from "../blocks/dialogs.js";
import { ListPage } from "../blocks/list-page.js";
import { COLUMNS, FACTS, FILTERS } from "../messages/columns.js";

const { ElTabPane, ElTabs } = window.ElementPlus;
const { ref } = window.Vue;

const GROUPS = [["sms", "短信消息"], ["wechat", "微信消息"], ["email", "邮件"], ["site", "站内信"]];
const PARAMS = Object.fromEntries(GROUPS.map(([group]) => [group, { group }]));

const SEND_AGAIN = {
  label: "重发", right: "messages.send_again", show: ({ can_send_again: can }) => can, confirm: ({ title }) => `重新发送“${title}”？`,
  run: async ({ number }) => { await post(`/messages/${number}/sendings`); return "已加入发送队列"; },
};

async function show({ number, title }) {
  await openDialog(DetailDrawer, { heading: "消息详情", url: `/messages/${number}`, title: () => title, facts: FACTS, actions: [SEND_AGAIN] });
  return "saved"; // the list loads again: the message may have been sent meanwhile
}

const ROW_ACTIONS = [{ label: "详情", run: show }, SEND_AGAIN];

const component = {
  setup() {
    const group = ref("sms");
    return () => html`
      <div>
        <${ElTabs} modelValue=${group.value} ...${{ "onUpdate:modelValue": (name) => (group.value = name) }}>
          ${{ default: () => GROUPS.map(([name, label]) => html`<${ElTabPane} key=${name} name=${name} label=${label} />`) }}
        <//>
        <${ListPage} key=${group.value} url="/messages" params=${PARAMS[group.value]} columns=${COLUMNS[group.value]} filters=${FILTERS[group.value]} rowActions=${ROW_ACTIONS}
          rowKey="number" sort="-created_at" embedded=${true} exportKind=${`${group.value}_messages`} exportRight="messages.export" emptyText="没有符合条件的消息" />
      </div>`;
  },
};

export default { title: "消息记录", component };
