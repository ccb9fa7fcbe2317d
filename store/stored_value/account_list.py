"""The list of stored-value accounts for staff (储值账户): by member, shop and whether they are frozen."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from store.core import errors, listing
from store.core.listing import Page
from store.customers import member_scope, person_search
from store.customers.customers import Customer
from store.customers.members import Member
from store.stored_value.ledger import StoredValueAccount

STATES = ("active", "frozen")
_SORTS = {
    "opened_at": StoredValueAccount.opened_at,
    "available_fen": StoredValueAccount.principal_fen + StoredValueAccount.bonus_fen,
}


@dataclass(frozen=True)
class AccountCriteria:
    """Which accounts are listed. `search` is a whole card number or phone.

    `shop_id` and `shop_ids` are shops that members belong to. `shop_ids` are those that the caller sees, None for all.
    """

    search: str = ""
    state: str | None = None
    shop_id: int | None = None
    shop_ids: frozenset[int] | None = None


def list_page(criteria: AccountCriteria, page: Page) -> tuple[list[StoredValueAccount], int]:
    """Return a page of accounts with members and customers, the latest first, and how many there are.

    Raises DomainError(invalid).
    """
    return listing.read_page(
        _select(criteria), page, sorts=_SORTS, default="-opened_at", id_field=StoredValueAccount.id
    )


def count_accounts(criteria: AccountCriteria) -> int:
    """Return the number of accounts. Raises DomainError(invalid)."""
    return int(_select(criteria).count())


def iterate_accounts(criteria: AccountCriteria) -> Iterator[StoredValueAccount]:
    """Yield all accounts, the latest first, and read them in batches. Raises DomainError(invalid)."""
    yield from listing.iterate_rows(_select(criteria), id_field=StoredValueAccount.id)


def _select(criteria: AccountCriteria) -> Any:
    query = StoredValueAccount.select(StoredValueAccount, Member, Customer).join(Member).join(Customer)
    query = query.where(StoredValueAccount.merged_into.is_null())
    for condition in _list_conditions(criteria):
        query = query.where(condition)
    return query


def _list_conditions(criteria: AccountCriteria) -> Iterator[Any]:
    if criteria.state is not None and criteria.state not in STATES:
        raise errors.invalid("state", "应为 active、frozen 之一")
    if criteria.search.strip():
        customer = person_search.find_customer(criteria.search.strip())
        yield Member.customer == (customer.id if customer else None)
    if criteria.state is not None:
        yield StoredValueAccount.frozen_at.is_null(criteria.state == "active")
    if criteria.shop_id is not None:
        yield member_scope.shop_of_member() == criteria.shop_id
    if criteria.shop_ids is not None:
        yield member_scope.shop_of_member().in_(sorted(criteria.shop_ids))
