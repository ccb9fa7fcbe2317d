// The words of states and kinds that several pages show, as [label, type of the tag].

export const ORDER_STATES = { placed: ["待付款", "warning"], paid: ["已付款", "success"], completed: ["已完成", "success"], closed: ["已关闭", "info"] };
export const ORDER_KINDS = { till: "收银", pickup: "自提", delivery: "外卖", dine_in: "堂食", takeaway: "外带", import: "导入" };
export const DIRECTIONS = { sale: ["正单", "primary"], return: ["退单", "danger"] };
export const SOURCES = { till: "收银台", collection: "扫码收款", miniprogram: "小程序", h5: "网页" };
export const PAYMENT_STATES = {
  created: ["待发起", "info"], pending: ["等待付款", "warning"], unknown: ["结果未知", "warning"], succeeded: ["已支付", "success"], failed: ["未付成", "danger"], closed: ["已关闭", "info"],
};
export const REFUND_STATES = {
  asked: ["待发送", "warning"], sent: ["处理中", "warning"], succeeded: ["已退款", "success"], failed: ["退款失败", "danger"], abnormal: ["需人工处理", "danger"],
};
export const REFUND_METHODS = { original: "原路退回", cash: "现金退款", bank_card: "银行卡退款" };

/** Choices of a select of `{ value: label }` or `{ value: [label, type] }`. */
export const choices = (labels) => Object.entries(labels).map(([value, label]) => [value, [label].flat()[0]]);
