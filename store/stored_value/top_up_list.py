"""The list of top-ups for staff (充值记录): by member, state, kind of payment, shop and day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from store.core import errors, listing
from store.core.listing import Page
from store.customers import member_scope, person_search
from store.customers.members import Member
from store.stored_value.top_ups import TRANSITIONS, TopUp
from store.tenants import business_days

_SORTS = {"requested_at": TopUp.requested_at, "principal_fen": TopUp.principal_fen}


@dataclass(frozen=True)
class TopUpCriteria:
    """Which top-ups are listed. `search` is a number of the top-up or payment, or a whole card number or phone.

    `since` and `until` are business days, both included. `shop_ids` are the shops that the caller sees, None for all:
    top-ups there, and those of members who belong to them.
    """

    search: str = ""
    state: str | None = None
    kind: str | None = None
    shop_id: int | None = None
    since: date | None = None
    until: date | None = None
    shop_ids: frozenset[int] | None = None


def list_page(criteria: TopUpCriteria, page: Page) -> tuple[list[TopUp], int]:
    """Return a page of top-ups with their members, the latest first, and how many there are.

    Raises DomainError(invalid).
    """
    return listing.read_page(
        _filter(TopUp.select(), criteria), page, sorts=_SORTS, default="-requested_at", id_field=TopUp.id,
        rows=_with_member(),
    )  # fmt: skip


def count_top_ups(criteria: TopUpCriteria) -> int:
    """Return the number of top-ups. Raises DomainError(invalid)."""
    return int(_filter(TopUp.select(), criteria).count())


def iterate_top_ups(criteria: TopUpCriteria) -> Iterator[TopUp]:
    """Yield all top-ups, the latest first, and read them in batches. Raises DomainError(invalid)."""
    yield from listing.iterate_rows(_filter(_with_member(), criteria), id_field=TopUp.id)


def is_within(top_up: TopUp, shop_ids: frozenset[int] | None) -> bool:
    """Return whether staff of shops see a top-up: it was made there, or its member belongs to them."""
    if shop_ids is None:
        return True
    member = Member.get_by_id(top_up.member_id)
    return top_up.shop_id in shop_ids or member_scope.find_shop_id(member) in shop_ids


def _with_member() -> Any:
    """Return the query of top-ups with their members."""
    return TopUp.select(TopUp, Member).join(Member)


def _filter(query: Any, criteria: TopUpCriteria) -> Any:
    for condition in _list_conditions(criteria):
        query = query.where(condition)
    return query


def _list_conditions(criteria: TopUpCriteria) -> Iterator[Any]:
    if criteria.state is not None and criteria.state not in TRANSITIONS:
        raise errors.invalid("state", "不认识的充值状态")
    if criteria.search.strip():
        yield _matches(criteria.search.strip())
    for column, value in (
        (TopUp.state, criteria.state), (TopUp.kind, criteria.kind), (TopUp.shop_id, criteria.shop_id),
    ):  # fmt: skip
        if value is not None:
            yield column == value
    if criteria.since is not None:
        yield TopUp.requested_at >= business_days.start_of(criteria.since)
    if criteria.until is not None:
        yield TopUp.requested_at < business_days.end_of(criteria.until)
    if criteria.shop_ids is not None:
        here = TopUp.shop_id.in_(sorted(criteria.shop_ids))
        yield here | TopUp.member.in_(member_scope.select_member_ids(criteria.shop_ids))


def _matches(text: str) -> Any:
    customer = person_search.find_customer(text)
    if customer is not None:
        return TopUp.member.in_(Member.select(Member.id).where(Member.customer == customer.id))
    return (TopUp.number == text) | (TopUp.attempt_number == text)
