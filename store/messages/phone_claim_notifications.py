"""Notifications of phone claims: the old WeChat of a member hears that another one has verified the phone."""

from store.core.events import Event
from store.membership import phone_claims
from store.membership.phone_claims import PhoneClaim
from store.messages import announcements

TEXT = "有另一个微信验证了您的手机号。请打开“我的会员卡”确认是否您本人，如果不是请选“不是我”。"


def notify_holder(event: Event) -> None:
    """Queue a message to the holder of the phone of a `phone_claims.opened` event, while the claim is open."""
    claim = PhoneClaim.find(id=event.properties["claim_id"])
    if claim is not None and phone_claims.is_open(claim):
        announcements.queue_for_event(event, TEXT)
