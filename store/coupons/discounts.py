"""A coupon's taking (券抵扣): how much it takes off each line of a basket, one coupon after the other.

Goods go before amounts, amounts before percentages, and vouchers, which pay what is left, come last.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from store.coupons import eligibility
from store.coupons.basket import Basket, split_proportionally
from store.coupons.eligibility import CouponSnapshot
from store.coupons.terms import AmountOff, Exchange, PercentOff, Voucher

APPLICATION_ORDER = {"exchange": 0, "amount_off": 1, "percent_off": 2, "voucher": 3}


@dataclass(frozen=True)
class AppliedCoupon:
    """What one coupon takes: `amounts_by_line` in the order of the basket's lines; `is_payment` for a voucher."""

    coupon: CouponSnapshot
    amounts_by_line: tuple[int, ...]

    @property
    def amount_fen(self) -> int:
        return sum(self.amounts_by_line)

    @property
    def is_payment(self) -> bool:
        return isinstance(self.coupon.terms.benefit, Voucher)


class RemainingAmounts:
    """What is left on each line while coupons are taken: fen, and units that no exchange has used."""

    def __init__(self, basket: Basket) -> None:
        self.basket = basket
        self.fen_by_line = [line.total_fen for line in basket.lines]
        self.units_by_line = [line.quantity for line in basket.lines]

    def copy(self) -> "RemainingAmounts":
        other = object.__new__(RemainingAmounts)
        other.basket, other.fen_by_line, other.units_by_line = (
            self.basket,
            self.fen_by_line.copy(),
            self.units_by_line.copy(),
        )
        return other

    @property
    def total_fen(self) -> int:
        return sum(self.fen_by_line)

    def apply(self, coupon: CouponSnapshot, line_indexes: Sequence[int]) -> list[int]:
        """Take a coupon off the lines at `places`; returns its part of each line of the basket."""
        benefit, parts = coupon.terms.benefit, [0] * len(self.fen_by_line)
        if isinstance(benefit, Exchange):
            self._apply_exchange(benefit, line_indexes, parts)
        else:
            weights = [self.fen_by_line[place] for place in line_indexes]
            amount = _benefit_amount(benefit, sum(weights))
            for place, part in zip(line_indexes, split_proportionally(amount, weights), strict=True):
                parts[place] = part
        self.fen_by_line = [fen - part for fen, part in zip(self.fen_by_line, parts, strict=True)]
        return parts

    def _apply_exchange(self, benefit: Exchange, line_indexes: Sequence[int], amounts: list[int]) -> None:
        lines, missing = self.basket.lines, benefit.quantity
        for place in sorted(line_indexes, key=lambda at: -(lines[at].total_fen // lines[at].quantity)):
            units, (price, rest) = (
                min(missing, self.units_by_line[place]),
                divmod(lines[place].total_fen, lines[place].quantity),
            )
            off = units * max(price - benefit.price_fen, 0)
            if off and units == self.units_by_line[place]:
                off += rest  # the fen that the price of a unit leaves over go with the last one
            amounts[place] = min(off, self.fen_by_line[place])
            if amounts[place]:
                self.units_by_line[place] -= units
                missing -= units


def apply_all(basket: Basket, coupons: Sequence[CouponSnapshot]) -> tuple[AppliedCoupon, ...]:
    """Take coupons off a basket in the order given."""
    left = RemainingAmounts(basket)
    return tuple(
        AppliedCoupon(card, tuple(left.apply(card, eligibility.eligible_lines(card.terms, basket))))
        for card in coupons
    )


def application_order(coupon: CouponSnapshot) -> int:
    """Where a coupon's kind stands in the order of taking."""
    benefit = coupon.terms.benefit
    return APPLICATION_ORDER[benefit.kind]


def _benefit_amount(benefit: AmountOff | PercentOff | Voucher, total_fen: int) -> int:
    if isinstance(benefit, PercentOff):
        return min(total_fen * benefit.percent // 100, benefit.max_fen or total_fen)
    return min(benefit.off_fen if isinstance(benefit, AmountOff) else benefit.worth_fen, total_fen)
