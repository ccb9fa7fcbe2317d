"""The sales reports equal sums over the rows of orders, in all shops and in one, by source, period and rank."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import pytest
import time_machine

from store.catalog import categories
from store.core.errors import DomainError
from store.core.listing import Page
from store.customers.members import Member
from store.insight import rankings, report_days, sales_lines, sales_report
from store.insight.sales_orders import SalesCriteria
from store.orders import returns
from store.orders.requests import ReturnLine, ReturnRequest
from store.orders.tables import Order, OrderLine
from store.shops.shops import Shop
from store.tenants import business_days
from tests.support import coupon_fixtures
from tests.support.coupon_fixtures import error_code_of
from tests.support.order_fixtures import create_shop, issue_coupon, line, pay_cash, place
from tests.support.query_plans import captured_statements, list_scans
from tests.support.shop_order_fixtures import offer_all, pay, publish_sku, submit

SINCE, UNTIL = date(2026, 10, 1), date(2026, 11, 28)
PERIOD = SalesCriteria(since=SINCE, until=UNTIL)
MOMENTS = [
    f"2026-{day}+08:00" for day in ("10-31T23:59:59", "11-01T00:00:00", "11-02T00:00:00", "11-28T23:59:59")
]
BY = ("amount", "units", "orders")


@pytest.fixture
def now(acme: str, verify_afterwards: None) -> Iterator[Any]:
    with time_machine.travel("2026-10-30T12:00:00+08:00", tick=False) as moved:
        yield moved


@pytest.fixture
def shops(now: Any) -> list[Shop]:
    found = [create_shop(code) for code in ("S1", "S2")]
    offer_all(found[0], zones=[{"up_to_metres": 5_000, "fee_fen": 700}])
    return found


@pytest.fixture
def people(shops: list[Shop]) -> list[Member]:
    return [coupon_fixtures.create_member(number) for number in (1, 2)]


@pytest.fixture
def traded(shops: list[Shop], people: list[Member], now: Any) -> None:
    """At each moment a discounted sale of the till, half of it back, a delivery with freight, and one unpaid."""
    milk = publish_sku(shops[0], "milk", stock=100)
    for number, moment in enumerate(MOMENTS):
        now.move_to(datetime.fromisoformat(moment))
        coupon = issue_coupon(people[0])
        sold = place(
            shops[0], line(5_000, 2), line(300, 3, product="cup"), member=people[0],
            coupon_codes=frozenset({coupon.code}),
        )  # fmt: skip
        give_back(pay_cash(sold), units=1)
        pay_cash(place(shops[1], line(333, 7, product="tea"), member=people[1], source="miniprogram"))
        pay(submit(shops[0], people[1], (milk, number + 1), kind="delivery"))
        place(shops[1], line(99_999))


def give_back(order: Order, **part: Any) -> None:
    returns.give_back(
        request=ReturnRequest(
            number=f"R{order.number}",
            order_number=order.number,
            lines=(ReturnLine("1", **part),),
            reason="退货",
        )
    )


def list_counted() -> Iterator[tuple[Order, date, int]]:
    """The orders that count, with their days and signs, read one by one."""
    for order in Order.select():
        if order.direction == "return":
            yield order, business_days.day_of(order.completed_at), -1
        elif order.state in ("paid", "completed"):
            yield order, business_days.day_of(order.paid_at), 1


def sum_order(order: Order, sign: int) -> Counter[str]:
    units = sum(row.quantity for row in order.lines if not row.is_freight)
    return Counter({
        "orders": 1, "units": sign * units, "discount_fen": sign * order.discount_fen,
        "freight_fen": sign * order.freight_fen, "total_fen": sign * order.total_fen,
    })  # fmt: skip


def to_dict(sums: sales_report.SalesSum) -> dict[str, int]:
    return {name: value for name, value in vars(sums).items() if value}


def only(counter: Counter[str]) -> dict[str, int]:
    return {name: value for name, value in counter.items() if value}


def test_i3_sums_by_shop_source_and_direction_are_those_of_the_orders(traded, shops):
    for shop in (None, *shops):
        expected: dict[Any, Counter[str]] = defaultdict(Counter)
        for order, _, sign in list_counted():
            if shop is None or order.shop_id == shop.id:
                key = (order.shop.code, order.source, order.direction)
                expected[key].update(sum_order(order, sign))
        scope = frozenset({shop.id}) if shop else None
        found = sales_report.summarize(SalesCriteria(since=SINCE, until=UNTIL, shop_ids=scope))
        assert {(row.shop_code, row.source, row.direction): to_dict(row.sums) for row in found} == {
            key: only(value) for key, value in expected.items()
        }
    total = sales_report.sum_all(row.sums for row in sales_report.summarize(PERIOD))
    assert (total.orders, total.units, total.freight_fen) == (16, 4 * (2 + 3 - 1 + 7) + 10, 4 * 700)
    assert total.goods_fen + total.freight_fen == total.total_fen


def test_i3_periods_are_those_of_the_orders_and_have_no_gaps(traded):
    for period, count in (("day", 59), ("week", 9), ("month", 2)):
        found = sales_report.read_periods(PERIOD, period)
        assert (found[0].first, found[-1].last, len(found)) == (SINCE, UNTIL, count)
        assert all((row.first - before.last).days == 1 for before, row in pairwise(found))
        for row in found:
            expected: dict[str, Counter[str]] = {"sale": Counter(), "return": Counter()}
            for order, day, sign in list_counted():
                if row.first <= day <= row.last:
                    expected[order.direction].update(sum_order(order, sign))
            assert to_dict(row.sales) == only(expected["sale"]), row.first
            assert to_dict(row.returns) == only(expected["return"]), row.first


def test_i3_goods_are_ranked_by_what_the_lines_sum_to(traded):
    expected: dict[str, Counter[str]] = defaultdict(Counter)
    for order, _, sign in list_counted():
        for row in order.lines:
            if not row.is_freight:
                expected[row.product].update(
                    units=sign * row.quantity, amount=sign * row.goods_fen, orders=max(sign, 0)
                )
    for by in BY:
        found = rankings.rank_goods(PERIOD, by=by)
        assert {row.product: (row.orders, row.units, row.amount_fen) for row in found} == {
            product: (sums["orders"], sums["units"], sums["amount"]) for product, sums in expected.items()
        }
        ranked = [expected[row.product][by] for row in found]
        assert ranked == sorted(ranked, reverse=True)
    assert {row.product: row.name for row in found}["tea"] == "商品tea"
    assert error_code_of(lambda: rankings.rank_goods(PERIOD, limit=9)) == "invalid"
    categories.create_category(code="DRINK", name="其他")
    assert [row.product for row in rankings.rank_goods(PERIOD, category="DRINKS")] == ["P-milk"]
    assert rankings.rank_goods(PERIOD, category="DRINK") == []
    assert error_code_of(lambda: rankings.rank_goods(PERIOD, category="none")) == "not_found"


def test_i3_members_are_ranked_by_spend_less_returns(traded):
    expected: dict[int, Counter[str]] = defaultdict(Counter)
    for order, _, sign in list_counted():
        units = sum_order(order, sign)["units"]
        expected[order.member_id].update(orders=max(sign, 0), units=units, amount=sign * order.spend_fen)
    for by in BY:
        found = rankings.rank_members(PERIOD, by=by)
        assert {row.member.id: (row.orders, row.units, row.amount_fen) for row in found} == {
            member_id: (sums["orders"], sums["units"], sums["amount"]) for member_id, sums in expected.items()
        }
        ranked = [expected[row.member.id][by] for row in found]
        assert ranked == sorted(ranked, reverse=True)
    assert error_code_of(lambda: rankings.rank_members(PERIOD, limit=101)) == "invalid"


def test_i3_lines_sum_to_the_report(traded, shops):
    rows = list(sales_lines.iterate_lines(PERIOD))
    listed, total = sales_lines.list_page(PERIOD, Page(size=100))
    assert (len(rows), total) == (len(listed), sales_lines.count_lines(PERIOD))
    signs = {"sale": 1, "return": -1}
    whole = sales_report.sum_all(row.sums for row in sales_report.summarize(PERIOD))
    assert sum(signs[row.order.direction] * row.goods_fen for row in rows) == whole.total_fen


def test_a_number_finds_the_sale_with_its_returns_in_any_month(traded):
    back = Order.select().where(Order.direction == "return").order_by(Order.id).first()
    sold = back.original
    for text in (sold.number, f" {sold.number} "):
        rows = sales_report.summarize(SalesCriteria(search=text))
        assert [(row.direction, row.sums.orders) for row in rows] == [("sale", 1), ("return", 1)]
        assert sales_lines.count_lines(SalesCriteria(search=text)) == 3
    (row,) = sales_report.summarize(SalesCriteria(search=back.return_number))
    assert (row.direction, row.sums.total_fen) == ("return", -back.total_fen)
    assert sales_report.summarize(SalesCriteria(search="nothing")) == []


def test_days_are_checked_and_this_month_is_the_default(traded):
    november = SalesCriteria(since=date(2026, 11, 1), until=UNTIL)
    assert sales_report.summarize(SalesCriteria()) == sales_report.summarize(november)
    for since, until in ((UNTIL, SINCE), (date(1800, 1, 1), UNTIL)):
        with pytest.raises(DomainError):
            sales_report.summarize(SalesCriteria(since=since, until=until))
    far = SalesCriteria(since=date(2026, 1, 1), until=date(2026, 12, 31))
    assert error_code_of(lambda: sales_report.read_periods(far, "day")) == "invalid"
    assert len(sales_report.read_periods(far, "month")) == 12


def test_months_and_weeks_end_where_the_calendar_says():
    days = (date(2027, 12, 30), date(2028, 3, 1))
    months = report_days.list_periods(*days, "month")
    assert [last for _, last in months] == [date(2027, 12, 31), date(2028, 1, 31), date(2028, 2, 29), days[1]]
    weeks = report_days.list_periods(*days, "week")
    assert {last.isoweekday() for _, last in weeks[:-1]} == {7}


def test_reports_read_the_orders_of_their_days_by_an_index(shops, server_url):
    if server_url is not None:
        pytest.skip("the plans of SQLite are compared")
    tables = {Order._meta.table_name, OrderLine._meta.table_name}
    with captured_statements() as statements:
        sales_report.summarize(PERIOD)
        sales_report.read_periods(PERIOD, "week")
        rankings.rank_goods(PERIOD)
        rankings.rank_members(PERIOD)
        sales_lines.count_lines(PERIOD)
        before = list(statements)
        Order.select().where(Order.remark == "x").count()
    assert list_scans(before, growing=tables) == []
    assert len(list_scans(statements, growing=tables)) == 1  # the control
