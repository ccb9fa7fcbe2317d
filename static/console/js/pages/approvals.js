// 审批: what waits for me, what I submitted, what I decided. The decision is made beside the thing as it will act.

import { html } from "../../../m/js/html.js";
import { get, post } from "../api.js";
import { APPROVAL_TAGS, Approval, Decision } from "../blocks/approval.js";
import { DetailDrawer } from "../blocks/detail-page.js";
import { openDialog } from "../blocks/dialogs.js";
import { ListPage } from "../blocks/list-page.js";
import { AFTER_APPROVAL } from "../coupons/labels.js";
import { PhonePreview } from "../coupons/phone-preview.js";

const { ElButton, ElTabPane, ElTabs } = window.ElementPlus;
const { reactive } = window.Vue;
const { RouterLink } = window.VueRouter;
const BOXES = [["to_decide", "待我审批"], ["submitted", "我提交的"], ["decided", "已处理"]];
const FILTERS = [{ prop: "search", label: "名称", placeholder: "名称的一部分" }];
const COLUMNS = [
  { prop: "kind_title", label: "类别", width: 120 },
  { prop: "title", label: "名称", phone: true, minWidth: 160, render: (row) => html`<${ElButton} link=${true} type="primary" onClick=${() => show(row)}>${row.title}<//>` },
  { prop: "submitted_by", label: "提交人", width: 120 },
  { prop: "submitted_at", label: "提交时间", format: "time", width: 175, sortable: true },
  { prop: "version", label: "版本", width: 80, render: ({ version }) => `第 ${version} 版` },
  { prop: "approver", label: "审批人", width: 120 },
  { prop: "state", label: "状态", phone: true, format: "tag", tags: APPROVAL_TAGS, width: 95 },
];
const DECISION_COLUMNS = [
  { prop: "decided_by", label: "处理人", width: 120 },
  { prop: "decided_at", label: "处理时间", format: "time", width: 175, sortable: true },
  { prop: "opinion", label: "意见", minWidth: 140 },
];
const FACTS = [
  { label: "类别", prop: "kind_title" },
  { label: "审批人", prop: "approver" },
  { label: "内容", render: ({ subject_path: path, title }) => html`<${RouterLink} to=${path}>${title}<//>` },
];

async function show({ id, title }) {
  await openDialog(DetailDrawer, {
    heading: title, width: "860px", load: () => get(`/approvals/${id}`), title: () => "", facts: FACTS,
    tabs: [{ key: "task", label: "审批", render: (data, reload) => html`
      <div>
        <div class="with-phone"><${Approval} task=${data} />${data.preview && html`<${PhonePreview} shown=${data.preview} />`}</div>
        <div class="sticky-foot"><${Decision} task=${data} decide=${({ approved, opinion }) => post(`/approvals/${id}/decision`, { approved, opinion, version: data.fingerprint })}
          withdraw=${() => post(`/approvals/${id}/withdrawal`)} next=${data.kind === "coupon_rule" ? AFTER_APPROVAL : ""} onChanged=${reload} /></div>
      </div>` }],
  });
  return "saved"; // the list loads again: what was decided leaves it
}

const ROW_ACTIONS = [{ label: "查看", run: show }];

const component = {
  setup() {
    const state = reactive({ box: "to_decide" });
    return () => html`
      <div>
        <${ElTabs} modelValue=${state.box} ...${{ "onUpdate:modelValue": (box) => (state.box = box) }}>
          ${{ default: () => BOXES.map(([name, label]) => html`<${ElTabPane} key=${name} name=${name} label=${label} />`) }}
        <//>
        <${ListPage} key=${state.box} url="/approvals" params=${{ box: state.box }} columns=${state.box === "to_decide" ? COLUMNS : [...COLUMNS, ...DECISION_COLUMNS]} filters=${FILTERS} rowActions=${ROW_ACTIONS} sort="-submitted_at" embedded=${true} emptyText="没有审批" />
      </div>`;
  },
};

export default { title: "待我审批", component };
