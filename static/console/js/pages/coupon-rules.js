// 优惠券规则: from a draft to its end. The tiles begin a rule of a kind.

import { html } from "../../../m/js/html.js";
import { renderValue } from "../blocks/columns.js";
import { ListPage } from "../blocks/list-page.js";
import { fail } from "../feedback.js";
import { number } from "../format.js";
import { icon } from "../icon.js";
import { APPROVAL_STATES, KINDS, KIND_OPTIONS, RULE_STATES, VALIDITY_KINDS, toOptions } from "../coupons/labels.js";
import { RULE_ACTIONS } from "../coupons/rule-actions.js";
import { createRule } from "../coupons/rule-form.js";
import { can } from "../session.js";

const { ref } = window.Vue;
const TILES = [["amount_off", "满减券", "ticket"], ["percent_off", "折扣券", "discount"], ["exchange", "兑换券", "present"], ["voucher", "代金券", "money"]];
const TAGS = { ...RULE_STATES, stopped: ["紧急暂停", "danger"] };
const COLUMNS = [
  { prop: "name", label: "优惠券名称", phone: true, minWidth: 125 },
  { prop: "number", label: "规则编号", width: 130, sortable: true },
  { prop: "kind", label: "类型", width: 80, render: ({ kind }) => KINDS[kind] },
  { prop: "headline", label: "优惠内容", minWidth: 130 },
  { prop: "approval_state", label: "审批状态", format: "tag", tags: APPROVAL_STATES, width: 95 },
  { prop: "state", label: "规则状态", phone: true, width: 95, render: (row) => renderValue({ prop: row.is_stopped ? "stopped" : "state", format: "tag", tags: TAGS }, { stopped: "stopped", ...row }) },
  { prop: "validity_kind", label: "有效期类型", width: 140, render: ({ validity_kind }) => VALIDITY_KINDS[validity_kind] },
  { prop: "issued", label: "已发放", width: 105, align: "right", sortable: true, render: ({ issued }) => number(issued) },
  { prop: "remaining", label: "剩余", phone: true, width: 85, align: "right", render: ({ remaining }) => (remaining === null ? "不限" : number(remaining)) },
];
const FILTERS = [
  { prop: "search", label: "优惠券", placeholder: "名称或规则编号" },
  { prop: "kind", label: "类型", type: "select", options: KIND_OPTIONS },
  { prop: "approval_state", label: "审批状态", type: "select", options: toOptions(APPROVAL_STATES) },
  { prop: "state", label: "规则状态", type: "select", options: toOptions(RULE_STATES) },
];

const component = {
  setup() {
    const list = ref(null);

    async function create(kind) {
      try {
        if (await createRule(kind)) list.value?.reload();
      } catch (error) {
        fail(error);
      }
    }

    return () => html`
      <div>
        ${can("coupon_rules.create") && html`
          <section class="card create-tiles" aria-label="立即创建">${TILES.map(([kind, label, name]) => html`
            <button type="button" class="plain" key=${kind} onClick=${() => create(kind)} data-testid=${`create-${kind}`}>${icon(name)}<span><b>${label}</b><small>立即创建</small></span></button>`)}</section>`}
        <${ListPage} ref=${list} url="/coupon-rules" columns=${COLUMNS} filters=${FILTERS} rowActions=${RULE_ACTIONS} sort="-created_at"
          detail=${({ id }) => `/coupon-rules/${id}`} exportKind="coupon_rules" emptyText="没有符合条件的优惠券" />
      </div>`;
  },
};

export default { title: "优惠券规则", component };
