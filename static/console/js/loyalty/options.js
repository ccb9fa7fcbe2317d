// Choices of the forms about loyalty: programmes with tiers and point groups, cost centres, validity.

import { get } from "../api.js";

/** `{ programmes: [{ code, name, tiers, groups }], cost_centres }`, read anew for each form. */
export const loadLoyaltyOptions = () => get("/loyalty-options");

export const listProgrammes = () => loadLoyaltyOptions().then(({ programmes }) => programmes.map(({ code, name }) => [code, name]));

const pairs = (rows) => rows.map(({ code, name }) => ({ value: code, label: name }));

/** Fields of a programme, and of a tier or a point group of it, whose choices follow the programme. */
export function programmeFields({ programmes }, { tier, group, fixed } = {}) {
  const find = (code) => programmes.find((one) => one.code === code) ?? { tiers: [], groups: [] };
  const tiersOf = (code) => pairs(find(code).tiers.filter(({ is_base }) => !is_base || tier?.withBase));
  const groupsOf = (code) => pairs(find(code).groups);
  const first = fixed ?? programmes[0]?.code;
  return {
    programme: {
      prop: "programme", label: "会员计划", type: "select", required: true, value: first, options: pairs(programmes), disabled: Boolean(fixed),
      onChange(code, typed, setOptions) {
        if (tier) setOptions("tier", tiersOf(code));
        if (group) setOptions("group", groupsOf(code));
        if (tier) typed.tier = null;
        if (group) typed.group = null;
      },
    },
    tier: { prop: "tier", label: "等级", type: "select", options: tiersOf(first), ...tier },
    group: { prop: "group", label: "积分组", type: "select", options: groupsOf(first), ...group },
  };
}

const VALIDITY = [["none", "长期有效"], ["days", "固定周期"], ["date", "固定日期"]];

/** Fields of a validity: none, X days, or until a day some years later. `when` hides them all. */
export function validityFields({ when = () => true } = {}) {
  const is = (kind) => (typed) => when(typed) && typed.validity_kind === kind;
  return [
    { prop: "validity_kind", label: "有效期类型", type: "select", required: true, value: "none", options: VALIDITY, when },
    { prop: "days", label: "有效期（日）", type: "number", required: true, min: 1, max: 3650, when: is("days") },
    { prop: "years", label: "有效期（年）", type: "number", required: true, min: 0, max: 10, help: "0 为当年，1 为次年", when: is("date") },
    { prop: "month", label: "月", type: "number", required: true, min: 1, max: 12, when: is("date") },
    { prop: "day", label: "日", type: "number", required: true, min: 1, max: 31, when: is("date") },
  ];
}

/** The typed values of the fields above as `validity`, and the other values as they are. */
export function readValidity({ validity_kind: kind, days, years, month, day, ...others }) {
  return { ...others, validity: kind === "days" ? { days } : kind === "date" ? { years, month, day } : {} };
}

/** A row with `validity` as values of the fields above. */
export function writeValidity({ validity, ...row }) {
  const { days, years, month, day } = validity ?? {};
  return { ...row, days, years, month, day, validity_kind: days ? "days" : years === null || years === undefined ? "none" : "date" };
}

export const VALIDITY_KINDS = ({ validity }) => (validity.days ? "固定周期" : validity.years === null ? "长期有效" : "固定日期");

/** Run a request whose fields have other names than those of the form: `names` maps the one to the other. */
export async function withFieldNames(names, request) {
  const rename = (path) => names[path.split(".")[0]] ?? path;
  try {
    return await request();
  } catch (error) {
    if (error.data?.field) error.data.field = rename(error.data.field);
    for (const one of error.data?.errors ?? []) one.field = rename(one.field);
    throw error;
  }
}
