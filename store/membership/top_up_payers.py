"""Payers of top-ups (充值付款人): each becomes a customer, and is asked whether the member is the same person."""

from store.core.database import db
from store.core.events import Event
from store.customers import payers
from store.customers.members import Member
from store.membership import payer_claims
from store.payments import attempts, kinds
from store.stored_value import top_ups

_PLATFORMS: dict[str | None, payers.Platform] = {"wechat_pay": "wechat", "alipay": "alipay"}


@db.transactional
def claim(event: Event) -> None:
    """Open and ask the payer of a `payments.succeeded` event that paid a top-up. Idempotent."""
    if event.properties["payable_kind"] != "top_up":
        return
    attempt = attempts.get(event.properties["number"])
    platform = _PLATFORMS.get(kinds.find_platform(attempt.kind))
    if platform is None or not attempt.payer_id:
        return
    payer = payers.find_or_open(
        platform=platform, app_id=attempt.app_id, payer_id=attempt.payer_id, union_id=attempt.union_id,
        shop_id=attempt.shop_id,
    )  # fmt: skip
    top_up = top_ups.get_by_number(attempt.payable_number)
    payer_claims.consider(member=Member.get_by_id(top_up.member_id), payer=payer, top_up_number=top_up.number)
