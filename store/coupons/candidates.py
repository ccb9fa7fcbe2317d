"""A pile (同类券): the coupons of one rule for a basket; one is as good as another, the first to end goes first."""

from collections.abc import Sequence
from dataclasses import dataclass

from store.coupons import discounts, eligibility
from store.coupons.basket import Basket
from store.coupons.discounts import RemainingAmounts
from store.coupons.eligibility import CouponSnapshot
from store.coupons.terms import Exchange, PercentOff


@dataclass(eq=False, kw_only=True)
class CandidateGroup:
    """`coupons` are no more than one order may use, `line_indexes` the lines that they lower.

    `standalone_fen` is what one takes off the whole basket, and `is_capped` whether that is all that it ever takes.
    """

    rule: str
    coupons: list[CouponSnapshot]
    application_order: int
    line_indexes: list[int]
    standalone_fen: int
    is_capped: bool


def group_coupons(basket: Basket, coupons: Sequence[CouponSnapshot]) -> list[CandidateGroup]:
    """The piles of these coupons: by kind, then those with fewer lines to choose from, then the worthiest.

    This order asks for no code: coupons are drawn anew each time, and what they take must not be.
    """
    by_rule: dict[str, list[CouponSnapshot]] = {}
    for card in sorted(coupons, key=lambda card: (card.ends_at, card.code)):
        by_rule.setdefault(card.rule, []).append(card)
    piles = [_build_group(basket, rule, same) for rule, same in by_rule.items()]
    return sorted(piles, key=lambda pile: (
        pile.application_order, len(pile.line_indexes), -pile.standalone_fen, pile.coupons[0].ends_at, pile.rule
    ))  # fmt: skip


def commute(group: CandidateGroup, other: CandidateGroup) -> bool:
    """Whether which of two takes first changes nothing but rounding; kinds have their order anyway."""
    if (
        group is other
        or group.application_order != other.application_order
        or set(group.line_indexes).isdisjoint(other.line_indexes)
    ):
        return True
    benefit = group.coupons[0].terms.benefit
    if isinstance(benefit, PercentOff):
        return not group.is_capped and not other.is_capped
    return not isinstance(benefit, Exchange) and group.line_indexes == other.line_indexes


def _build_group(basket: Basket, rule: str, coupons: list[CouponSnapshot]) -> CandidateGroup:
    terms = coupons[0].terms
    places = eligibility.eligible_lines(terms, basket)
    alone = sum(RemainingAmounts(basket).apply(coupons[0], places))
    return CandidateGroup(
        rule=rule,
        coupons=coupons[: terms.stacking.per_order],
        application_order=discounts.application_order(coupons[0]),
        line_indexes=places,
        standalone_fen=alone,
        is_capped=isinstance(terms.benefit, PercentOff) and alone == terms.benefit.max_fen,
    )
