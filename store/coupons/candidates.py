"""Candidate groups (同类券): the coupons of one rule for a basket, which are interchangeable.

Of a group the coupon that expires first is used first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from store.coupons import discounts, eligibility
from store.coupons.basket import Basket
from store.coupons.discounts import RemainingAmounts
from store.coupons.eligibility import CouponSnapshot
from store.coupons.terms import Exchange, PercentOff


@dataclass(eq=False, kw_only=True)
class CandidateGroup:
    """`coupons` are at most as many as one order may use. `line_indexes` are the lines they discount.

    `standalone_fen` is the discount of one coupon on the whole basket. `is_capped` tells whether it never exceeds
    that.
    """

    rule: str
    coupons: list[CouponSnapshot]
    application_order: int
    line_indexes: list[int]
    standalone_fen: int
    is_capped: bool


def group_coupons(basket: Basket, coupons: Sequence[CouponSnapshot]) -> list[CandidateGroup]:
    """Return the candidate groups by kind, number of eligible lines and standalone discount.

    The order does not depend on the coupons' codes, which are random, so that the result is reproducible.
    """
    by_rule: dict[str, list[CouponSnapshot]] = {}
    for card in sorted(coupons, key=lambda card: (card.ends_at, card.code)):
        by_rule.setdefault(card.rule, []).append(card)
    groups = [_build_group(basket, rule, same) for rule, same in by_rule.items()]
    return sorted(groups, key=lambda group: (
        group.application_order, len(group.line_indexes), -group.standalone_fen, group.coupons[0].ends_at, group.rule
    ))  # fmt: skip


def commute(group: CandidateGroup, other: CandidateGroup) -> bool:
    """Return whether the order of two groups changes nothing but rounding. Different kinds have a fixed order."""
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
