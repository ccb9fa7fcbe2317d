"""Accrual (积分计算): what a purchase earns and why. Pure: no database access.

Quotes ask what a purchase would earn; `order_accrual` posts what it earned.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import ConfigDict, Field, with_config

from store.core import errors, money
from store.points.rules import PointMultiplier, PointRule, most_specific

# What a message may say; who counts a purchase of our own need not ask.
Code = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,64}$")]
Fen = Annotated[int, Field(strict=True, ge=0, le=10_000_000_000)]
Codes = Annotated[frozenset[Code], Field(max_length=200)]
STRICT = ConfigDict(extra="forbid")


@with_config(STRICT)
@dataclass(frozen=True)
class OrderLine:
    """`paid_fen` is what was paid for the line by all methods, its share of the freight included.

    `categories` holds the product's categories and product groups.
    """

    line: Code
    product: Code
    quantity: Annotated[int, Field(strict=True, ge=1, le=1_000_000)]
    paid_fen: Fen
    freight_fen: Fen = 0
    categories: Codes = frozenset()


@with_config(STRICT)
@dataclass(frozen=True)
class Payment:
    """What one method paid of the order; some methods, such as points or vouchers, earn nothing."""

    method: Code
    amount_fen: Fen
    earns: Annotated[bool, Field(strict=True)] = True


@dataclass(frozen=True)
class BuyerContext:
    """What the rules need about member and shop; `birthday` is (month, day)."""

    tier: str | None = None
    birthday: tuple[int, int] | None = None
    shop_groups: frozenset[str] = frozenset()


@dataclass(frozen=True)
class AccrualLine:
    """One entry that a line earns; `explanation` says why."""

    line: str
    kind: str
    value: int
    rule: PointRule
    multiplier: PointMultiplier | None
    explanation: str


def calculate(
    *,
    lines: Sequence[OrderLine],
    payments: Sequence[Payment],
    buyer: BuyerContext,
    rules: Sequence[PointRule],
    multipliers: Sequence[PointMultiplier],
    day: date,
) -> list[AccrualLine]:
    """Calculate the entries of an order by line and group. `rules` are those active on its day."""
    amounts = eligible_amounts(lines, payments)
    groups = sorted({rule.group_id for rule in rules})
    found: list[AccrualLine] = []
    for line in lines:
        fitting = [rule for rule in rules if _matches(rule, line, buyer)]
        for group_id in groups:
            rule = most_specific(rule for rule in fitting if rule.group_id == group_id)
            if rule is not None:
                base = _base_line(line, amounts[line.line], rule)
                found += [base, *_apply_multipliers(base, multipliers, buyer, day)]
    return [proposal for proposal in found if proposal.value > 0]


def eligible_amounts(lines: Sequence[OrderLine], payments: Sequence[Payment]) -> dict[str, int]:
    """Return the earning amount of each line: paid, less the share of methods that do not earn, less freight.

    The share is proportional to what was paid for a line; the last line takes the rounding.
    """
    total = sum(line.paid_fen for line in lines)
    if total != sum(payment.amount_fen for payment in payments):
        raise errors.invalid("payments", "各项支付之和应等于各商品实付之和")
    barren = sum(payment.amount_fen for payment in payments if not payment.earns)
    amounts, paid, shared = {}, 0, 0
    for line in lines:
        paid += line.paid_fen
        share = barren * paid // total - shared if total else 0
        shared += share
        amounts[line.line] = max(line.paid_fen - share - line.freight_fen, 0)
    return amounts


def _matches(rule: PointRule, line: OrderLine, buyer: BuyerContext) -> bool:
    return (
        rule.product in (None, line.product)
        and (rule.category is None or rule.category in line.categories)
        and (rule.shop_group is None or rule.shop_group in buyer.shop_groups)
        and rule.tier in (None, buyer.tier)
    )


def _base_line(line: OrderLine, amount_fen: int, rule: PointRule) -> AccrualLine:
    if rule.basis == "amount":
        value, what = amount_fen * rule.points // rule.per_units, f"计积分金额 {money.yuan(amount_fen)} 元"
        rate = f"每 {money.yuan(rule.per_units)} 元 {rule.points} 分"
    else:
        value, what = line.quantity * rule.points // rule.per_units, f"{line.quantity} 件"
        rate = f"每 {rule.per_units} 件 {rule.points} 分"
    because = f"{rule.name}：{what}，{rate}，得 {value} 分"
    return AccrualLine(line.line, "transaction", value, rule, None, because)


def _apply_multipliers(
    base: AccrualLine, multipliers: Sequence[PointMultiplier], buyer: BuyerContext, day: date
) -> Iterator[AccrualLine]:
    """Add each multiplier to what the rule gave; multipliers do not multiply one another."""
    for multiplier in multipliers:
        if multiplier.group_id == base.rule.group_id and _applies_on(multiplier, buyer, day):
            value = base.value * (multiplier.percent - 100) // 100
            because = f"{multiplier.name}：{base.value} 分的 {multiplier.percent}%，多得 {value} 分"
            yield AccrualLine(base.line, "promotion", value, base.rule, multiplier, because)


def _applies_on(multiplier: PointMultiplier, buyer: BuyerContext, day: date) -> bool:
    """Return whether the occasion applies; the period was checked when the multipliers were read."""
    month, month_day = buyer.birthday or (0, 0)
    if (month, month_day) == (2, 29) and not _is_leap_year(day.year):
        month_day = 28  # in other years they celebrate on the last day of February
    return {
        "birthday_day": (month, month_day) == (day.month, day.day),
        "birthday_month": month == day.month,
        "period": True,
        "tier": multiplier.tier == buyer.tier,
    }[multiplier.occasion]


def _is_leap_year(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
