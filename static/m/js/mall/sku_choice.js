// The choice of a SKU: every value with stock can be chosen; others that no SKU has together with it are given up.

/** The SKU that the chosen values name, or null; `values` has one for each specification, null for none. */
export function findSku(skus, values) {
  return skus.find(({ specification }) => specification.every((value, at) => value === values[at])) ?? null;
}

/** Whether a value can be chosen at a place: a SKU with stock has it. */
export function isPossible(skus, place, value) {
  return skus.some(({ specification, available }) => available > 0 && specification[place] === value);
}

/** The values after one was chosen: of the SKUs with stock that have it, the one that keeps most of the others. */
export function withValue(skus, values, place, value) {
  const kept = ({ specification }) => specification.filter((other, at) => other === values[at]).length;
  const fitting = skus.filter(({ specification, available }) => available > 0 && specification[place] === value);
  const best = fitting.reduce((found, sku) => (found && kept(found) >= kept(sku) ? found : sku), null);
  return best ? [...best.specification] : values;
}

/** The values of a specification in their order, each once. */
export function valuesOf(skus, place) {
  return [...new Set(skus.map(({ specification }) => specification[place]))];
}

/** What is chosen at first: the SKU that was scanned, the only one, or the first with stock. */
export function firstChoice(skus, scanned = null) {
  const sku = skus.find(({ sku_id: id }) => id === scanned) ?? skus.find(({ available }) => available > 0) ?? skus[0];
  return sku ? [...sku.specification] : [];
}
