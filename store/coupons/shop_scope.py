"""The shops whose coupons an account of staff sees: those of the holder, and for figures those of the sale."""

from collections.abc import Sequence
from typing import Any

from peewee import fn

from store.core.database import db
from store.customers.customers import Customer
from store.customers.members import Member
from store.shops import shops


def select_members(shop_ids: frozenset[int]) -> Any:
    """Return the query of the ids of members whom these shops manage, or who joined there."""
    shop_of_member = fn.COALESCE(Customer.managing_shop_id, Member.shop_id)
    return Member.select(Member.id).join(Customer).where(shop_of_member.in_(sorted(shop_ids)))


def find_members(member_ids: Sequence[int], shop_ids: frozenset[int]) -> set[int]:
    """Return those of some members whom these shops manage, or who joined there."""
    rows = select_members(shop_ids).where(db.in_ids(Member.id, member_ids)).tuples()
    return {member_id for (member_id,) in rows}


def list_codes(shop_ids: frozenset[int]) -> list[str]:
    """Return the codes of shops."""
    return [shop.code for shop in shops.find_by_ids(sorted(shop_ids)).values()]
