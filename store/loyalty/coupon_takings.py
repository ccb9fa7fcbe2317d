"""A coupon's taking (券抵扣): how much it takes off each line of a basket, one coupon after the other.

Goods go before amounts, amounts before percentages, and vouchers, which pay what is left, come last.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from store.loyalty import coupon_reasons
from store.loyalty.coupon_baskets import Basket, split
from store.loyalty.coupon_reasons import Card
from store.loyalty.coupon_terms import AmountOff, Exchange, PercentOff, Voucher

RANK = {"exchange": 0, "amount_off": 1, "percent_off": 2, "voucher": 3}


@dataclass(frozen=True)
class Taken:
    """What one coupon takes: `parts` in the order of the basket's lines; `pays` for a voucher."""

    card: Card
    parts: tuple[int, ...]

    @property
    def fen(self) -> int:
        return sum(self.parts)

    @property
    def pays(self) -> bool:
        return isinstance(self.card.terms.benefit, Voucher)


class Left:
    """What is left on each line while coupons are taken: fen, and units that no exchange has used."""

    def __init__(self, basket: Basket) -> None:
        self.basket = basket
        self.fen = [line.total_fen for line in basket.lines]
        self.units = [line.quantity for line in basket.lines]

    def copy(self) -> "Left":
        other = object.__new__(Left)
        other.basket, other.fen, other.units = self.basket, self.fen.copy(), self.units.copy()
        return other

    @property
    def total_fen(self) -> int:
        return sum(self.fen)

    def take(self, card: Card, places: Sequence[int]) -> list[int]:
        """Take a coupon off the lines at `places`; returns its part of each line of the basket."""
        benefit, parts = card.terms.benefit, [0] * len(self.fen)
        if isinstance(benefit, Exchange):
            self._exchange(benefit, places, parts)
        else:
            weights = [self.fen[place] for place in places]
            amount = _amount(benefit, sum(weights))
            for place, part in zip(places, split(amount, weights), strict=True):
                parts[place] = part
        self.fen = [fen - part for fen, part in zip(self.fen, parts, strict=True)]
        return parts

    def _exchange(self, benefit: Exchange, places: Sequence[int], parts: list[int]) -> None:
        lines, missing = self.basket.lines, benefit.quantity
        for place in sorted(places, key=lambda at: -(lines[at].total_fen // lines[at].quantity)):
            units, (price, rest) = (
                min(missing, self.units[place]),
                divmod(lines[place].total_fen, lines[place].quantity),
            )
            off = units * max(price - benefit.price_fen, 0)
            if off and units == self.units[place]:
                off += rest  # the fen that the price of a unit leaves over go with the last one
            parts[place] = min(off, self.fen[place])
            if parts[place]:
                self.units[place] -= units
                missing -= units


def take_all(basket: Basket, cards: Sequence[Card]) -> tuple[Taken, ...]:
    """Take coupons off a basket in the order given."""
    left = Left(basket)
    return tuple(
        Taken(card, tuple(left.take(card, coupon_reasons.eligible(card.terms, basket)))) for card in cards
    )


def rank(card: Card) -> int:
    """Where a coupon's kind stands in the order of taking."""
    benefit = card.terms.benefit
    return RANK[benefit.kind]


def _amount(benefit: AmountOff | PercentOff | Voucher, total_fen: int) -> int:
    if isinstance(benefit, PercentOff):
        return min(total_fen * benefit.percent // 100, benefit.most_fen or total_fen)
    return min(benefit.off_fen if isinstance(benefit, AmountOff) else benefit.worth_fen, total_fen)
