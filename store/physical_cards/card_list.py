"""The list of plastic cards for staff (实体卡): searched by number or member, filtered by kind, state and time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from peewee import JOIN

from store.core import errors, listing, numbers
from store.core.listing import Page
from store.customers import member_scope, person_search
from store.customers.customers import Customer
from store.customers.members import Member
from store.physical_cards import kinds
from store.physical_cards.cards import TRANSITIONS, PhysicalCard
from store.physical_cards.kinds import PhysicalCardKind
from store.tenants import business_days

_SORTS = {"created_at": PhysicalCard.id, "issued_at": PhysicalCard.issued_at}


@dataclass(frozen=True)
class CardFilter:
    """Which cards are listed. `search` is the number of a plastic card, or a member's whole card number or phone.

    `since` and `until` are business days of the issue, both included. `shop_ids` are the shops that the caller sees,
    None for all: an account of some shops sees no card of the stock.
    """

    search: str = ""
    kind: str | None = None
    state: str | None = None
    since: date | None = None
    until: date | None = None
    shop_ids: frozenset[int] | None = None


def list_page(criteria: CardFilter, page: Page) -> tuple[list[PhysicalCard], int]:
    """Return a page of cards, the latest first, and how many there are. Raises DomainError(invalid, not_found)."""
    return listing.read_page(
        _select(criteria), page, sorts=_SORTS, default="-created_at", id_field=PhysicalCard.id
    )


def iterate_cards(criteria: CardFilter) -> Iterator[PhysicalCard]:
    """Yield all cards, the latest first."""
    return listing.iterate_rows(_select(criteria), id_field=PhysicalCard.id)


def count_cards(criteria: CardFilter) -> int:
    """Return the number of cards."""
    return int(_select(criteria).count())


def _select(criteria: CardFilter) -> Any:
    query = PhysicalCard.select(PhysicalCard, PhysicalCardKind, Member, Customer).join(PhysicalCardKind)
    query = query.switch(PhysicalCard).join(Member, JOIN.LEFT_OUTER).join(Customer, JOIN.LEFT_OUTER)
    for condition in _list_conditions(criteria):
        query = query.where(condition)
    return query


def _list_conditions(criteria: CardFilter) -> Iterator[Any]:
    if criteria.state is not None and criteria.state not in TRANSITIONS:
        raise errors.invalid("state", "不认识的卡状态")
    text = criteria.search.strip()
    if text:
        exact, owner = PhysicalCard.number == numbers.normalize(text), person_search.find_customer(text)
        yield exact if owner is None else exact | (Member.customer == owner.id)
    if criteria.kind is not None:
        yield PhysicalCard.kind == kinds.get_by_code(criteria.kind).id
    if criteria.state is not None:
        yield PhysicalCard.state == criteria.state
    if criteria.since is not None:
        yield PhysicalCard.issued_at >= business_days.start_of(criteria.since)
    if criteria.until is not None:
        yield PhysicalCard.issued_at < business_days.end_of(criteria.until)
    if criteria.shop_ids is not None:
        yield member_scope.shop_of_member().in_(sorted(criteria.shop_ids))
