"""Accrual (积分计算): what a purchase earns and why. Pure: no database access.

Quotes ask what a purchase would earn; `order_accrual` posts what it earned.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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

    `categories` holds the product's categories and product groups. `earning_fen` is what earns points and `spend_fen`
    what is received, where the channel knows them by line; None is computed from the payments.
    """

    line: Code
    product: Code
    quantity: Annotated[int, Field(strict=True, ge=1, le=1_000_000)]
    paid_fen: Fen
    freight_fen: Fen = 0
    categories: Codes = frozenset()
    earning_fen: Fen | None = None
    spend_fen: Fen | None = None
    gift: Annotated[bool, Field(strict=True)] = False

    @property
    def earns_nothing(self) -> bool:
        """Return whether the channel says that no rule counts this line, by amount or by quantity."""
        return self.gift or self.earning_fen == 0


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
    """Calculate the entries of an order by line and group.

    `rules` are those active on its day. A rule is applied to the sum of its lines and rounded down once. Its points
    are split over the lines by largest remainder, so ten lines of 0.90 yuan earn 9 points at one point a yuan.
    """
    amounts = eligible_amounts(lines, payments)
    found: list[tuple[int, int, AccrualLine]] = []
    for rule, places in _lines_by_rule(lines, buyer, rules).items():
        covered = [lines[place] for place in places]
        base, measures = _apply_rule(rule, covered, amounts)
        proposals = [
            base,
            *(_apply_multiplier(base, one) for one in multipliers if _applies(one, rule, buyer, day)),
        ]
        for step, total in enumerate(proposals):
            values = money.split(total.value, measures)
            found += [
                (place, step, _line_share(total, lines[place].line, value, alone=len(places) == 1))
                for place, value in zip(places, values, strict=True)
                if value > 0
            ]
    found.sort(key=lambda row: (row[0], row[2].rule.group_id, row[1]))
    return [proposal for _, _, proposal in found]


def _lines_by_rule(
    lines: Sequence[OrderLine], buyer: BuyerContext, rules: Sequence[PointRule]
) -> dict[PointRule, list[int]]:
    """Return the places of the lines that each rule covers; of a group the most specific rule covers a line."""
    by_id: dict[int, tuple[PointRule, list[int]]] = {}
    groups = sorted({rule.group_id for rule in rules})
    for place, line in enumerate(lines):
        if line.earns_nothing:
            continue
        fitting = [rule for rule in rules if _matches(rule, line, buyer)]
        for group_id in groups:
            rule = most_specific(rule for rule in fitting if rule.group_id == group_id)
            if rule is not None:
                by_id.setdefault(rule.id, (rule, []))[1].append(place)
    return dict(by_id.values())


def eligible_amounts(lines: Sequence[OrderLine], payments: Sequence[Payment]) -> dict[str, int]:
    """Return the earning amount of each line: paid, less the share of methods that do not earn, less freight.

    The share is proportional to what was paid for a line, by largest remainder.
    """
    total = sum(line.paid_fen for line in lines)
    if total != sum(payment.amount_fen for payment in payments):
        raise errors.invalid("payments", "各项支付之和应等于各商品实付之和")
    barren = sum(payment.amount_fen for payment in payments if not payment.earns)
    shares = money.split(barren, [line.paid_fen for line in lines])
    computed = [
        max(line.paid_fen - share - line.freight_fen, 0) for line, share in zip(lines, shares, strict=True)
    ]
    return {
        line.line: amount if line.earning_fen is None else line.earning_fen
        for line, amount in zip(lines, computed, strict=True)
    }


def _matches(rule: PointRule, line: OrderLine, buyer: BuyerContext) -> bool:
    return (
        rule.product in (None, line.product)
        and (rule.category is None or rule.category in line.categories)
        and (rule.shop_group is None or rule.shop_group in buyer.shop_groups)
        and rule.tier in (None, buyer.tier)
    )


def _apply_rule(
    rule: PointRule, lines: Sequence[OrderLine], amounts: Mapping[str, int]
) -> tuple[AccrualLine, list[int]]:
    """Return what a rule gives for all its lines, and the measure of each line by which it is split.

    A rule by quantity passes over lines that earn nothing.
    """
    if rule.basis == "amount":
        measures = [amounts[line.line] for line in lines]
        what, rate = f"计积分金额 {money.yuan(sum(measures))} 元", f"每 {money.yuan(rule.per_units)} 元"
    else:
        measures = [line.quantity if amounts[line.line] else 0 for line in lines]
        what, rate = f"{sum(measures)} 件", f"每 {rule.per_units} 件"
    value = sum(measures) * rule.points // rule.per_units
    because = f"{rule.name}：{what}，{rate} {rule.points} 分，得 {value} 分"
    return AccrualLine("", "transaction", value, rule, None, because), measures


def _apply_multiplier(base: AccrualLine, multiplier: PointMultiplier) -> AccrualLine:
    """Return what a multiplier adds to what the rule gave; multipliers do not multiply one another."""
    value = base.value * (multiplier.percent - 100) // 100
    because = f"{multiplier.name}：{base.value} 分的 {multiplier.percent}%，多得 {value} 分"
    return AccrualLine("", "promotion", value, base.rule, multiplier, because)


def _line_share(total: AccrualLine, line: str, value: int, *, alone: bool) -> AccrualLine:
    explanation = total.explanation if alone else f"{total.explanation}，本行 {value} 分"
    return replace(total, line=line, value=value, explanation=explanation)


def _applies(multiplier: PointMultiplier, rule: PointRule, buyer: BuyerContext, day: date) -> bool:
    return multiplier.group_id == rule.group_id and _applies_on(multiplier, buyer, day)


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
