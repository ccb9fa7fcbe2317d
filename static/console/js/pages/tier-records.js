// 会员等级: the tier records of all members.

import { html } from "../../../m/js/html.js";
import { ListPage } from "../blocks/list-page.js";

export const TIER_KINDS = { joined: ["基础", "info"], upgraded: ["升级", "success"], retained: ["保级", "primary"], downgraded: ["降级", "warning"] };
const WAYS = { automatic: ["自动", "info"], manual: ["手动", "warning"] };
const STATES = { active: ["有效", "success"], ended: ["失效", "info"] };
const optionsOf = (tags) => Object.entries(tags).map(([value, [label]]) => [value, label]);

const FILTERS = [
  { prop: "tier", label: "等级名称" },
  { prop: "search", label: "会员", placeholder: "卡号、手机或姓名", private: true },
  { prop: "kind", label: "等级类型", type: "select", options: optionsOf(TIER_KINDS) },
  { prop: "state", label: "状态", type: "select", options: optionsOf(STATES) },
  { prop: "way", label: "变动类型", type: "select", options: optionsOf(WAYS) },
  { prop: "started", label: "生效日期", type: "dates" },
];
export const TIER_RECORD_COLUMNS = [
  { prop: "tier", label: "等级名称", phone: true, minWidth: 90 },
  { prop: "kind", label: "等级类型", format: "tag", tags: TIER_KINDS, width: 90 },
  { prop: "way", label: "变动类型", width: 130, render: ({ way, operator }) => (way === "manual" ? `手动（${operator}）` : "自动") },
  { prop: "explanation", label: "等级升降规则", minWidth: 260 },
  { prop: "started_at", label: "生效时间", format: "time", width: 175, sortable: true },
  { prop: "ends_at", label: "失效时间", format: "time", width: 175 },
  { prop: "state", label: "状态", phone: true, format: "tag", tags: STATES, width: 75 },
];
const COLUMNS = [
  { prop: "card_number", label: "会员账号", phone: true, width: 165 },
  { prop: "name", label: "客户", minWidth: 90 },
  ...TIER_RECORD_COLUMNS,
];

const component = () => html`
  <${ListPage} url="/tier-records" columns=${COLUMNS} filters=${FILTERS} sort="-started_at" exportKind="tier_records" detail=${({ card_number }) => `/members/${card_number}`} emptyText="没有符合条件的等级记录" />`;

export default { title: "会员等级", component };
