"""The shop that a member belongs to (归属门店), as a condition of lists for staff of some shops."""

from collections.abc import Collection
from typing import Any

from peewee import fn

from store.customers.customers import Customer
from store.customers.members import Member


def shop_of_member() -> Any:
    """Return the shop of a member as SQL: who manages the customer, else where the card was opened."""
    return fn.COALESCE(Customer.managing_shop_id, Member.shop_id)


def select_member_ids(shop_ids: Collection[int]) -> Any:
    """Return the query of the ids of all members of shops."""
    return Member.select(Member.id).join(Customer).where(shop_of_member().in_(sorted(shop_ids)))


def select_public_ids(shop_ids: Collection[int]) -> Any:
    """Return the query of the public ids of all members of shops."""
    return select_member_ids(shop_ids).select(Member.public_id)


def find_shop_id(member: Member) -> int | None:
    """Return the row id of a member's shop, or None."""
    return member.customer.managing_shop_id or member.shop_id
