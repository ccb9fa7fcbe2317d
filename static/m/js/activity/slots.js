// The places of the wheel and the grid: the prizes in their order, and places without a prize.

const GRID_PLACES = 8, MIN_SECTORS = 6;
const NO_PRIZE = { id: "", name: "谢谢参与", kind: "none", place: null };

export function listSlots({ look, prizes, total_draws }) {
  const slots = prizes.map((prize, place) => ({ ...prize, place }));
  const mayLose = prizes.reduce((sum, { quantity }) => sum + quantity, 0) < total_draws;
  if (look !== "grid") return repeat(mayLose ? [...slots, NO_PRIZE] : slots);
  const filled = [...slots];
  for (let at = 0; filled.length < GRID_PLACES; at += 1) filled.splice(Math.min(at * 2 + 1, filled.length), 0, NO_PRIZE);
  return filled;
}

/** A wheel of few prizes shows each several times. */
function repeat(slots) {
  return slots.length < MIN_SECTORS ? repeat([...slots, ...slots]) : slots;
}

/** The slot of a prize by its place, or one without a prize. */
export function placeOf(slots, place) {
  return slots.findIndex((slot) => slot.place === place);
}

export const KIND_SIGNS = { cash: "￥", coupon: "券", points: "分", goods: "礼", none: "—" };
