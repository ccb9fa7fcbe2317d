"""A set of coupons (用券组合): which coupons may be used together, which set takes the most, and in what order.

Kinds follow each other as `coupon_takings` says. Within a kind the order is the one that takes the most, found
from the coupons and the basket alone: what a set takes when it is quoted it takes when it is held.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from store.loyalty import coupon_piles, coupon_takings
from store.loyalty.coupon_baskets import Basket
from store.loyalty.coupon_piles import Pile
from store.loyalty.coupon_reasons import Card, Reason
from store.loyalty.coupon_takings import Left, Taken

MOST_TRIES = 150  # branches looked at before the best so far is taken
MOST_PILES = 100  # rules whose coupons are compared, the worthiest first


def best(basket: Basket, cards: Sequence[Card]) -> tuple[tuple[Taken, ...], bool]:
    """The set that takes the most of coupons that apply, and whether it is proven that none takes more.

    Of equal sets it is the one with fewer coupons; of equal coupons the one that ends first. Proven up
    to what rounding moves, which is less than a fen a line and coupon.
    """
    piles = coupon_piles.of(basket, cards)
    worthiest = set(sorted(piles, key=lambda pile: -pile.alone)[:MOST_PILES])
    search = _Search([pile for pile in piles if pile in worthiest])
    search.walk(_Branch(Left(basket)), search.piles, frozenset(), ())
    taken = _without_waste(basket, in_order(basket, _cards(search.best)), search.piles)
    return taken, search.proven and len(piles) <= MOST_PILES and _sum(taken) >= search.best_fen


def in_order(basket: Basket, cards: Sequence[Card]) -> tuple[Taken, ...]:
    """What exactly these coupons take, in the order in which they take the most; they may be used together."""
    piles = coupon_piles.of(basket, cards)
    plain = tuple(pile for pile in piles for _ in pile.cards)
    if all(coupon_piles.may_swap(one, other) for one in piles for other in piles):
        return coupon_takings.take_all(basket, _cards(plain))
    search = _Search(piles, all_of_them=True)
    search.best, search.best_fen = plain, _sum(coupon_takings.take_all(basket, _cards(plain)))
    search.walk(_Branch(Left(basket)), piles, frozenset(), plain)
    return coupon_takings.take_all(basket, _cards(search.best))


def conflict(card: Card, cards: Sequence[Card]) -> Reason | None:
    """Why a coupon of a set cannot be used together with the others in it; None when it can."""
    same = sum(other.rule == card.rule for other in cards)
    if same > card.terms.stacking.per_order:
        return Reason("per_order", f"每单限用 {card.terms.stacking.per_order} 张")
    for other in cards:
        if other.rule != card.rule and not (_allows(card, other) and _allows(other, card)):
            return Reason("stacking", f"不能与「{other.terms.name}」同时使用")
    return None


@dataclass(slots=True)
class _Branch:
    """What is taken so far: coupons of these piles, in this order."""

    left: Left
    piles: tuple[Pile, ...] = ()
    fen: int = 0

    def and_one(self, pile: Pile) -> "_Branch":
        left = self.left.copy()
        return _Branch(left, (*self.piles, pile), self.fen + sum(left.take(pile.cards[0], pile.places)))

    def more_of(self, pile: Pile) -> int:
        return len(pile.cards) - self.piles.count(pile)


class _Search:
    """The search for the best set and order: the promising branch first, hopeless ones cut.

    Of coupons that may change places only one order is looked at: what was tried and put aside is asleep
    until something is taken that it cannot change places with.
    """

    def __init__(self, piles: list[Pile], *, all_of_them: bool = False) -> None:
        self.piles, self.all_of_them = piles, all_of_them
        self.tries, self.proven = 0, True
        self.best: tuple[Pile, ...] = ()
        self.best_fen = 0
        self._friends: dict[tuple[str, str], bool] = {}
        self._swaps: dict[tuple[str, str], bool] = {}

    def walk(
        self, so_far: _Branch, others: list[Pile], asleep: frozenset[Pile], owed: tuple[Pile, ...]
    ) -> None:
        """Go on with some of the others; those that are owed have to be among them."""
        if not owed and so_far.fen > self.best_fen:
            self.best_fen, self.best = so_far.fen, so_far.piles
        if so_far.fen + sum(pile.alone * so_far.more_of(pile) for pile in others) <= self.best_fen:
            return
        after = {pile: so_far.and_one(pile) for pile in others}
        others = [pile for pile in others if self.all_of_them or after[pile].fen > so_far.fen]
        hopes = {pile: (after[pile].fen - so_far.fen) * so_far.more_of(pile) for pile in others}
        for pile in [pile for pile in others if pile not in asleep]:
            if self._is_hopeless(so_far, sum(hopes.values()), pile, owed) or self._is_tired():
                return
            later = [other for other in others if other.rank >= pile.rank]
            friends = [other for other in later if self._may_join(other, pile, after[pile])]
            still = frozenset(other for other in asleep if self._may_swap(other, pile))
            self.walk(after[pile], friends, still, _less(owed, pile))
            asleep |= {pile}
            wakes = any(other not in asleep and not self._may_swap(other, pile) for other in later)
            if not wakes:
                del hopes[pile]
            if pile.rank and all(self._go_together(other, pile) for other in later):
                if not wakes:
                    return  # it stands in nobody's way, so without it nothing gets better
                owed = owed if pile in owed else (*owed, pile)

    def _is_hopeless(self, so_far: _Branch, hope: int, pile: Pile, owed: tuple[Pile, ...]) -> bool:
        """Nothing better can follow, or nothing that is owed."""
        too_late = any(one.rank < pile.rank for one in owed)
        return too_late or so_far.fen + min(hope, so_far.left.total_fen) <= self.best_fen

    def _is_tired(self) -> bool:
        self.tries += 1
        self.proven = self.proven and self.tries <= MOST_TRIES
        return self.tries > MOST_TRIES

    def _may_join(self, other: Pile, pile: Pile, branch: _Branch) -> bool:
        return branch.more_of(pile) > 0 if other is pile else self._go_together(other, pile)

    def _go_together(self, one: Pile, other: Pile) -> bool:
        if self.all_of_them or one is other:
            return True
        key = (one.rule, other.rule)
        if key not in self._friends:
            cards = one.cards[0], other.cards[0]
            self._friends[key] = _allows(*cards) and _allows(*reversed(cards))
        return self._friends[key]

    def _may_swap(self, one: Pile, other: Pile) -> bool:
        key = (one.rule, other.rule)
        if key not in self._swaps:
            self._swaps[key] = coupon_piles.may_swap(one, other)
        return self._swaps[key]


def _without_waste(basket: Basket, taken: tuple[Taken, ...], piles: Sequence[Pile]) -> tuple[Taken, ...]:
    """The set without the coupons that change nothing in it, those that last longest spared first."""
    places = {pile.rule: pile.places for pile in piles}
    kept, fen = [one.card for one in taken], _sum(taken)
    for card in sorted(kept, key=lambda card: card.ends_at, reverse=True):
        fewer, left = [other for other in kept if other is not card], Left(basket)
        for other in fewer:
            left.take(other, places[other.rule])
        if basket.total_fen - left.total_fen >= fen:
            kept = fewer
    return taken if len(kept) == len(taken) else _without_waste(basket, in_order(basket, kept), piles)


def _cards(piles: Iterable[Pile]) -> list[Card]:
    """The coupons that a branch takes: of each pile the first to end first."""
    piles = tuple(piles)
    return [pile.cards[piles[:place].count(pile)] for place, pile in enumerate(piles)]


def _allows(card: Card, other: Card) -> bool:
    stacking = card.terms.stacking
    return stacking.others == "any" or (stacking.others == "chosen" and other.rule in stacking.rules)


def _sum(taken: Iterable[Taken]) -> int:
    return sum(one.fen for one in taken)


def _less(owed: tuple[Pile, ...], pile: Pile) -> tuple[Pile, ...]:
    """What is still owed when one of a pile is taken."""
    if pile not in owed:
        return owed
    place = owed.index(pile)
    return (*owed[:place], *owed[place + 1 :])
