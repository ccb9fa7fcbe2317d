"""The message templates of the demo tenants, for the templates that the sandbox gives to every account.

The seed runs before the sandbox starts. Therefore it uses the class behind the routes of the sandbox.
"""

from collections.abc import Mapping

import config
from sandbox import message_templates
from sandbox.accounts import Account
from store.messages import email_accounts, synced_templates, templates
from store.messages.templates import MessageTemplate
from store.tenants import branding, channels
from store.tenants.channels import Channel

# Title of the platform's template → the kind of message, and our text for each keyword.
TEMPLATES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "入会欢迎通知": ("member_welcome", {
        "character_string1": "{卡号}", "thing2": "{等级}", "date3": "{时间}", "thing4": "欢迎加入{品牌}",
    }),
    "首次购买成功通知": ("first_purchase", {
        "amount1": "{金额}", "character_string2": "{单号}", "time3": "{时间}",
    }),
    "积分变动提醒": ("points_earned", {
        "thing1": "消费获得{积分名称}", "character_string2": "+{积分}", "number3": "{当前积分}", "time4": "{时间}",
    }),
    "积分到期提醒": ("points_expiring", {
        "number1": "{积分}", "date2": "{到期日期}", "thing3": "请在到期前使用",
    }),
    "优惠券到账提醒": ("coupon_received", {
        "thing1": "{券名称}", "date2": "{有效期至}", "thing3": "到店出示即可使用",
    }),
    "优惠券到期提醒": ("coupons_expiring", {
        "thing1": "{张数} 张优惠券", "date2": "{到期日期}", "thing3": "请在到期前使用",
    }),
    "会员等级变更通知": ("tier_changed", {"phrase1": "{变更类型}", "thing2": "{等级}", "time3": "{时间}"}),
    "储值充值成功通知": ("top_up_paid", {
        "amount1": "{本金}", "amount2": "{赠金}", "amount3": "{余额}", "time4": "{时间}",
    }),
    "储值消费通知": ("stored_value_spent", {
        "amount1": "{金额}", "amount2": "{余额}", "thing3": "{门店}", "time4": "{时间}",
    }),
    "储值退款通知": ("stored_value_refunded", {"amount1": "{金额}", "amount2": "{余额}", "time3": "{时间}"}),
}  # fmt: skip
MEDIA = {"wechat_official": "official_template", "wechat_miniprogram": "subscribe"}


def seed_messages(here: config.Config, *, key: str) -> None:
    """Add templates to the accounts of the current tenant, and its e-mail account. Idempotent.

    Templates that a user has changed or deleted stay so: only a tenant without any gets them.
    """
    if not MessageTemplate.select().exists():
        for channel in channels.list_channels():
            if channel.kind in MEDIA:
                _seed_channel(channel)
    if here.sandbox_smtp_port and email_accounts.find() is None:
        email_accounts.save(
            host="127.0.0.1", port=here.sandbox_smtp_port, security="none", username="sandbox",
            password=here.sandbox_sms_key, sender_address=f"service@{key}.example.com",
            sender_name=branding.read_name(),
        )  # fmt: skip


def _seed_channel(channel: Channel) -> None:
    account = Account(
        kind="wechat_official" if channel.kind == "wechat_official" else "wechat_miniprogram",
        name=channel.name, appid=channel.appid, secret=channel.secret,
    )  # fmt: skip
    listed = {row.title: row for row in message_templates.list_templates(account)}
    synced_templates.replace_all(
        channel,
        [
            {"platform_id": row.id, "title": row.title, "content": row.content, "example": row.example}
            for row in listed.values()
        ],
    )
    for title, (kind, fields) in TEMPLATES.items():
        templates.save(
            kind=kind, medium=MEDIA[channel.kind], channel_key=channel.key, name=title,
            platform_id=listed[title].id, fields=dict(fields),
        )  # fmt: skip
