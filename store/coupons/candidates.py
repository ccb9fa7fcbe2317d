"""Candidate groups (同类券): the interchangeable coupons of one rule for a basket, the first to end first."""

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
    """Return the groups of these coupons in canonical order.

    The order ignores codes: coupons are drawn anew each time, and the discount must not depend on that.
    """
    by_rule: dict[str, list[CouponSnapshot]] = {}
    for card in sorted(coupons, key=lambda card: (card.ends_at, card.code)):
        by_rule.setdefault(card.rule, []).append(card)
    groups = [_build_group(basket, rule, same) for rule, same in by_rule.items()]
    return sorted(groups, key=sort_key)


def sort_key(group: CandidateGroup) -> tuple:
    """Return the canonical order of groups: by kind, then fewer lines, then the larger discount."""
    first = group.coupons[0]
    return group.application_order, len(group.line_indexes), -group.standalone_fen, first.ends_at, group.rule


def commute(group: CandidateGroup, other: CandidateGroup) -> bool:
    """Return whether the order of two groups changes nothing but rounding.

    Groups of different kinds commute, because kinds have their order anyway.
    """
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
