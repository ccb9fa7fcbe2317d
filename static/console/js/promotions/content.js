// Between the fields of the form and the content of a promotion, as the server keeps it.

const STEP_KINDS = ["reduction", "discount", "member_day", "gift"];
const SAME = [
  "name", "rules_text", "priority", "exclusive", "with_coupons", "with_points", "with_member_prices", "recalculates", "members_only", "channels",
  "starts_at", "ends_at", "limit_per_member", "cost_centre",
];
const LISTS = ["products", "categories", "product_groups", "tiers", "shops", "weekdays", "month_days"];
const NEW = { priority: 100, exclusive: false, with_coupons: true, with_points: true, with_member_prices: true, recalculates: false, members_only: false, channels: ["online", "till"], per_product: true, buy: 2, get: 1, get_fold: 0, by: "amount", repeats: false };

const toFold = (percent) => (100 - percent) / 10;
const toPercent = (fold) => Math.round(100 - fold * 10);
const stepsOf = (kind, by) => `steps_${kind}_${by}`;

export const newValues = (kind) => ({ ...NEW, kind, [stepsOf(kind, "amount")]: [kind === "gift" ? { gifts: [{ quantity: 1 }] } : {}], prices: [{}], parts: [{ products: [], quantity: 1 }, { products: [], quantity: 1 }] });

/** The values of the form for content. */
export function toValues(content) {
  const { parameters, hours } = content;
  const { kind } = parameters;
  const values = {
    ...newValues(kind), ...Object.fromEntries([...SAME, ...LISTS].map((name) => [name, content[name]])),
    begins: hours?.begins ?? "", ends: hours?.ends ?? "",
  };
  if (!STEP_KINDS.includes(kind)) return { ...values, ...parameters, ...(kind === "buy_get" && { get_fold: toFold(parameters.percent) }) };
  const by = parameters.steps.some(({ from_units: units }) => units) ? "units" : "amount";
  const steps = parameters.steps.map((step) => ({ ...step, ...(step.percent && { fold: toFold(step.percent) }) }));
  return { ...values, by, repeats: parameters.repeats ?? false, [stepsOf(kind, by)]: steps };
}

/** The content for the values of the form. */
export function toContent(typed) {
  const found = Object.fromEntries(SAME.filter((name) => typed[name] !== undefined).map((name) => [name, typed[name] ?? (name === "limit_per_member" ? null : "")]));
  return {
    ...found, ...Object.fromEntries(LISTS.map((name) => [name, typed[name] ?? []])),
    hours: typed.begins && typed.ends ? { begins: typed.begins, ends: typed.ends } : null, parameters: toParameters(typed),
  };
}

function toParameters({ kind, ...typed }) {
  if (STEP_KINDS.includes(kind)) {
    const steps = (typed[stepsOf(kind, typed.by)] ?? []).map((step) => toStep(kind, typed.by, step));
    return { kind, steps, ...(["reduction", "gift"].includes(kind) && { repeats: Boolean(typed.repeats) }) };
  }
  if (kind === "special_price") return { kind, prices: typed.prices.map(withoutEmpty) };
  if (kind === "bundle") return { kind, parts: typed.parts.map(withoutEmpty), price_fen: typed.price_fen };
  if (kind === "buy_get") return { kind, buy: typed.buy, get: typed.get, percent: toPercent(typed.get_fold ?? 0), per_product: Boolean(typed.per_product) };
  return { kind, per_product: Boolean(typed.per_product) };
}

function toStep(kind, by, row) {
  const begins = by === "units" ? { from_units: row.from_units ?? 0 } : { from_fen: row.from_fen ?? 0 };
  if (kind === "gift") return { ...begins, gifts: (row.gifts ?? []).map(withoutEmpty) };
  return kind === "reduction" ? { ...begins, off_fen: row.off_fen } : { ...begins, percent: toPercent(row.fold ?? Number.NaN) };
}

const withoutEmpty = (row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null && value !== undefined));

/** The field of the form that the server means by a path such as `parameters.reduction.steps.0.off_fen`. */
export function fieldOf(path, { kind, by }) {
  const parts = path.split(".");
  if (parts[0] === "hours") return "begins";
  if (parts[0] !== "parameters") return parts[0];
  if (STEP_KINDS.includes(kind)) return stepsOf(kind, by);
  return { special_price: "prices", bundle: parts.includes("price_fen") ? "price_fen" : "parts", buy_get: parts.includes("get") ? "get" : "buy", second_half: "per_product" }[kind];
}
