// The choice of a SKU: a value of a specification can be chosen while a SKU with stock has it beside the others chosen.

/** The SKU that the chosen values name, or null; `values` has one for each specification, null for none. */
export function findSku(skus, values) {
  return skus.find(({ specification }) => specification.every((value, at) => value === values[at])) ?? null;
}

/** Whether a value can be chosen at a place. */
export function isPossible(skus, values, place, value) {
  return skus.some(({ specification, available }) => available > 0 && specification[place] === value
    && specification.every((other, at) => at === place || values[at] === null || values[at] === other));
}

/** The values of a specification in their order, each once. */
export function valuesOf(skus, place) {
  return [...new Set(skus.map(({ specification }) => specification[place]))];
}

/** What is chosen at first: the only SKU, or the first with stock. */
export function firstChoice(skus) {
  const sku = skus.find(({ available }) => available > 0) ?? skus[0];
  return sku ? [...sku.specification] : [];
}
