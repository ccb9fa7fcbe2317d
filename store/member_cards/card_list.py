"""The list of pack cards for staff, what the platforms reject, and trying a card again."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import peewee

from store.core import errors, listing, numbers
from store.core.database import db
from store.core.listing import Page
from store.customers import identities, member_scope, phones
from store.customers.customers import Customer
from store.customers.members import Member
from store.member_cards import pack_cards
from store.member_cards.pack_cards import PackCard
from store.member_cards.pack_templates import PackTemplate
from store.member_cards.templates import CardTemplate
from store.tenants import audit


@dataclass(frozen=True)
class CardFilter:
    """`search` is a whole card number, code or phone. `problem` selects what waits for staff."""

    search: str = ""
    platform: str | None = None
    state: str | None = None
    problem: bool | None = None
    shop_ids: Collection[int] | None = None


def list_page(criteria: CardFilter, page: Page) -> tuple[list[PackCard], int]:
    """Return a page of cards with their members and templates, and the number of all."""
    sorts = {"state_at": PackCard.state_at, "created_at": PackCard.created_at}
    return listing.read_page(_select(criteria), page, sorts=sorts, default="-state_at", id_field=PackCard.id)


def count_problems(shop_ids: Collection[int] | None) -> int:
    """Return how many cards the platforms have rejected or not answered about."""
    return int(_select(CardFilter(problem=True, shop_ids=shop_ids)).count())


def get(reference: str, *, shop_ids: Collection[int] | None) -> PackCard:
    """Return a card of these shops' members. Raises DomainError(not_found)."""
    found = _select(CardFilter(shop_ids=shop_ids)).where(PackCard.reference == reference).first()
    if found is None:
        raise errors.not_found("该卡包会员卡")
    return found


@db.transactional
def retry(*, reference: str) -> PackCard:
    """Push a card again that the platform has rejected. Idempotent. Raises DomainError(not_found, card_state)."""
    found = pack_cards.find_by_reference(reference)
    if found is None:
        raise errors.not_found("该卡包会员卡")
    row = pack_cards.lock(found.id)
    if row.state not in (*pack_cards.IN_PLATFORM, "got"):
        raise errors.DomainError(
            "card_state", pack_cards.REASONS.get(row.state, "会员卡不能更新"), 409, state=row.state
        )
    if row.problem or row.due_at is None:
        pack_cards.mark_due(row)
        audit.record("pack_cards.retry", f"pack_card:{row.reference}")
    return row


def _select(criteria: CardFilter) -> "peewee.ModelSelect[PackCard]":
    query: Any = (
        PackCard.select(PackCard, Member, Customer, PackTemplate, CardTemplate)
        .join(Member, peewee.JOIN.LEFT_OUTER)
        .join(Customer, peewee.JOIN.LEFT_OUTER)
        .switch(PackCard)
        .join(PackTemplate)
        .join(CardTemplate)
        .where(PackCard.state != "offered")
    )
    if criteria.search:
        query = query.where(_matches(criteria.search))
    for name in ("platform", "state"):
        if getattr(criteria, name):
            query = query.where(getattr(PackCard, name) == getattr(criteria, name))
    if criteria.problem is not None:
        query = query.where((PackCard.problem != "") if criteria.problem else (PackCard.problem == ""))
    if criteria.shop_ids is not None:
        query = query.where(member_scope.shop_of_member().in_(sorted(criteria.shop_ids)))
    return query


def _matches(search: str) -> peewee.Expression:
    number = numbers.normalize(search.strip())
    found = (Member.card_number == number) | (PackCard.code == search.strip())
    phone = phones.find_normalized(search)
    holder = identities.find_by_phone(phone) if phone is not None else None
    return found | (Member.customer == holder.id) if holder is not None else found
