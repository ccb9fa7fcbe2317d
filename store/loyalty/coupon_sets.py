"""A set of coupons (用券组合): which coupons may be used together, and which set takes the most."""

from collections.abc import Sequence

from store.loyalty import coupon_reasons, coupon_takings
from store.loyalty.coupon_baskets import Basket
from store.loyalty.coupon_reasons import Card, Reason
from store.loyalty.coupon_takings import Left

MOST_TRIES = 150  # branches looked at before the best set so far is taken


def best(basket: Basket, cards: Sequence[Card]) -> tuple[list[Card], bool]:
    """The set that takes the most of coupons that apply, and whether it is proven that none takes more.

    Of equal sets it is the one with fewer coupons; of equal coupons the one that ends first. Proven up
    to what rounding moves, which is less than a fen a line and coupon.
    """
    search = _Search(basket, cards)
    search.walk([], 0, Left(basket), search.cards)
    return _without_waste(basket, search.best), search.proven


def conflict(card: Card, cards: Sequence[Card]) -> Reason | None:
    """Why a coupon of a set cannot be used together with the others in it; None when it can."""
    same = sum(other.rule == card.rule for other in cards)
    if same > card.terms.stacking.per_order:
        return Reason("per_order", f"每单限用 {card.terms.stacking.per_order} 张")
    for other in cards:
        if other.rule != card.rule and not (_allows(card, other) and _allows(other, card)):
            return Reason("stacking", f"不能与「{other.terms.name}」同时使用")
    return None


class _Search:
    """The search for the best set: each coupon in or out, the promising branch first, hopeless ones cut."""

    def __init__(self, basket: Basket, cards: Sequence[Card]) -> None:
        self.basket = basket
        self.places = {card.code: coupon_reasons.eligible(card.terms, basket) for card in cards}
        self.alone = {card.code: sum(Left(basket).take(card, self.places[card.code])) for card in cards}
        first_end = {card.rule: min(c.ends_at for c in cards if c.rule == card.rule) for card in cards}
        self.cards = sorted(
            (card for card in cards if self.alone[card.code]),
            key=lambda card: (
                coupon_takings.rank(card), -self.alone[card.code], first_end[card.rule], card.rule, card.ends_at
            ),
        )  # fmt: skip
        self.tries, self.proven = 0, True
        self.best_fen = 0
        self.best: list[Card] = []

    def walk(self, chosen: list[Card], fen: int, left: Left, others: list[Card]) -> None:
        if fen > self.best_fen:
            self.best_fen, self.best = fen, chosen
        hope, previous = sum(self.alone[card.code] for card in others), None
        for place, card in enumerate(others):
            if fen + hope <= self.best_fen or self.best_fen == self.basket.total_fen:
                return
            hope -= self.alone[card.code]
            if card.rule == previous:
                continue  # one of a rule is as good as another, and the first is the one that ends first
            previous = card.rule
            if self._is_tired():
                return
            later = others[place + 1 :]
            friends = [other for other in later if _go_together(card, other, chosen)]
            after = left.copy()
            won = sum(after.take(card, self.places[card.code]))
            self.walk([*chosen, card], fen + won, after, friends)
            if coupon_takings.rank(card)[0] and not _strangers(card, later, friends):
                return  # it stands in nobody's way, so without it nothing gets better

    def _is_tired(self) -> bool:
        self.tries += 1
        self.proven = self.proven and self.tries <= MOST_TRIES
        return self.tries > MOST_TRIES


def _without_waste(basket: Basket, chosen: list[Card]) -> list[Card]:
    """The set without the coupons that change nothing in it, those that last longest spared first."""
    kept, fen = list(chosen), _sum(basket, chosen)
    for card in sorted(chosen, key=lambda card: card.ends_at, reverse=True):
        fewer = [other for other in kept if other is not card]
        if _sum(basket, fewer) == fen:
            kept = fewer
    return kept


def _sum(basket: Basket, cards: Sequence[Card]) -> int:
    return sum(taken.fen for taken in coupon_takings.take_all(basket, cards))


def _go_together(card: Card, other: Card, chosen: Sequence[Card]) -> bool:
    """Whether `other` may join a basket in which `chosen` and `card` are."""
    if card.rule == other.rule:
        return 1 + sum(one.rule == card.rule for one in chosen) < card.terms.stacking.per_order
    return _allows(card, other) and _allows(other, card)


def _allows(card: Card, other: Card) -> bool:
    stacking = card.terms.stacking
    return stacking.others == "any" or (stacking.others == "chosen" and other.rule in stacking.rules)


def _strangers(card: Card, others: Sequence[Card], friends: Sequence[Card]) -> bool:
    """Whether a coupon of another rule is kept out by this one."""
    count = sum(other.rule != card.rule for other in others)
    return count != sum(other.rule != card.rule for other in friends)
