// One 大客户预定: what is wanted, the follow-up so far, and the next step.

import { html } from "../../../m/js/html.js";
import { post } from "../api.js";
import { DetailPage } from "../blocks/detail-page.js";
import { openForm } from "../blocks/form-dialog.js";
import { plainTable } from "../blocks/plain-table.js";
import { STATES } from "./reservations.js";

const FACTS = [
  { prop: "state", label: "状态", format: "tag", tags: STATES }, { prop: "name", label: "姓名" }, { prop: "phone", label: "手机号", render: ({ phone }) => phone.replace(/^\+86/, "") }, { prop: "shop", label: "门店" },
  { prop: "goods", label: "商品" }, { prop: "quantity", label: "数量" }, { prop: "created_at", label: "提交时间", format: "time" }, { prop: "remark", label: "其他要求", wide: true },
];
const STEPS = [
  { prop: "at", label: "时间", format: "time", width: 170 }, { prop: "state_label", label: "状态", width: 90 }, { prop: "operator", label: "操作人", width: 120 },
  { prop: "note", label: "跟进内容", minWidth: 220 }, { prop: "is_shown", label: "顾客可见", format: "yesNo", width: 90 },
];

const followUp = ({ id, state, next_states }) => openForm({
  title: "跟进", value: { state: next_states[0].state },
  fields: [
    { prop: "state", label: "状态", type: "select", required: true, options: next_states.map((one) => [one.state, one.label]) },
    { prop: "note", label: "跟进内容", type: "textarea", max: 300, help: "状态不变时必填" },
    { prop: "is_shown", label: "顾客可见", type: "switch", help: "顾客会收到通知" },
  ],
  submit: (value) => post(`/reservations/${id}/follow-ups`, { ...value, note: value.note ?? "", expected_state: state }),
});

const ACTIONS = [{ label: "跟进", right: "reservations.edit", primary: true, show: ({ next_states }) => next_states.length > 0, run: followUp }];
const TABS = [{ key: "steps", label: "跟进记录", render: ({ steps }) => plainTable(steps, STEPS, { emptyText: "还没有跟进" }) }];

export default {
  title: "预定",
  component: {
    props: ["params"],
    setup: (props) => () => html`<${DetailPage} url=${`/reservations/${props.params.id}`} title=${({ name, goods }) => [name, goods].filter(Boolean).join(" · ") || "预定"} facts=${FACTS} actions=${ACTIONS} tabs=${TABS} />`,
  },
};
