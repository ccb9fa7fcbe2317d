"""The Chinese texts of all settings (参数设置): category, title and help of a group; label, help and unit of a field.

Types, bounds and defaults come from the models of the groups. A test checks that each group and field is named here.
"""

from dataclasses import dataclass, field
from typing import Literal

from store.activities.settings import PLATFORM_RULE

Kind = Literal["colour", "picture", "textarea", "cost_centre", "rows"]
Shape = Literal["list", "objects"]  # of rows: one column, or several


@dataclass(frozen=True)
class FieldLabel:
    """`kind` is given where the type of the model does not say it. `columns` are pairs of key and label of `rows`."""

    label: str
    help: str = ""
    unit: str = ""
    kind: Kind | None = None
    shape: Shape | None = None
    columns: tuple[tuple[str, str], ...] = ()
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class GroupLabel:
    """`page` is the path of the page where the group is edited instead of here."""

    category: str
    title: str
    fields: dict[str, FieldLabel]
    help: str = ""
    page: str | None = None


F = FieldLabel
_MOMENTS = {"paid": "付款时", "completed": "完成时"}
_COST_CENTRE = F("成本中心", "不选则不计成本", kind="cost_centre")
_DAYS = (("value", "提前天数"),)
_PER_MINUTE = "次/分钟"

CATEGORIES: tuple[tuple[str, str], ...] = (
    ("brand", "品牌"), ("check_in", "签到与关注"), ("points", "积分"), ("members", "会员"), ("coupons", "卡券"),
    ("orders", "订单与收银"), ("bookings", "预约"), ("stored_value", "储值"), ("payments", "支付"),
    ("activities", "营销活动"), ("messages", "消息与短信"), ("shops", "门店"), ("system", "系统"),
)  # fmt: skip

