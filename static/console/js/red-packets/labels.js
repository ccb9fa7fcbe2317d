// The words of red packets, as [label, type of the tag].

export const STATES = {
  requested: ["待发放", "warning"], sending: ["发放中", "warning"], sent: ["待领取", "primary"], received: ["已领取", "success"], returned: ["已退回", "info"], failed: ["未发出", "danger"],
};
export const WAYS = { red_packet: "微信红包", transfer: "商家转账" };
export const PURPOSES = { draw: "抽奖奖品", activity: "活动红包", manual: "人工发放" };
