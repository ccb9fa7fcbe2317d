// Words of coupons that several pages show.

export const KINDS = { amount_off: "满减券", percent_off: "折扣券", exchange: "兑换券", voucher: "代金券" };
export const KIND_OPTIONS = Object.entries(KINDS);
export const APPROVAL_STATES = { draft: ["草稿", "info"], pending: ["审批中", "warning"], approved: ["审批通过", "success"], rejected: ["审批拒绝", "danger"] };
export const RULE_STATES = { draft: ["草稿", "info"], unlisted: ["未上架", "warning"], listed: ["上架", "success"], delisted: ["下架", "warning"], ended: ["结束", "info"] };
export const AFTER_APPROVAL = "还需上架才能领取和发放";
/** The steps in the history of a rule. */
export const STEPS = { draft: "草稿", pending: "提交审批", approved: "审批通过", rejected: "审批拒绝", listed: "上架", delisted: "下架", ended: "结束" };
export const VALIDITY_KINDS = { fixed: "固定日期段", days: "固定时长", until: "开始有限-日期截止", unlimited: "长期有效" };
export const COUPON_STATES = {
  issued: ["可使用", "success"], held: ["使用中", "warning"], gifting: ["转赠中", "warning"], used: ["已使用", "info"], expired: ["已过期", "info"], void: ["已作废", "danger"],
};
export const GIFT_STATES = {
  offered: ["待领取", "warning"], accepted: ["已被领取", "success"], declined: ["已被婉拒", "info"], timed_out: ["已超时退回", "info"], cancelled: ["已收回", "info"],
};
export const SOURCES = { console: "后台", batch: "批量", shell: "命令行", h5: "网页", wechat_miniprogram: "微信小程序", alipay_miniprogram: "支付宝小程序" };

export const toOptions = (labels) => Object.entries(labels).map(([value, label]) => [value, Array.isArray(label) ? label[0] : label]);