GROUPS: dict[str, GroupLabel] = {
    "branding": GroupLabel("brand", "品牌形象", {
        "display_name": F("品牌名称", "顾客看到的名称，留空则用商家名称"),
        "logo_url": F("标志", "图片网址，留空则不显示", kind="picture"),
        "colour": F("主色", "页面和卡片的颜色，上面的白色文字要看得清", kind="colour"),
        "sms_signature": F("短信签名", "2–12 个字，不含【】，留空则用短信渠道的签名或品牌名称"),
    }),
    "card_packs": GroupLabel("members", "卡包会员卡", {
        "wechat_per_second": F("微信每秒更新数", unit="次"),
        "alipay_per_second": F("支付宝每秒更新数", unit="次"),
        "checked_a_night": F("每晚核对的卡数", "夜间向平台查询卡面内容，从最久没有核对的开始", unit="张"),
    }),
    "check_in": GroupLabel("check_in", "签到", {
        "points": F("每天签到积分"), "streaks": F("连续签到奖励"), "valid_days": F("积分有效期"),
        "cost_centre": F("成本中心"),
    }, page="/check-in-settings"),
    "service_desk": GroupLabel("members", "会员服务台", {
        "birthday_percent": F("生日消费积分", "生日当月补录的消费按普通积分的多少计", "%"),
        "max_days": F("可补录的小票", "消费时间距今不超过", "天"),
    }),
    "make_up": GroupLabel("check_in", "补签", {
        "enabled": F("允许补签"), "days_back": F("最多补几天前"), "max_per_month": F("每月最多补签"),
        "price": F("每次补签扣积分"),
    }, page="/check-in-settings"),
    "follow_reward": GroupLabel("check_in", "关注公众号奖励", {
        "points": F("首次关注送积分", "0 为不送", unit="分"),
        "valid_days": F("积分有效期", unit="天"),
        "cost_centre": _COST_CENTRE,
    }),
    "activities": GroupLabel("activities", "抽奖活动", {
        "approval_above_fen": F("奖品总价值超过多少需要审批", "超过时由另一名有审批权限的员工审批，0 为不需要"),
        "share_chances_on": F("允许分享得抽奖次数", PLATFORM_RULE),
        "follow_chances_on": F("允许关注得抽奖次数", PLATFORM_RULE),
        "draws_per_address": F("同一网络每天最多抽奖", "防止批量刷奖，门店的无线网络也算一个网络", unit="次"),
    }),
    "point_adjustment": GroupLabel("points", "积分调整", {
        "approval_above": F("超过多少积分需要审批", "超过时由另一名有审批权限的员工审批，0 为不需要",
                            unit="分"),
    }),
    "point_payment": GroupLabel("points", "积分抵现", {
        "points_per_yuan": F("抵 1 元需要的积分", "0 为不能抵现", unit="分"),
        "max_percent": F("每单最多抵扣", unit="%"),
    }),
    "point_reversal": GroupLabel("points", "退货扣回积分", {
        "waive_spent": F("免扣已用掉的积分", "不免则记为欠分，以后得到的积分先还"),
    }),
    "phone_claim": GroupLabel("members", "手机号认领", {
        "inactive_days": F("原会员多久未活动可直接认领", unit="天"),
        "purchase_days": F("可用多久内的消费证明", unit="天"),
        "open_hours": F("等待原会员回答", unit="小时"),
    }, help="新顾客使用已有会员的手机号注册时的核对规则"),
    "payer_claim": GroupLabel("members", "付款人认领", {
        "ask": F("充值后询问付款人"),
        "open_hours": F("可回答的时间", unit="小时"),
    }),
    "closing": GroupLabel("members", "会员注销", {
        "waiting_days": F("注销前的等待期", "等待期内可撤回", unit="天"),
    }),
    "session": GroupLabel("members", "顾客登录", {
        "max_per_ip_per_minute": F("每个网络地址每分钟最多登录", unit="次"),
    }),
    "member_code": GroupLabel("members", "会员码", {
        "scans_per_minute": F("每台收银机最多扫码", unit=_PER_MINUTE),
    }),
    "coupon_claim": GroupLabel("coupons", "领券", {
        "max_per_customer_per_minute": F("每位顾客最多尝试领券", unit=_PER_MINUTE),
    }),
    "coupon_quote": GroupLabel("coupons", "用券试算", {
        "max_per_customer_per_minute": F("每位顾客最多试算", unit=_PER_MINUTE),
    }),
    "coupon_gift": GroupLabel("coupons", "转赠", {
        "max_offers_per_minute": F("每位顾客最多发起转赠", unit=_PER_MINUTE),
        "max_opens_per_ip_per_minute": F("每个网络地址最多打开转赠链接", unit=_PER_MINUTE),
    }),
    "orders": GroupLabel("orders", "订单", {
        "payment_minutes": F("订单等待付款", "超时自动关闭", unit="分钟"),
        "till_minutes": F("收银单等待付款", unit="分钟"),
        "attach_days": F("补登会员的期限", "付款后多久内补登会员仍计积分", unit="天"),
        "reopen_overdue": F("迟到的付款重新打开订单", "关闭后才到账时，能重新占用商品和优惠就恢复订单，否则退款"),
        "till_counts_when": F("收银单计积分", options=_MOMENTS),
        "dine_in_counts_when": F("堂食单计积分", options=_MOMENTS),
        "pickup_counts_when": F("自提单计积分", options=_MOMENTS),
        "delivery_counts_when": F("外卖单计积分", options=_MOMENTS),
        "takeaway_counts_when": F("外带单计积分", options=_MOMENTS),
        "import_counts_when": F("导入单计积分", options=_MOMENTS),
    }),
    "fulfilment": GroupLabel("orders", "商城订单", {
        "accept_by_itself": F("自动接单", "关闭时由店员接单"),
        "remind_after_minutes": F("多久未接单提醒门店", unit="分钟"),
        "refund_after_minutes": F("多久未接单自动退款", unit="分钟"),
        "first_reminder_days": F("第一次取货提醒", "备好后多少天，0 为不提醒", unit="天"),
        "second_reminder_days": F("第二次取货提醒", "备好后多少天，0 为不提醒", unit="天"),
        "receive_after_days": F("发货后自动收货", unit="天"),
        "complete_after_days": F("收货后自动完成", "完成时计积分", unit="天"),
    }),
    "shop_order_approval": GroupLabel("orders", "改价退款审批", {
        "lower_above_fen": F("一单改价超过多少需要审批", "含之前改过的，由另一名有审批权限的员工审批，0 为不需要",
                             unit="元"),
        "refund_above_fen": F("一单退款超过多少需要审批", "含之前退过的和取消订单的退款，0 为不需要", unit="元"),
    }, help="收银台的退款和拒单不受限制"),
    "mall": GroupLabel("orders", "商城首页", {
        "notices": F("公告", "显示在首页，每条不超过 40 字", kind="rows", shape="objects",
                     columns=(("label", "公告内容"),)),
        "recommended": F("推荐商品", "按填写的顺序显示，门店没有在售的不显示", kind="rows", shape="objects",
                         columns=(("code", "商品编码"),)),
    }),
    "till": GroupLabel("orders", "收银小票", {
        "paper_columns": F("纸宽", options={"32": "58 毫米", "48": "80 毫米"}),
        "printer_encoding": F("打印机编码", options={"gb18030": "GB 18030", "gbk": "GBK", "utf-8": "UTF-8"}),
        "round_down_to_fen": F("抹零到", options={"1": "不抹零", "10": "角", "100": "元"}),
        "receipt_footer": F("小票底部文字", kind="textarea"),
    }),
    "appointments": GroupLabel("bookings", "预约", {
        "hold_minutes": F("待确认的预约保留名额", "到期后名额放出，仍可确认", unit="分钟"),
        "cancel_hours": F("顾客最晚提前多久取消", unit="小时"),
        "first_reminder_hours": F("第一次提醒提前", "0 为不提醒", unit="小时"),
        "second_reminder_hours": F("第二次提醒提前", "0 为不提醒", unit="小时"),
    }),
    "collections": GroupLabel("orders", "收款码", {
        "per_address": F("每个网络地址在一家门店最多发起", unit=_PER_MINUTE),
        "per_shop": F("一家门店最多发起", unit=_PER_MINUTE),
    }),
    "stored_value": GroupLabel("stored_value", "储值限额与扣款", {
        "real_name_max_fen": F("实名账户余额上限"),
        "anonymous_max_fen": F("不记名账户余额上限"),
        "real_name_by": F("实名依据", options={"phone": "手机号", "id_number": "身份证号"}),
        "purchase_limit_fen": F("单笔消费上限", "0 为不限"),
        "daily_limit_fen": F("每天消费上限", "0 为不限"),
        "deduction_order": F("扣款顺序", options={
            "share": "本金和赠送按比例", "bonus_first": "先扣赠送", "principal_first": "先扣本金",
        }),
    }),
    "stored_value_security": GroupLabel("stored_value", "储值付款验证", {
        "authorization_required": F("付款需要验证", "短信、付款码、店长授权或本人登录"),
        "exempt_up_to_fen": F("免验证金额", "不超过该金额不需要验证"),
    }),
    "stored_value_refund": GroupLabel("stored_value", "储值退款", {
        "at_once_days": F("首次充值后多久内直接退", "未使用过的充值才直接退，其他等待处理", unit="天"),
    }),
    "payment_code": GroupLabel("stored_value", "储值付款码", {
        "scans_per_minute": F("每台收银机最多扫码", unit=_PER_MINUTE),
        "issues_per_minute": F("每位会员最多生成", unit=_PER_MINUTE),
    }),
    "payment_schedule": GroupLabel("payments", "支付结果查询", {
        "wechat_code_query_every_s": F("微信付款码查询间隔", unit="秒"),
        "wechat_code_reverse_after_s": F("微信付款码多久未成功就撤销", unit="秒"),
        "alipay_code_query_every_s": F("支付宝付款码查询间隔", unit="秒"),
        "alipay_code_reverse_after_s": F("支付宝付款码多久未成功就撤销", unit="秒"),
        "repeat_reversal_every_s": F("撤销未成时的重试间隔", unit="秒"),
        "online_query_s": F("网页支付的查询时间", "发起支付后第几秒查询", kind="rows", shape="list",
                            columns=(("value", "秒"),)),
    }, help="一般不需要修改"),
    "red_packets": GroupLabel("payments", "红包", {
        "member_daily_count": F("每人每天最多领取", "微信最多允许 10 个", unit="个"),
        "member_daily_fen": F("每人每天最多领取金额", "微信最多允许 1,000 元"),
        "daily_fen": F("每天最多发放"),
        "budget_fen": F("红包总预算", "退回的不计，0 为不限"),
    }),
    "red_packet_stop": GroupLabel("payments", "红包紧急停发", {
        "stopped": F("已停发"), "reason": F("原因"),
    }, page="/red-packets"),
    "payment_kinds": GroupLabel("payments", "付款方式", {"earns": F("是否计算积分")}, page="/payment-kinds"),
    "expiry_reminder": GroupLabel("messages", "到期提醒", {
        "points": F("提醒积分到期"),
        "points_days": F("积分提醒时间", kind="rows", shape="list", columns=_DAYS),
        "coupons": F("提醒优惠券到期"),
        "coupons_days": F("优惠券提醒时间", kind="rows", shape="list", columns=_DAYS),
    }),
    "messages": GroupLabel("messages", "消息发送", {
        "marketing_from": F("营销消息开始时间", unit="点"), "marketing_until": F("营销消息结束时间", unit="点"),
        "sms_per_day": F("每天最多发送短信", unit="条"), "sms_alarm_percent": F("用到多少时报警", unit="%"),
        "keep_days": F("消息记录保留", unit="天"),
    }, page="/message-policies"),
    "follow_reply": GroupLabel("messages", "关注回复", {
        "answers": F("首次关注"), "welcome_back": F("再次关注"),
    }, page="/keyword-replies"),
    "fallback_reply": GroupLabel("messages", "默认回复", {"answers": F("没有匹配的关键词时")}, page="/keyword-replies"),
    "sms_code": GroupLabel("messages", "短信验证码", {
        "min_interval_s": F("同一手机号的间隔", unit="秒"),
        "max_per_phone_per_day": F("同一手机号每天最多", unit="条"),
        "max_per_ip_per_hour": F("同一网络地址每小时最多", unit="条"),
        "captcha_from": F("十分钟内第几条起要图形验证码", unit="条"),
        "max_total_per_day": F("每天总量", "用完后当天不再发送", unit="条"),
        "alarm_percent": F("用到多少时报警", unit="%"),
        "countries": F("可发送的国家和地区", "电话区号，如 86", kind="rows", shape="list",
                       columns=(("value", "区号"),)),
        "template": F("短信内容", "${code} 为验证码，也可填写服务商的模板编号", kind="textarea"),
    }),
    "nearby": GroupLabel("shops", "附近门店", {
        "limit_km": F("多远以内算附近", unit="公里"),
        "reply_interval_minutes": F("同一次到访多久后再回复", unit="分钟"),
        "places": F("常用地点", "顾客没有定位时可选，坐标为 GCJ-02", kind="rows", shape="objects",
                    columns=(("label", "名称"), ("lng", "经度"), ("lat", "纬度"))),
    }),
    "stock": GroupLabel("shops", "库存", {
        "warning_at": F("库存预警值", "可用库存低于此数就预警，可在库存页为单个商品另设，0 为不预警", unit="件"),
    }),
    "business_day": GroupLabel("system", "营业日", {
        "zone": F("时区", "如 Asia/Shanghai"),
    }),
    "outbox": GroupLabel("system", "投递记录", {
        "done_days": F("完成后保留", unit="天"),
    }),
}  # fmt: skip
