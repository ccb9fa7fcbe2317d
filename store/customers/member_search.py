"""The search for members in lists of what belongs to them: by card number, phone or whole name."""

from collections.abc import Iterator
from typing import Any

from store.customers import member_scope, person_search, profiles
from store.customers.customers import Customer
from store.customers.members import Member


def list_conditions(column: Any, *, search: str, shop_ids: frozenset[int] | None) -> Iterator[Any]:
    """Yield the conditions that a row's member is the one searched for, and one of shops that the caller sees.

    Names are encrypted, so the whole name has to be given.
    """
    if search:
        yield column.in_(select_member_ids(search))
    if shop_ids is not None:
        yield column.in_(member_scope.select_member_ids(shop_ids))


def select_member_ids(search: str) -> Any:
    """Return the query of the ids of the accounts of a card number, public id, phone or whole name."""
    owner = person_search.find_customer(search)
    if owner is not None:
        return Member.select(Member.id).where(Member.customer == owner.id)
    named = Customer.name_index == profiles.blind_index_of("name", search)
    return Member.select(Member.id).join(Customer).where(named)
