"""Recipients of messages: where a customer can be reached on a medium, or why not."""

from dataclasses import dataclass

from store.customers import followers, identities
from store.customers.customers import Customer
from store.messages import templates
from store.messages.kinds import MessageKind
from store.messages.templates import MessageTemplate
from store.tenants import channels
from store.tenants.channels import Channel

NO_REASON: tuple[str, str] = ("", "")
REASONS: dict[str, str] = {
    "no_template": "没有可用的模板",
    "not_following": "没有关注公众号",
    "no_openid": "查找不到会员小程序 openid",
    "not_subscribed": "没有订阅，或次数已用完",
    "no_phone": "没有手机号",
    "no_email": "没有邮箱",
    "no_consent": "没有同意接收营销消息",
    "opted_out": "已拒收",
    "sms_budget_used_up": "今天的短信额度已用完",
    "out_of_window": "超出可发客服消息的时间或条数",
    "no_email_account": "没有设置发件邮箱",
    "no_sms": "没有开通短信",
    "erased": "资料已清除",
    "too_late": "已过期，不再发送",
}


@dataclass(frozen=True)
class Recipient:
    """An address of a customer, with the account and the template by which it is reached."""

    address: str
    channel: Channel | None = None
    template: MessageTemplate | None = None


def find(customer: Customer, kind: MessageKind, medium: str) -> Recipient | str:
    """Return where a customer is reached on a medium, or the reason why not (a key of `REASONS`)."""
    if medium == "customer_service":
        return _find_follower(customer, kind)
    if medium in templates.CHANNEL_KINDS:
        return _find_by_template(customer, kind, medium)
    template = next(iter(templates.list_for(kind.key, medium)), None)
    if medium == "sms":
        phone = identities.find_phone(customer)
        if template is None:
            return "no_template"
        return Recipient(phone, template=template) if phone else "no_phone"
    return Recipient(customer.email, template=template) if customer.email else "no_email"


def _find_follower(customer: Customer, kind: MessageKind) -> Recipient | str:
    template = next(iter(templates.list_for(kind.key, "customer_service")), None)
    for channel in followers.list_followed_channels(customer):
        address = followers.find_address(customer, channel)
        if address:
            return Recipient(address, channel=channel, template=template)
    return "not_following"


def _find_by_template(customer: Customer, kind: MessageKind, medium: str) -> Recipient | str:
    """Return the first account with a template that the customer follows, or whose mini-program they have opened."""
    usable = {row.channel_id: row for row in templates.list_for(kind.key, medium)}
    if not usable:
        return "no_template"
    followed = {channel.id: channel for channel in followers.list_followed_channels(customer)}
    for channel_id, template in usable.items():
        channel = (
            followed.get(channel_id) if medium == "official_template" else channels.get_by_id(channel_id)
        )
        openid = identities.find_openid(customer, channel.appid) if channel else None
        if channel is not None and openid:
            return Recipient(openid, channel=channel, template=template)
    return "not_following" if medium == "official_template" else "no_openid"
