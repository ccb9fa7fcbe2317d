// The words of states and kinds that several pages show, as [label, type of the tag].

export const ORDER_STATES = { placed: ["待付款", "warning"], paid: ["已付款", "success"], completed: ["已完成", "success"], closed: ["已关闭", "info"] };
export const ORDER_KINDS = { till: "收银", pickup: "自提", delivery: "外卖", dine_in: "堂食", takeaway: "外带", import: "导入" };
export const SHOP_ORDER_STATES = {
  unpaid: ["待付款", "warning"], placed: ["待接单", "danger"], accepted: ["备货中", "primary"], ready: ["待取货", "primary"], shipped: ["已发货", "primary"], received: ["已收货", "success"],
  completed: ["已完成", "success"], closed: ["已关闭", "info"], refused: ["已拒单", "info"], refunded: ["已退款", "info"],
};
export const SHOP_ORDER_KINDS = { pickup: "到店自提", delivery: "送货上门", dine_in: "堂食", takeaway: "外带" };
export const DIRECTIONS = { sale: ["销售单", "primary"], return: ["退货单", "danger"] };
export const RETURNED = { all: ["已全额退款", "danger"], part: ["部分退款", "warning"] };
export const SOURCES = { till: "收银台", collection: "扫码收款", miniprogram: "小程序", h5: "网页", staff: "店员代下" };
export const sourceName = (source) => (source ? SOURCES[source] ?? source : "");
export const SALE_KINDS = { sale: ["销售", "primary"], return: ["退货", "danger"] };
export const PAYMENT_STATES = {
  created: ["待发起", "info"], pending: ["等待付款", "warning"], unknown: ["结果未知", "warning"], succeeded: ["已支付", "success"], failed: ["未付成", "danger"], closed: ["已关闭", "info"],
};
export const REFUND_STATES = {
  asked: ["待发送", "warning"], sent: ["处理中", "warning"], succeeded: ["已退款", "success"], failed: ["退款失败", "danger"], abnormal: ["需人工处理", "danger"],
};
export const REFUND_METHODS = { original: "原路退回", cash: "现金退款", bank_card: "银行卡退款" };
export const PAYMENT_KINDS = {
  wechat_web: "微信网页支付", wechat_native: "微信原生支付", wechat_code: "微信刷卡支付", alipay_web: "支付宝网页支付",
  alipay_native: "支付宝原生支付", alipay_code: "支付宝刷卡支付", cash: "现金", bank_card: "银行卡",
};
export const PAYABLES = { order: "订单", top_up: "储值充值" };
export const TOP_UP_STATES = { requested: ["待付款", "warning"], paid: ["已付款", "success"], closed: ["已关闭", "info"] };
export const ENTRY_KINDS = {
  top_up: "充值", top_up_refunded: "充值退款", refund_done: "退款到账", spent: "消费", held: "预扣", committed: "预扣转消费", released: "预扣取消",
  spend_refunded: "消费退款", merged: "账号合并", paid_out: "余额退还", forfeited: "赠金作废",
};

/** Choices of a select of `{ value: label }` or `{ value: [label, type] }`. */
export const choices = (labels) => Object.entries(labels).map(([value, label]) => [value, [label].flat()[0]]);
