// The words of promotions: kinds with what each gives, and the stages from a draft to the end.

export const KINDS = [
  ["special_price", "限量特价", "指定商品按特价卖"], ["discount", "折扣", "满额或满件打折"], ["reduction", "满减", "满额或满件减钱"], ["gift", "满赠", "满额或满件送赠品"],
  ["second_half", "第二件半价", "两件中便宜的半价"], ["buy_get", "买 X 送 Y", "买够几件再送几件"], ["bundle", "商品组合", "几种商品一起卖一个价"], ["member_day", "会员日", "指定日子会员打折"],
];
export const KIND_NAMES = Object.fromEntries(KINDS);
export const STAGES = {
  draft: ["草稿", "info"], submitted: ["审批中", "warning"], rejected: ["已驳回", "danger"], upcoming: ["未开始", "primary"],
  running: ["进行中", "success"], paused: ["已暂停", "warning"], over: ["已结束", "info"],
};
export const STAGE_OPTIONS = Object.entries(STAGES).map(([key, [label]]) => [key, label]);
export const WEEKDAYS = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"].map((label, index) => [index + 1, label]);
export const MONTH_DAYS = Array.from({ length: 31 }, (_, at) => [at + 1, `${at + 1} 日`]);
