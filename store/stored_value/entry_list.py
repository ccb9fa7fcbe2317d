"""The list of entries of stored value for staff (储值明细): by member, kind, shop and day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from store.core import errors, listing
from store.core.listing import Page
from store.customers import member_scope, person_search
from store.customers.members import Member
from store.stored_value.ledger import ENTRY_KINDS, StoredValueAccount, StoredValueEntry
from store.tenants import business_days

_SORTS = {"booked_at": StoredValueEntry.id}  # entries are written in the order of their times


@dataclass(frozen=True)
class EntryCriteria:
    """Which entries are listed. `search` is a whole card number or phone, or the number of an order.

    `since` and `until` are business days, both included. `shop_ids` are the shops that the caller sees, None for all:
    entries there, and those of members who belong to them.
    """

    search: str = ""
    kind: str | None = None
    shop_id: int | None = None
    since: date | None = None
    until: date | None = None
    shop_ids: frozenset[int] | None = None


def list_page(criteria: EntryCriteria, page: Page) -> tuple[list[StoredValueEntry], int]:
    """Return a page of entries with accounts and members, the latest first, and how many there are.

    Raises DomainError(invalid).
    """
    return listing.read_page(
        _filter(StoredValueEntry.select(), criteria), page, sorts=_SORTS, default="-booked_at",
        id_field=StoredValueEntry.id, rows=_with_member(),
    )  # fmt: skip


def count_entries(criteria: EntryCriteria) -> int:
    """Return the number of entries. Raises DomainError(invalid)."""
    return int(_filter(StoredValueEntry.select(), criteria).count())


def iterate_entries(criteria: EntryCriteria) -> Iterator[StoredValueEntry]:
    """Yield all entries, the latest first, and read them in batches. Raises DomainError(invalid)."""
    yield from listing.iterate_rows(_filter(_with_member(), criteria), id_field=StoredValueEntry.id)


def _with_member() -> Any:
    """Return the query of entries with their accounts and members."""
    query = StoredValueEntry.select(StoredValueEntry, StoredValueAccount, Member)
    return query.join(StoredValueAccount).join(Member)


def _filter(query: Any, criteria: EntryCriteria) -> Any:
    for condition in _list_conditions(criteria):
        query = query.where(condition)
    return query


def _list_conditions(criteria: EntryCriteria) -> Iterator[Any]:
    if criteria.kind is not None and criteria.kind not in ENTRY_KINDS:
        raise errors.invalid("kind", "不认识的储值明细类型")
    if criteria.search.strip():
        yield _matches(criteria.search.strip())
    for column, value in (
        (StoredValueEntry.kind, criteria.kind),
        (StoredValueEntry.shop_id, criteria.shop_id),
    ):
        if value is not None:
            yield column == value
    if criteria.since is not None:
        yield StoredValueEntry.booked_at >= business_days.start_of(criteria.since)
    if criteria.until is not None:
        yield StoredValueEntry.booked_at < business_days.end_of(criteria.until)
    if criteria.shop_ids is not None:
        here = StoredValueEntry.shop_id.in_(sorted(criteria.shop_ids))
        yield here | _is_of(member_scope.select_member_ids(criteria.shop_ids))


def _matches(text: str) -> Any:
    customer = person_search.find_customer(text)
    if customer is not None:
        return _is_of(Member.select(Member.id).where(Member.customer == customer.id))
    return StoredValueEntry.order_number == text


def _is_of(member_ids: Any) -> Any:
    """Return the condition of entries in the accounts of members."""
    accounts = StoredValueAccount.select(StoredValueAccount.id).where(
        StoredValueAccount.member.in_(member_ids)
    )
    return StoredValueEntry.account.in_(accounts)
