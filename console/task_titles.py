"""The Chinese names of scheduled jobs and of the subscribers of events, for the page of jobs and deliveries."""

from store.messages import notifications
from store.messages.kinds import KINDS

JOBS = {
    "conversation.purge_expired": "清理过期会话",
    "sms_codes.purge_expired": "清理过期短信验证码",
    "captchas.purge_expired": "清理过期图形验证码",
    "coupon_gifts.time_out": "退回超时未领的转赠券",
    "orders.close_overdue": "关闭超时未付订单",
    "idempotency.purge_expired": "清理过期的重复提交记录",
    "daily_close.close_open_days": "日结",
    "rate_limits.purge_expired": "清理过期的限流计数",
    "merge_journal.purge_expired": "清理过期的合并记录",
    "member_codes.purge_expired": "清理过期会员码",
    "payment_codes.purge_expired": "清理过期付款码",
    "sessions.purge_expired": "清理过期的顾客登录",
    "till_sessions.purge_expired": "清理过期的收银登录",
    "staff_sessions.purge_expired": "清理过期的后台登录",
    "staff_attempts.purge_expired": "清理过期的登录失败记录",
    "sign_in_links.purge_expired": "清理过期的登录链接",
    "exports.request_stalled": "继续中断的导出",
    "exports.purge_expired": "清理过期的导出文件",
    "till_news.purge_expired": "清理过期的收银消息",
    "outbox.purge_done": "清理已完成的投递",
    "messages.request_sending": "发送到期的消息",
    "messages.purge_expired": "清理过期消息记录",
    "top_ups.close_unpaid": "关闭未支付的充值",
}

SUBSCRIBERS = {
    "till_news.notify": "通知收银台",
    "coupon_batches.continue": "继续批量发券",
    "messages.send_due": "发送消息",
    "exports.begin": "生成导出文件",
    "follow_rewards.grant": "发放关注奖励",
    "unionids.fetch": "查询粉丝的 UnionID",
    "menus.publish": "发布自定义菜单",
    "payments.follow_attempt": "查询支付结果",
    "payments.follow_refund": "查询退款结果",
    "points.post_order": "订单付款计积分",
    "points.post_completed_order": "订单完成计积分",
    "points.post_attached_order": "补登订单计积分",
    "points.post_return": "退货扣回积分",
    "top_up_refunds.ask_platform": "申请充值退款",
    "top_up_refunds.confirm_paid": "确认充值退款到账",
    "top_up_payers.claim": "登记充值付款人",
    "order_payers.attach_payer": "登记订单付款人",
    "order_payers.attach_earlier_orders": "补登入会前的订单",
    "order_payers.attach_orders_of_merged": "补登合并会员的订单",
    "qr_codes.fetch_ticket": "生成带参数二维码",
} | {row.subscriber_name: f"消息：{KINDS[row.kind].label}" for row in notifications.NOTIFICATIONS}
