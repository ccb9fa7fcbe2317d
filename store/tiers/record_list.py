"""The list of tier records (会员等级) of all members for staff: by tier name, member, kind and state."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from store.core import errors, listing
from store.core.listing import Page
from store.customers import member_search
from store.customers.customers import Customer
from store.customers.members import Member
from store.tenants import business_days
from store.tiers.tiers import KINDS, Tier, TierRecord

_SORTS = {"started_at": TierRecord.id}  # records are written in the order of their times, but for seconds


@dataclass(frozen=True)
class RecordFilter:
    """Which records are listed. `tier` is a part of a tier's name, `search` a card number, phone or whole name.

    `since` and `until` are business days of the beginning, both included. `active` and `by_hand` are None for both.
    `shop_ids` are the shops that the caller sees, None for all.
    """

    tier: str = ""
    search: str = ""
    kind: str | None = None
    active: bool | None = None
    by_hand: bool | None = None
    since: date | None = None
    until: date | None = None
    shop_ids: frozenset[int] | None = None


def list_page(criteria: RecordFilter, page: Page) -> tuple[list[TierRecord], int]:
    """Return a page of records with tier, member and customer, and how many there are.

    Raises DomainError(invalid) for an unknown kind or sort.
    """
    return listing.read_page(
        _filter(TierRecord.select(), criteria), page, sorts=_SORTS, default="-started_at", id_field=TierRecord.id,
        rows=_with_owner(),
    )  # fmt: skip


def count_records(criteria: RecordFilter) -> int:
    """Return the number of records. Raises DomainError(invalid)."""
    return int(_filter(TierRecord.select(), criteria).count())


def iterate_records(criteria: RecordFilter) -> Iterator[TierRecord]:
    """Yield all records, the latest first, and read them in batches. Raises DomainError(invalid)."""
    yield from listing.iterate_rows(_filter(_with_owner(), criteria), id_field=TierRecord.id)


def _with_owner() -> Any:
    query = TierRecord.select(TierRecord, Tier, Member, Customer)
    return query.join(Tier).switch(TierRecord).join(Member).join(Customer)


def _filter(query: Any, criteria: RecordFilter) -> Any:
    for condition in _list_conditions(criteria):
        query = query.where(condition)
    return query


def _list_conditions(criteria: RecordFilter) -> Iterator[Any]:
    if criteria.tier:
        yield TierRecord.tier.in_(Tier.select(Tier.id).where(Tier.name.contains(criteria.tier)))
    yield from member_search.list_conditions(
        TierRecord.member, search=criteria.search, shop_ids=criteria.shop_ids
    )
    if criteria.kind is not None:
        if criteria.kind not in KINDS:
            raise errors.invalid("kind", "没有这种等级类型")
        yield TierRecord.kind == criteria.kind
    if criteria.active is not None:
        yield TierRecord.ended_at.is_null(criteria.active)
    if criteria.by_hand is not None:
        yield TierRecord.operator.is_null(not criteria.by_hand)
    if criteria.since is not None:
        yield TierRecord.started_at >= business_days.start_of(criteria.since)
    if criteria.until is not None:
        yield TierRecord.started_at < business_days.end_of(criteria.until)
