// The words of activities and prizes.

export const STATES = { draft: ["草稿", "info"], running: ["进行中", "success"], paused: ["已暂停", "warning"], ended: ["已结束", "info"] };
export const STATE_OPTIONS = Object.entries(STATES).map(([key, [label]]) => [key, label]);
export const PRIZE_KINDS = [["goods", "实物"], ["cash", "现金红包"], ["coupon", "优惠券"], ["points", "积分"]];
export const PRIZE_KIND_NAMES = Object.fromEntries(PRIZE_KINDS);
export const WIN_STATES = { waiting: ["待领取", "warning"], claiming: ["领取中", "primary"], claimed: ["已领取", "success"], expired: ["已过期", "info"] };
export const WAYS = [["delivery", "邮寄"], ["shop", "到店领取"]];
