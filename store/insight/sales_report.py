"""Sales (销售汇总, 销售量统计): orders, units and amounts of sales and returns, by shop and source, and by period."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any

from peewee import SQL, fn

from store.insight import report_days, sales_orders
from store.insight.report_days import Period
from store.insight.sales_orders import SIGNS, Direction, SalesCriteria
from store.orders.tables import Order, OrderLine
from store.pricing.price import FREIGHT_LINE
from store.shops import shops
from store.tenants import business_days

_AMOUNTS = (fn.SUM(Order.discount_fen), fn.SUM(Order.freight_fen), fn.SUM(Order.total_fen))
_NO_FREIGHT = OrderLine.line != FREIGHT_LINE


@dataclass(frozen=True)
class SalesSum:
    """What orders sum to. Units and amounts of returns are negative; `total_fen` is goods with freight.

    A return by amount has no units. Gifts are units.
    """

    orders: int = 0
    units: int = 0
    discount_fen: int = 0
    freight_fen: int = 0
    total_fen: int = 0

    @property
    def goods_fen(self) -> int:
        """Return the amount of the goods after discounts."""
        return self.total_fen - self.freight_fen

    def __add__(self, other: "SalesSum") -> "SalesSum":
        return SalesSum(*(mine + theirs for mine, theirs in zip(self._values, other._values, strict=True)))

    @property
    def _values(self) -> tuple[int, ...]:
        return self.orders, self.units, self.discount_fen, self.freight_fen, self.total_fen


@dataclass(frozen=True)
class SourceSum:
    """The sales or the returns of a shop that came from a source."""

    shop_code: str
    shop: str
    source: str
    direction: Direction
    sums: SalesSum


@dataclass(frozen=True)
class PeriodSum:
    """The sales and the returns of a period, both days included."""

    first: date
    last: date
    sales: SalesSum
    returns: SalesSum


def summarize(criteria: SalesCriteria) -> list[SourceSum]:
    """Return the sums by shop, source and direction. Raises DomainError(invalid)."""
    sums = {
        (*place, direction): found
        for direction in SIGNS
        for place, found in _sum_by_place(criteria, direction).items()
    }
    names = shops.find_by_ids(sorted({shop_id for shop_id, _, _ in sums}))
    rows = [
        SourceSum(names[shop_id].code, names[shop_id].name, source, direction, found)
        for (shop_id, source, direction), found in sums.items()
    ]
    return sorted(rows, key=lambda row: (row.shop_code, row.source, row.direction == "return"))


def sum_all(sums: Iterable[SalesSum]) -> SalesSum:
    """Return the sum of sums."""
    return sum(sums, SalesSum())


def read_periods(criteria: SalesCriteria, period: Period = "day") -> list[PeriodSum]:
    """Return the sums of each period between the days, also of those without orders. Raises DomainError(invalid)."""
    first, last = report_days.resolve(criteria.since, criteria.until)
    periods = report_days.list_periods(first, last, period)
    sales, returns = (_sum_by_period(criteria, direction, periods) for direction in SIGNS)
    return [PeriodSum(*days, sales[place], returns[place]) for place, days in enumerate(periods)]


def _sum_by_place(criteria: SalesCriteria, direction: Direction) -> dict[tuple[int, str], SalesSum]:
    """Return the sums by shop id and source: of the orders themselves, and of the units on their lines."""
    place, wanted = (Order.shop, Order.source), sales_orders.list_conditions(criteria, direction)
    rows: Any = Order.select(*place, fn.COUNT(SQL("1")), *_AMOUNTS).where(*wanted).group_by(*place)
    lines: Any = OrderLine.select(*place, fn.SUM(OrderLine.quantity)).join(Order).where(_NO_FREIGHT, *wanted)
    units = {(shop_id, source): total for shop_id, source, total in lines.group_by(*place).tuples()}
    return {
        (shop_id, source): _to_sum(direction, count, units.get((shop_id, source)), amounts)
        for shop_id, source, count, *amounts in rows.tuples()
    }


def _sum_by_period(
    criteria: SalesCriteria, direction: Direction, periods: list[tuple[date, date]]
) -> list[SalesSum]:
    wanted = sales_orders.list_conditions(criteria, direction)
    moment, lines = sales_orders.counted_at(direction), OrderLine.select().join(Order).where(_NO_FREIGHT)
    amounts = _read_by_period(Order.select().where(*wanted), (fn.COUNT(SQL("1")), *_AMOUNTS), moment, periods)
    units = _read_by_period(lines.where(*wanted), (fn.SUM(OrderLine.quantity),), moment, periods)
    return [
        _to_sum(direction, amounts[place][0], units[place][0], amounts[place][1:])
        for place in range(len(periods))
    ]


def _read_by_period(
    query: Any, columns: Iterable[Any], moment: Any, periods: list[tuple[date, date]]
) -> list[tuple[Any, ...]]:
    """Return the columns of a query for each period: one search of the index for each."""
    parts = [
        query.select(SQL(str(place)), *columns).where(
            moment >= business_days.start_of(first), moment < business_days.end_of(last)
        )
        for place, (first, last) in enumerate(periods)
    ]
    rows = reduce(lambda whole, part: whole.union_all(part), parts).tuples()
    found = {place: tuple(values) for place, *values in rows}
    return [found[place] for place in range(len(periods))]


def _to_sum(direction: Direction, count: Any, units: Any, amounts: Iterable[Any]) -> SalesSum:
    sign = SIGNS[direction]
    return SalesSum(int(count or 0), *(sign * int(value or 0) for value in (units, *amounts)))
