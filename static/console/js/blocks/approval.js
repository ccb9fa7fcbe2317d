// 审批: what changes against the last approved version, the history, and the decision with an opinion.

import { html } from "../../../m/js/html.js";
import { time, text } from "../format.js";
import { openForm } from "./form-dialog.js";

const { ElButton, ElTable, ElTableColumn, ElTag, ElTimeline, ElTimelineItem } = window.ElementPlus;

export const APPROVAL_TAGS = {
  draft: ["草稿", "info"], submitted: ["待审批", "warning"], approved: ["已通过", "success"], rejected: ["已拒绝", "danger"], withdrawn: ["已撤回", "info"],
};
const ACTIONS = { submitted: "提交审批", approved: "通过", rejected: "拒绝", withdrawn: "撤回" };

/** The buttons of an account that may decide about a task or withdraw it, nothing for others. */
export const Decision = {
  props: { task: Object, decide: Function, withdraw: Function, next: { default: "" } },
  emits: ["changed"],
  setup(props, { emit }) {
    async function open(approved) {
      const outcome = await openForm({
        title: approved ? "通过" : "拒绝", success: approved && props.next ? `已通过，${props.next}` : "操作成功", submitLabel: approved ? "通过" : "拒绝",
        fields: [{ prop: "opinion", label: "意见", type: "textarea", required: !approved, max: 500 }],
        submit: ({ opinion }) => props.decide({ approved, opinion: opinion ?? "" }),
      });
      if (outcome) emit("changed");
    }

    async function withdraw() {
      const outcome = await openForm({ title: "撤回审批", submitLabel: "撤回", fields: [], note: "撤回后可以修改，再重新提交。", submit: () => props.withdraw() });
      if (outcome) emit("changed");
    }

    return () => (props.task.can_decide || props.task.can_withdraw) && html`
      <p class="toolbar decision">
        ${props.task.can_decide && html`<${ElButton} type="primary" onClick=${() => open(true)} data-testid="approve">通过<//><${ElButton} type="danger" plain=${true} onClick=${() => open(false)} data-testid="reject">拒绝<//>`}
        ${props.task.can_withdraw && html`<${ElButton} onClick=${withdraw}>撤回<//>`}
      </p>`;
  },
};

/** `task` is `{ state, version, submitted_by, submitted_at, changes, history, can_decide, can_withdraw }`, `next` what is left to do once it is approved. Without `decide` the buttons stand elsewhere. */
export const Approval = {
  props: { task: Object, decide: Function, withdraw: Function, next: { default: "" } },
  emits: ["changed"],
  setup: (props, { emit }) => () => {
    const { task } = props;
    const [label, type] = APPROVAL_TAGS[task.state] ?? [task.state, "info"];
    return html`
      <section class="approval" data-testid="approval">
        <p class="head"><${ElTag} type=${type} disableTransitions=${true}>${label}<//> 第 ${task.version} 版，${text(task.submitted_by)} 于 ${time(task.submitted_at)} 提交</p>
        ${task.changes.length > 0 && html`
          <div class="table-box" tabindex="0" role="region" aria-label="改动"><${ElTable} data=${task.changes} border=${true} size="small" emptyText="没有改动">
            ${{ default: () => [
              html`<${ElTableColumn} prop="label" label="项目" width="140" />`,
              task.changes.some(({ before }) => before) && html`<${ElTableColumn} label="已批准版本" minWidth="160">${{ default: ({ row }) => row && html`<del>${text(row.before)}</del>` }}<//>`,
              html`<${ElTableColumn} label="本次提交" minWidth="160">${{ default: ({ row }) => row && html`<ins>${text(row.after)}</ins>` }}<//>`,
            ] }}
          <//></div>`}
        ${props.decide && html`<${Decision} task=${task} decide=${props.decide} withdraw=${props.withdraw} next=${props.next} onChanged=${() => emit("changed")} />`}
        <${ElTimeline}>
          ${{ default: () => task.history.map(({ action, by, at, opinion }) => html`
            <${ElTimelineItem} key=${at + action} timestamp=${time(at)} placement="top">${() => `${by} ${ACTIONS[action] ?? action}${opinion ? `：${opinion}` : ""}`}<//>`) }}
        <//>
      </section>`;
  },
};
