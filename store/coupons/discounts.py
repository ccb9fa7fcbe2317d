"""Coupon discounts (券抵扣): how much a coupon takes off each line, one coupon after the other.

Exchanges come first, then amounts, then percentages; vouchers, which pay what remains, come last.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from store.core import money
from store.coupons import eligibility
from store.coupons.basket import Basket
from store.coupons.eligibility import CouponSnapshot
from store.coupons.terms import AmountOff, Exchange, PercentOff, Voucher

APPLICATION_ORDER = {"exchange": 0, "amount_off": 1, "percent_off": 2, "voucher": 3}


@dataclass(frozen=True)
class AppliedCoupon:
    """The discount of one coupon: `amounts_by_line` per basket line; `is_payment` for a voucher."""

    coupon: CouponSnapshot
    amounts_by_line: tuple[int, ...]

    @property
    def amount_fen(self) -> int:
        return sum(self.amounts_by_line)

    @property
    def is_payment(self) -> bool:
        return isinstance(self.coupon.terms.benefit, Voucher)


class RemainingAmounts:
    """What remains on each line while coupons are applied: fen, and units without an exchange."""

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
        """Apply a coupon to the lines at `line_indexes` and return its amount per basket line."""
        benefit, parts = coupon.terms.benefit, [0] * len(self.fen_by_line)
        if isinstance(benefit, Exchange):
            self._apply_exchange(benefit, line_indexes, parts)
        else:
            weights = [self.fen_by_line[place] for place in line_indexes]
            amount = _benefit_amount(benefit, sum(weights))
            for place, part in zip(line_indexes, money.split(amount, weights), strict=True):
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
    """Apply coupons to a basket in the order given."""
    left = RemainingAmounts(basket)
    return tuple(
        AppliedCoupon(card, tuple(left.apply(card, eligibility.eligible_lines(card.terms, basket))))
        for card in coupons
    )


def application_order(coupon: CouponSnapshot) -> int:
    """Return the order in which a coupon's kind is applied."""
    benefit = coupon.terms.benefit
    return APPLICATION_ORDER[benefit.kind]


def _benefit_amount(benefit: AmountOff | PercentOff | Voucher, total_fen: int) -> int:
    if isinstance(benefit, PercentOff):
        return min(money.percent_off(total_fen, benefit.percent), benefit.max_fen or total_fen)
    return min(benefit.off_fen if isinstance(benefit, AmountOff) else benefit.worth_fen, total_fen)
