"""Kinds of messages (消息类型): what a customer is notified of, with variables and default texts.

A part of the product adds its messages by one row here and one in `notifications`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

# How a message reaches a customer. A site message is always in the customer's list, the others go out.
MEDIA: Mapping[str, str] = {
    "site": "站内信",
    "customer_service": "公众号客服消息",
    "official_template": "公众号模板消息",
    "subscribe": "小程序订阅消息",
    "sms": "短信",
    "email": "邮件",
}
SENT_MEDIA = tuple(medium for medium in MEDIA if medium != "site")
CHAT, TRANSACTIONAL, MARKETING = 0, 1, 2  # the order in which due messages are sent


@dataclass(frozen=True)
class MessageKind:
    """A kind of message. `variables` are the placeholders of its texts, each with an example.

    `media` is the default order: the message goes to the first that reaches the customer. `path` is our page that it
    opens. Marketing needs the customer's consent and waits for the day.
    """

    key: str
    label: str
    title: str
    text: str
    variables: Mapping[str, str] = field(default_factory=dict)
    path: str = "/m/me"
    media: tuple[str, ...] = ("official_template", "subscribe", "customer_service")
    is_marketing: bool = False

    @property
    def priority(self) -> int:
        return MARKETING if self.is_marketing else TRANSACTIONAL


CHAT_REPLY = (
    "chat_reply"  # a reply of the conversation that is sent later; it has no template and no settings
)

_AMOUNTS = {"金额": "100.00元", "余额": "320.00元", "门店": "前门店", "时间": "2026-05-01 12:30"}
_ORDER = {
    "门店": "前门店", "金额": "38.00元", "单号": "90000000000000001234", "商品": "西湖龙井等 3 件",
    "时间": "2026-05-01 12:30",
}  # fmt: skip
_COMMON = {"品牌": "花间茶"}

KINDS: Mapping[str, MessageKind] = {
    kind.key: kind
    for kind in (
        MessageKind(
            "member_welcome", "新会员入会欢迎", "欢迎加入会员", "您已成为{品牌}会员，会员等级：{等级}。",
            {"等级": "普通会员", "卡号": "8000000000001234", "时间": "2026-05-01 12:30"},
        ),
        MessageKind(
            "first_purchase", "首次购买", "感谢首次购买", "感谢您在{品牌}的第一次购买，实付 {金额}。",
            {"金额": "100.00元", "单号": "26050112300001", "时间": "2026-05-01 12:30"},
        ),
        MessageKind(
            "points_earned", "购买赠送积分", "积分到账", "您本次购买获得 {积分} {积分名称}。",
            {"积分": "100", "积分名称": "积分", "当前积分": "320", "时间": "2026-05-01 12:30"}, path="/m/points",
        ),
        MessageKind(
            "coupon_received", "赠送优惠券", "优惠券到账", "您收到优惠券“{券名称}”，有效期至 {有效期至}。",
            {"券名称": "满 100 减 20", "有效期至": "2026-06-01"}, path="/m/coupons",
        ),
        MessageKind(
            "points_activated", "积分生效", "积分已生效", "您有 {积分} {积分名称}已可使用。",
            {"积分": "100", "积分名称": "积分"}, path="/m/points",
        ),
        MessageKind(
            "points_expiring", "积分即将过期", "积分即将过期",
            "您有 {积分} {积分名称}将于 {到期日}到期，请尽快使用。",
            {"积分": "100", "积分名称": "积分", "到期日": "5月1日", "到期日期": "2026-05-01"}, path="/m/points",
        ),
        MessageKind(
            "coupons_expiring", "优惠券即将过期", "优惠券即将过期",
            "您有 {张数} 张优惠券将于 {到期日}到期，请尽快使用。",
            {"张数": "2", "到期日": "5月1日", "到期日期": "2026-05-01"}, path="/m/coupons",
        ),
        MessageKind(
            "tier_changed", "等级变动", "会员等级变动", "您的会员等级由{原等级}变为{等级}。",
            {"原等级": "银卡", "等级": "金卡", "变更类型": "升级", "时间": "2026-05-01 12:30"}, path="/m/tier",
        ),
        MessageKind(
            "top_up_paid", "储值充值", "储值充值成功", "储值充值成功，到账 {金额}，余额 {余额}。",
            {**_AMOUNTS, "本金": "100.00元", "赠金": "10.00元"}, path="/m/wallet",
        ),
        MessageKind(
            "stored_value_spent", "储值消费", "储值支付成功", "储值支付成功，支付 {金额}，余额 {余额}。",
            _AMOUNTS, path="/m/wallet",
        ),
        MessageKind(
            "stored_value_refunded", "储值退款", "储值退款成功", "储值退款成功，退回 {金额}，余额 {余额}。",
            _AMOUNTS, path="/m/wallet",
        ),
        MessageKind(
            "red_packet_waiting", "红包待领取", "您有红包待领取",
            "{品牌}送您 {金额} 红包（{活动}），请在 24 小时内领取。",
            {"金额": "8.88元", "活动": "新春抽奖", "时间": "2026-05-01 12:30"}, path="/m/red-packets",
        ),
        MessageKind(
            "stored_value_refund_granted", "储值余额退款同意", "储值退款已同意",
            "储值退款已同意，本金 {金额}按原支付方式退回{作废说明}。",
            {"金额": "100.00元", "作废说明": "，未用的赠金 10.00元作废"}, path="/m/wallet",
        ),
        MessageKind(
            "stored_value_refund_rejected", "储值余额退款拒绝", "储值退款申请未同意",
            "储值退款申请未同意：{原因}。余额不变，可到门店咨询。", {"原因": "资料不全"}, path="/m/wallet",
        ),
        MessageKind(
            "prize_won", "抽奖中奖", "恭喜中奖", "您在“{活动}”中抽中{奖品}，请在 {截止时间} 前领取。",
            {"活动": "周年抽奖", "奖品": "青瓷保温杯", "截止时间": "2026-05-08 12:30", "时间": "2026-05-01 12:30"},
            path="/m/prizes",
        ),
        MessageKind(
            "prize_shipped", "奖品寄出", "奖品已寄出", "您的奖品{奖品}已由{快递}寄出，单号 {快递单号}。",
            {"奖品": "青瓷保温杯", "快递": "顺丰", "快递单号": "SF1000000001", "时间": "2026-05-01 12:30"},
            path="/m/prizes",
        ),
        MessageKind(
            "goods_arrived", "到货提醒", "您等的商品到货了", "{门店}的{商品}到货了，数量有限，欢迎选购。",
            {"门店": "前门店", "商品": "西湖龙井 250g", "时间": "2026-05-01 12:30"}, path="/m/cart",
        ),
        MessageKind(
            "order_placed", "下单成功", "下单成功", "您在{门店}的订单已提交，{商品}，共 {金额}，等待门店接单。",
            _ORDER, path="/m/orders",
        ),
        MessageKind(
            "order_accepted", "商家接单", "门店已接单", "您在{门店}的订单已接单，{商品}正在准备。", _ORDER,
            path="/m/orders",
        ),
        MessageKind(
            "order_refused", "商家拒单", "门店未接单", "您在{门店}的订单未被接单：{原因}。已付的 {金额}原路退回。",
            {**_ORDER, "原因": "商品已售完"}, path="/m/orders",
        ),
        MessageKind(
            "order_ready", "备货完成", "请来取货", "您在{门店}的订单已备好，取货码 {取货码}。",
            {**_ORDER, "取货码": "123456"}, path="/m/orders",
        ),
        MessageKind(
            "order_pickup_due", "取货提醒", "请来取货", "您在{门店}的订单还未取走，取货码 {取货码}。",
            {**_ORDER, "取货码": "123456"}, path="/m/orders",
        ),
        MessageKind(
            "order_shipped", "订单发货", "订单已发货", "您在{门店}的订单已发货，{快递}。",
            {**_ORDER, "快递": "顺丰 SF1234567890"}, path="/m/orders",
        ),
        MessageKind(
            "order_received", "订单送达", "订单已送达", "您在{门店}的订单已送达，感谢光临。", _ORDER, path="/m/orders",
        ),
        MessageKind(
            "order_closed", "订单关闭", "订单已关闭", "您在{门店}的订单已关闭：{原因}。",
            {**_ORDER, "原因": "超时未付款"}, path="/m/orders",
        ),
        MessageKind(
            "order_refunded", "订单退款", "订单退款", "您在{门店}的订单退款 {退款金额}，按原支付方式退回。",
            {**_ORDER, "退款金额": "10.00元"}, path="/m/orders",
        ),
        MessageKind(
            "order_surplus_refunded", "多付退款", "多付的钱已退回",
            "您为{门店}的订单付的 {退款金额}在订单结束后到账，已自动原路退回。",
            {**_ORDER, "退款金额": "10.00元"}, path="/m/orders",
        ),
        MessageKind(
            "phone_claimed", "手机号认领", "请确认您的手机号",
            "有另一个微信验证了您的手机号。请打开“我的会员卡”确认是否您本人，如果不是请选“不是我”。",
            media=("customer_service",),
        ),
        MessageKind(
            "payer_claimed", "付款人认领", "{问题}",
            "您刚为该会员充值。如果是您本人，点开即可绑定，积分和订单合并到一处；不是请选“不是我”。",
            {"问题": "您是会员 138****5678 吗？"}, path="/m/payer-claims", media=("customer_service",),
        ),
        MessageKind(
            "account_closing", "账号注销", "会员注销", "{说明}", {"说明": "您的注销申请已受理。"},
            media=("customer_service",),
        ),
        MessageKind(
            "birthday", "生日福利", "生日快乐", "{品牌}祝您生日快乐！", is_marketing=True,
        ),
    )
}  # fmt: skip


def find(key: str) -> MessageKind | None:
    """Return a kind of message, or None."""
    return KINDS.get(key)


def variables_of(kind: MessageKind) -> dict[str, str]:
    """Return the placeholders that the texts of a kind may contain, each with an example."""
    return {**_COMMON, **kind.variables}
