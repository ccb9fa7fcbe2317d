"""The list of point entries (积分记录) for staff: by member, order, group, kind, source and day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import peewee

from store.core import errors, input_limits, listing
from store.core.database import db
from store.core.listing import Page
from store.customers import member_search
from store.customers.customers import Customer
from store.customers.members import Member
from store.points.ledger import ENTRY_KINDS, PointAccount, PointEntry, PointGroup, PointLot
from store.tenants import business_days

_SORTS = {"at": PointEntry.id}  # entries are written in the order of their times
_INCREASING = [kind for kind, facts in ENTRY_KINDS.items() if facts.sign > 0]


@dataclass(frozen=True)
class EntryFilter:
    """Which entries are listed. `search` is a card number, phone or whole name, or the number of an order.

    `since` and `until` are business days, both included. `group` is a code, `direction` is increase or decrease.
    `shop_ids` are the shops that the caller sees, None for all.
    """

    search: str = ""
    group: str | None = None
    kind: str | None = None
    direction: str | None = None
    source: str | None = None
    since: date | None = None
    until: date | None = None
    shop_ids: frozenset[int] | None = None


def list_page(criteria: EntryFilter, page: Page) -> tuple[list[PointEntry], int]:
    """Return a page of entries with account, group, member and customer, and how many there are.

    Raises DomainError(invalid) for an unknown kind or sort.
    """
    return listing.read_page(
        _filter(PointEntry.select(), criteria), page, sorts=_SORTS, default="-at", id_field=PointEntry.id,
        rows=_with_owner(),
    )  # fmt: skip


def count_entries(criteria: EntryFilter) -> int:
    """Return the number of entries. Raises DomainError(invalid)."""
    return int(_filter(PointEntry.select(), criteria).count())


def iterate_entries(criteria: EntryFilter) -> Iterator[PointEntry]:
    """Yield all entries, the latest first, and read them in batches. Raises DomainError(invalid)."""
    yield from listing.iterate_rows(_filter(_with_owner(), criteria), id_field=PointEntry.id)


def get_entry(entry_id: int) -> PointEntry:
    """Return an entry with account, group, member and customer. Raises DomainError(not_found)."""
    found = _with_owner().where(PointEntry.id == input_limits.check_id(entry_id, field="id")).first()
    if found is None:
        raise errors.not_found("该积分记录")
    return found


def read_remaining(entries: Sequence[PointEntry]) -> dict[int, int]:
    """Return what is left of the lots of entries, by entry id."""
    query: Any = PointLot.select(PointLot.entry, PointLot.remaining)
    return dict(query.where(db.in_ids(PointLot.entry, [entry.id for entry in entries])).tuples())


def describe_kind(entry: PointEntry) -> str:
    """Return the kind of an entry in Chinese. Points that paid for an order are 积分抵现."""
    return "积分抵现" if entry.behaviour == "point_payment" else ENTRY_KINDS[entry.kind].label


def _with_owner() -> Any:
    query = PointEntry.select(PointEntry, PointAccount, PointGroup, Member, Customer)
    return query.join(PointAccount).join(PointGroup).switch(PointAccount).join(Member).join(Customer)


def _filter(query: Any, criteria: EntryFilter) -> Any:
    for condition in _list_conditions(criteria):
        query = query.where(condition)
    return query


def _list_conditions(criteria: EntryFilter) -> Iterator[Any]:
    """Yield conditions of the entry alone: its account is looked up in queries of their own."""
    if criteria.search:
        mine = PointAccount.member.in_(member_search.select_member_ids(criteria.search))
        yield _is_of_account(mine) | (PointEntry.order_number == criteria.search)
    for within in member_search.list_conditions(PointAccount.member, search="", shop_ids=criteria.shop_ids):
        yield _is_of_account(within)
    if criteria.group is not None:
        groups = PointGroup.select(PointGroup.id).where(PointGroup.code == criteria.group)
        yield _is_of_account(PointAccount.group.in_(groups))
    if criteria.kind is not None:
        yield PointEntry.kind == _check_kind(criteria.kind)
    if criteria.direction is not None:
        increases: peewee.Expression = PointEntry.kind.in_(_INCREASING)
        yield increases if criteria.direction == "increase" else ~increases
    if criteria.source is not None:
        yield PointEntry.source == criteria.source
    if criteria.since is not None:
        yield PointEntry.at >= business_days.start_of(criteria.since)
    if criteria.until is not None:
        yield PointEntry.at < business_days.end_of(criteria.until)


def _is_of_account(condition: Any) -> Any:
    return PointEntry.account.in_(PointAccount.select(PointAccount.id).where(condition))


def _check_kind(kind: str) -> str:
    if kind not in ENTRY_KINDS:
        raise errors.invalid("kind", "没有这种积分操作类型")
    return kind
