"""Members whose tier is above their plastic card (待升级会员)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from peewee import fn

from store.core import listing
from store.core.listing import Page
from store.customers import member_search
from store.customers.customers import Customer
from store.customers.members import Member
from store.physical_cards import kinds
from store.physical_cards.cards import PhysicalCard
from store.physical_cards.kinds import PhysicalCardKind
from store.tiers.tiers import Tier, TierRecord

_SORTS = {"issued_at": PhysicalCard.issued_at}
_REACHED = Tier.alias()


@dataclass(frozen=True)
class UpgradeFilter:
    """Which cards are listed. `search` is a card number, phone or whole name.

    `shop_ids` are the shops that the caller sees, None for all.
    """

    search: str = ""
    shop_ids: frozenset[int] | None = None


def list_page(criteria: UpgradeFilter, page: Page) -> tuple[list[PhysicalCard], int]:
    """Return a page of cards that are below the tier of their members, and how many there are.

    Raises DomainError(invalid) for another sort.
    """
    return listing.read_page(
        _select(criteria), page, sorts=_SORTS, default="-issued_at", id_field=PhysicalCard.id
    )


def iterate_cards(criteria: UpgradeFilter) -> Iterator[PhysicalCard]:
    """Yield all cards that are below the tier of their members, the latest first."""
    return listing.iterate_rows(_select(criteria), id_field=PhysicalCard.id)


def count_cards(criteria: UpgradeFilter) -> int:
    """Return the number of cards that are below the tier of their members."""
    return int(_select(criteria).count())


def find_due(member: Member) -> PhysicalCardKind | None:
    """Return the kind that the member's plastic card should be exchanged for, or None."""
    mine = _select(UpgradeFilter()).where(PhysicalCard.member == member.id).exists()
    return kinds.find_best(member) if mine else None


def _select(criteria: UpgradeFilter) -> Any:
    """Return the query of active cards of which an active kind between the card's tier and the member's exists."""
    better, tier = PhysicalCardKind.alias(), Tier.alias()
    reachable = (
        better.select(better.id).join(tier, on=(better.tier == tier.id))
        .where(better.is_active, tier.programme == _REACHED.programme, tier.rank > Tier.rank,
               tier.rank <= _REACHED.rank)
    )  # fmt: skip
    active = (TierRecord.member == Member.id) & TierRecord.ended_at.is_null()
    query = (
        PhysicalCard.select(PhysicalCard, PhysicalCardKind, Tier, Member, Customer, TierRecord, _REACHED)
        .join(PhysicalCardKind).join(Tier)
        .switch(PhysicalCard).join(Member).join(Customer)
        .switch(Member).join(TierRecord, on=active, attr="tier_record")
        .join(_REACHED, on=(TierRecord.tier == _REACHED.id), attr="reached")
        .where(PhysicalCard.state == "active", Member.status != "closed", fn.EXISTS(reachable))
    )  # fmt: skip
    conditions = member_search.list_conditions(
        PhysicalCard.member, search=criteria.search.strip(), shop_ids=criteria.shop_ids
    )
    for condition in conditions:
        query = query.where(condition)
    return query
