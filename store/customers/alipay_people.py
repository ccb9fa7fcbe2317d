"""Alipay people (支付宝用户): customers known by a user id, or by the open_id of an application."""

import re

from store.core import events, input_limits
from store.core.database import db
from store.customers import identities, platform_customers
from store.customers.customers import Customer
from store.customers.platform_customers import PlatformIdentity
from store.tenants.channels import Channel

_USER_ID = re.compile(r"2088[0-9]{12}")  # the same in all applications, unlike an open_id


@db.transactional
def get_or_create_customer(*, channel: Channel, user_id: str = "", open_id: str = "") -> Customer:
    """Return the customer of an Alipay person who signs in, and create one for a new person. Idempotent.

    Both ids belong to one person, so they join a customer known by one with that of the other.
    Raises DomainError(invalid).
    """
    customer, is_new = platform_customers.get_or_create(
        identify(app_id=channel.appid, user_id=user_id, open_id=open_id), source=channel.kind
    )
    if is_new:
        events.record("customers.opened_by_sign_in", customer_id=customer.id, channel_id=channel.id)
    return customer


def identify(*, app_id: str, user_id: str = "", open_id: str = "") -> PlatformIdentity:
    """Return the identity of an Alipay person by the given ids. Raises DomainError(invalid) without any."""
    first = input_limits.check_key(open_id or user_id, field="payer_id", max_length=128)
    if not open_id or not user_id:
        account = "" if _USER_ID.fullmatch(first) else app_id
        return PlatformIdentity(identities.ALIPAY, account, first)
    input_limits.check_key(user_id, field="user_id", max_length=128)
    return PlatformIdentity(
        identities.ALIPAY, app_id, open_id, unionid=user_id, union_provider=identities.ALIPAY
    )


def find_person_id(customer: Customer, app_id: str) -> str | None:
    """Return the id by which Alipay knows a customer in an application, or None."""
    rows = [row for row in identities.list_for(customer, identities.ALIPAY) if row.account in ("", app_id)]
    return rows[-1].subject if rows else None
