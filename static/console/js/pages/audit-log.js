// 操作日志: who did what, with the values before and after.

import { html } from "../../../m/js/html.js";
import { openDialog } from "../blocks/dialogs.js";
import { DetailDrawer } from "../blocks/detail-page.js";
import { ListPage } from "../blocks/list-page.js";
import { linkTo } from "../links.js";
import { can } from "../session.js";

const ACTORS = { staff: "员工", customer: "顾客", system: "系统" };

const COLUMNS = [
  { prop: "at", label: "时间", format: "time", width: 180 },
  { prop: "actor", label: "操作人", phone: true, width: 150 },
  { prop: "actor_kind", label: "身份", width: 90, render: ({ actor_kind }) => ACTORS[actor_kind] ?? actor_kind },
  { prop: "action", label: "操作", phone: true, minWidth: 180, render: ({ action, action_name }) => html`${action_name}${action_name !== action && html`<small class="code">${action}</small>`}` },
  { prop: "subject", label: "对象", minWidth: 200, render: ({ subject, subject_name, card_number }) => (subject_name && can("members.read") ? linkTo(`/members/${card_number}`, subject_name) : subject_name ?? subject) },
  { prop: "address", label: "网络地址", width: 150 },
];
const FILTERS = [
  { prop: "actor", label: "操作人" },
  { prop: "action", label: "操作", placeholder: "如 修改角色" },
  { prop: "subject", label: "对象", placeholder: "如 role:marketing" },
  { prop: "day", label: "日期", type: "dates" },
];
const ROW_ACTIONS = [{ label: "详情", run: show }];

const valuesOf = (values) => (values ? html`<pre class="values">${JSON.stringify(values, null, 2)}</pre>` : "—");

async function show(entry) {
  await openDialog(DetailDrawer, {
    heading: "操作详情", load: async () => entry, title: ({ action_name }) => action_name,
    facts: [
      ...COLUMNS.filter(({ prop }) => prop !== "action"),
      { label: "代码", prop: "action" },
      { label: "改动前", wide: true, render: ({ before }) => valuesOf(before) },
      { label: "改动后", wide: true, render: ({ after }) => valuesOf(after) },
    ],
  });
  return false;
}

const component = () => html`<${ListPage} url="/audit-log" columns=${COLUMNS} filters=${FILTERS} rowActions=${ROW_ACTIONS} exportKind="audit_log" />`;

export default { title: "操作日志", component };
