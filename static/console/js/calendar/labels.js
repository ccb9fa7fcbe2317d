// The colours of the kinds of entries, and the words of their states.

export const STATES = {
  draft: ["草稿", "info"], pending: ["审批中", "warning"], rejected: ["已拒绝", "danger"], upcoming: ["未开始", "primary"],
  running: ["进行中", "success"], paused: ["已暂停", "warning"], ended: ["已结束", "info"],
};
const COLOURS = {
  activity: ["#efe6fb", "#4b1f86"], coupon_rule: ["#e3edfd", "#123f8c"], coupon_batch: ["#dff3f1", "#0a4a4f"],
  promotion: ["#fdeadb", "#7a3a00"], flash_sale: ["#fde4e6", "#8a1420"],
};
const OTHER = ["#eceef2", "#303744"];

/** Background and text of a kind. */
export function colourOf(kind) {
  const [background, color] = COLOURS[kind] ?? OTHER;
  return { background, color };
}

export const describePeriod = ({ first_day: first, last_day: last }) => {
  if (!last) return `${first} 起`;
  return first === last ? first : `${first} 至 ${last}`;
};
