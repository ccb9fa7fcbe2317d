// 转赠记录 over all coupons; the detail lists each step with cards and phones of that day.

import { html } from "../../../m/js/html.js";
import { DetailDrawer } from "../blocks/detail-page.js";
import { openDialog } from "../blocks/dialogs.js";
import { ListPage } from "../blocks/list-page.js";
import { GIFT_STATES, toOptions } from "../coupons/labels.js";
import { SimpleTable } from "../coupons/simple-table.js";

const { RouterLink } = window.VueRouter;
const COLUMNS = [
  { prop: "id", label: "编号", width: 80 },
  { prop: "offered_at", label: "转赠时间", format: "time", width: 175, sortable: true },
  { prop: "giver.name", label: "转赠者", phone: true, width: 100 },
  { prop: "giver.phone", label: "转赠者手机号", width: 125 },
  { prop: "giver.card_number", label: "转赠者会员卡号", width: 165 },
  { prop: "receiver.name", label: "接收者", phone: true, width: 100 },
  { prop: "receiver.phone", label: "接收者手机号", width: 125 },
  { prop: "receiver.card_number", label: "接收者会员卡号", width: 165 },
  { prop: "accepted_at", label: "接收时间", format: "time", width: 175 },
  { prop: "state", label: "转赠状态", phone: true, format: "tag", tags: GIFT_STATES, width: 110 },
  { prop: "coupon_code", label: "券码", width: 165 },
];
const FILTERS = [
  { prop: "search", label: "转赠者", placeholder: "姓名、手机、卡号或券码", private: true },
  { prop: "state", label: "转赠状态", type: "select", options: toOptions(GIFT_STATES) },
  { prop: "offered", label: "转赠日期", type: "dates" },
];
const FACTS = [
  { label: "券码", render: ({ coupon_code: code }) => html`<${RouterLink} to=${`/coupons/${code}`}>${code}<//>` },
  { label: "转赠状态", prop: "state", format: "tag", tags: GIFT_STATES },
  { label: "转赠者", render: ({ giver }) => person(giver) },
  { label: "接收者", render: ({ receiver }) => person(receiver) },
];
const STEP_COLUMNS = [
  { prop: "at", label: "时间", format: "time", width: 175 },
  { prop: "scene", label: "场景", width: 90 },
  { prop: "card_number", label: "会员卡号", width: 165 },
  { prop: "phone", label: "手机", width: 125 },
  { prop: "change", label: "券状态", width: 150, render: ({ before, after }) => `${before} ⇒ ${after}` },
];

const person = (party) => (party ? [party.name, party.card_number].filter(Boolean).join(" ") : "—");

async function show({ id }) {
  await openDialog(DetailDrawer, {
    heading: `转赠 ${id}`, width: "760px", url: `/coupon-gifts/${id}`, title: () => "", facts: FACTS,
    tabs: [{ key: "steps", label: "每一步", render: ({ steps }) => html`<${SimpleTable} rows=${steps} columns=${STEP_COLUMNS} label="每一步" />` }],
  });
  return false;
}

const component = () => html`
  <${ListPage} url="/coupon-gifts" columns=${COLUMNS} filters=${FILTERS} rowActions=${[{ label: "详情", run: show }]} sort="-offered_at" exportKind="coupon_gifts" emptyText="没有符合条件的转赠" />`;

export default { title: "转赠记录", component };
