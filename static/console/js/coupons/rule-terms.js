// Between the fields of the form and the terms of a coupon rule, as the server keeps them.

const DEFAULTS = {
  kind: "amount_off", quantity: 1, is_public: true, claims_per_member: 1, by_campaign: true, validity_kind: "days", days: 30, after_days: 0,
  others: "none", promotions: true, per_order: 1, can_return: true, return_days: 7, can_gift: true, gift_hours: 24, colour: "#E64340",
  content: "持本券到店消费可享受优惠。", disclaimer: "除特殊注明外，本券不可兑换现金。", weekdays: [], shops: [], product_groups: [], rules: [],
};
const SAME = ["name", "title", "colour", "logo_url", "picture_url", "content", "instructions", "disclaimer", "service_phone", "stock", "cost_centre", "by_campaign"];

const lines = (text) => [...new Set((text ?? "").split(/[\s,，、;；]+/).filter(Boolean))];

/** Periods of a text such as `11:00-14:00 17:00-20:00`, null if it is none. */
export function parseHours(text) {
  const parts = lines(text).map((part) => /^(\d{1,2}:\d{2})[-–~至](\d{1,2}:\d{2})$/.exec(part));
  return parts.every(Boolean) ? parts.map(([, begins, ends]) => ({ begins: begins.padStart(5, "0"), ends: ends.padStart(5, "0") })) : null;
}

export const newValues = () => ({ ...DEFAULTS });

/** The values of the form for terms. */
export function toValues(terms) {
  const { benefit, validity, stacking } = terms;
  return {
    ...Object.fromEntries(SAME.map((name) => [name, terms[name]])),
    ...benefit, kind: benefit.kind, fold: benefit.percent ? (100 - benefit.percent) / 10 : null, exchanged: (benefit.products ?? []).join("\n"), quantity: benefit.quantity ?? 1,
    threshold_fen: terms.threshold_fen || null, cost_fen: terms.cost_fen || null,
    is_public: terms.claims_per_member !== null, claims_per_member: terms.claims_per_member ?? 1,
    validity_kind: validity.kind, after_days: validity.after_days ?? 0, days: validity.days ?? 30, first_day: validity.first_day ?? null, last_day: validity.last_day ?? null,
    weekdays: terms.weekdays, hours: terms.hours.map(({ begins, ends }) => `${begins}-${ends}`).join(" "), shops: terms.shops,
    products: terms.products.join("\n"), product_groups: terms.product_groups,
    others: stacking.others, rules: stacking.rules, promotions: stacking.promotions, per_order: stacking.per_order,
    can_return: terms.return_days !== null, return_days: terms.return_days ?? 7, can_gift: terms.gift_hours !== null, gift_hours: terms.gift_hours ?? 24,
  };
}

/** The terms for the values of the form. */
export function toTerms(value) {
  return {
    ...Object.fromEntries(SAME.filter((name) => value[name] !== undefined).map((name) => [name, name === "stock" ? value[name] : value[name] ?? ""])),
    by_campaign: Boolean(value.by_campaign), benefit: toBenefit(value), validity: toValidity(value),
    threshold_fen: value.threshold_fen ?? 0, cost_fen: value.cost_fen ?? 0, claims_per_member: value.is_public ? value.claims_per_member : null,
    weekdays: [...(value.weekdays ?? [])].sort(), hours: parseHours(value.hours) ?? [], shops: value.shops ?? [],
    products: value.kind === "exchange" ? [] : lines(value.products), product_groups: value.kind === "exchange" ? [] : value.product_groups ?? [],
    stacking: { others: value.others, rules: value.others === "chosen" ? value.rules ?? [] : [], promotions: Boolean(value.promotions), per_order: value.per_order ?? 1 },
    return_days: value.can_return ? value.return_days ?? 0 : null, gift_hours: value.can_gift ? value.gift_hours ?? 24 : null,
  };
}

function toBenefit({ kind, off_fen, fold, max_fen, exchanged, quantity, price_fen, worth_fen }) {
  if (kind === "percent_off") return { kind, percent: Math.round(100 - fold * 10), max_fen: max_fen ?? null };
  if (kind === "exchange") return { kind, products: lines(exchanged), quantity: quantity ?? 1, price_fen: price_fen ?? 0 };
  return kind === "voucher" ? { kind, worth_fen } : { kind, off_fen };
}

function toValidity({ validity_kind: kind, first_day, after_days, days, last_day }) {
  if (kind === "fixed") return { kind, first_day, last_day };
  const after = { kind, after_days: after_days ?? 0 };
  if (kind === "days") return { ...after, days };
  return kind === "until" ? { ...after, last_day } : after;
}

const FIELD_OF = { products: "exchanged", percent: "fold", fixed: "last_day", validity: "validity_kind", benefit: "kind" };

/** The field of the form that the server means by a path such as `benefit.amount_off.off_fen`. */
export function fieldOf(path) {
  const parts = path.split(".").filter((part) => !/^\d+$/.test(part));
  const last = parts.at(-1);
  if (parts[0] === "benefit" || parts[0] === "validity") return FIELD_OF[last] ?? last;
  return parts[0] === "stacking" ? last : parts[0];
}
