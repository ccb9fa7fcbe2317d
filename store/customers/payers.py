"""Payers (付款人): who pays by WeChat Pay or Alipay is a customer, with the same identity as a follower."""

from typing import Literal

from store.core import errors, events, input_limits
from store.core.database import db
from store.customers import alipay_people, identities, platform_customers
from store.customers.customers import Customer
from store.customers.platform_customers import PlatformIdentity
from store.tenants import channels

Platform = Literal["wechat", "alipay"]
SOURCES = {"wechat": "wechat_pay", "alipay": "alipay"}
_WECHAT_KINDS = ("wechat_official", "wechat_miniprogram")


@db.transactional
def find_or_open(
    *, platform: Platform, app_id: str, payer_id: str, union_id: str = "", shop_id: int | None = None
) -> Customer:
    """Return the customer of a payer, who is opened by the first payment. Idempotent.

    `payer_id` is the openid in the account `app_id`, or Alipay's user id or open_id. Raises DomainError(invalid).
    """
    identity = identify(platform=platform, app_id=app_id, payer_id=payer_id, union_id=union_id)
    customer, is_new = platform_customers.get_or_create(identity, source=SOURCES[platform], shop_id=shop_id)
    if is_new:
        events.record(
            "customers.opened_by_payment", customer_id=customer.id, shop_id=shop_id, platform=platform
        )
    return customer


def find(*, platform: Platform, app_id: str, payer_id: str) -> Customer | None:
    """Return the customer of a payer, or None. Raises DomainError(invalid)."""
    identity = identify(platform=platform, app_id=app_id, payer_id=payer_id)
    return identities.find_customer(
        provider=identity.provider, account=identity.account, subject=identity.subject
    )


def identify(*, platform: Platform, app_id: str, payer_id: str, union_id: str = "") -> PlatformIdentity:
    """Return the identity of a payer. Raises DomainError(invalid).

    The unionid counts for an account whose open-platform group is known.
    """
    if platform not in SOURCES:
        raise errors.invalid("platform", "应为 wechat 或 alipay")
    for field, value, longest in (
        ("app_id", app_id, 64),
        ("payer_id", payer_id, 128),
        ("union_id", union_id, 128),
    ):
        if value or field != "union_id":
            input_limits.check_key(value, field=field, max_length=longest)
    if platform == "alipay":
        return alipay_people.identify(app_id=app_id, user_id=payer_id)
    found = (channels.find_by_appid(kind, app_id) for kind in _WECHAT_KINDS)
    channel = next((row for row in found if row is not None), None)
    return PlatformIdentity(
        identities.WECHAT, app_id, payer_id,
        union_group=channel.open_group if channel else "",
        unionid=(union_id or None) if channel else None,
    )  # fmt: skip
