"""A pile (同类券): the coupons of one rule for a basket; one is as good as another, the first to end goes first."""

from collections.abc import Sequence
from dataclasses import dataclass

from store.loyalty import coupon_reasons, coupon_takings
from store.loyalty.coupon_baskets import Basket
from store.loyalty.coupon_reasons import Card
from store.loyalty.coupon_takings import Left
from store.loyalty.coupon_terms import Exchange, PercentOff


@dataclass(eq=False, kw_only=True)
class Pile:
    """`cards` are no more than one order may use, `places` the lines that they lower.

    `alone` is what one takes off the whole basket, and `capped` whether that is all that it ever takes.
    """

    rule: str
    cards: list[Card]
    rank: int
    places: list[int]
    alone: int
    capped: bool


def of(basket: Basket, cards: Sequence[Card]) -> list[Pile]:
    """The piles of these coupons: by kind, then those with fewer lines to choose from, then the worthiest.

    This order asks for no code: coupons are drawn anew each time, and what they take must not be.
    """
    by_rule: dict[str, list[Card]] = {}
    for card in sorted(cards, key=lambda card: (card.ends_at, card.code)):
        by_rule.setdefault(card.rule, []).append(card)
    piles = [_pile(basket, rule, same) for rule, same in by_rule.items()]
    return sorted(piles, key=lambda pile: (
        pile.rank, len(pile.places), -pile.alone, pile.cards[0].ends_at, pile.rule
    ))  # fmt: skip


def may_swap(one: Pile, other: Pile) -> bool:
    """Whether which of two takes first changes nothing but rounding; kinds have their order anyway."""
    if one is other or one.rank != other.rank or set(one.places).isdisjoint(other.places):
        return True
    benefit = one.cards[0].terms.benefit
    if isinstance(benefit, PercentOff):
        return not one.capped and not other.capped
    return not isinstance(benefit, Exchange) and one.places == other.places


def _pile(basket: Basket, rule: str, cards: list[Card]) -> Pile:
    terms = cards[0].terms
    places = coupon_reasons.eligible(terms, basket)
    alone = sum(Left(basket).take(cards[0], places))
    return Pile(
        rule=rule,
        cards=cards[: terms.stacking.per_order],
        rank=coupon_takings.rank(cards[0]),
        places=places,
        alone=alone,
        capped=isinstance(terms.benefit, PercentOff) and alone == terms.benefit.most_fen,
    )
