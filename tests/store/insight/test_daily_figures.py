"""The figures of a day equal what the tables hold for that day, to the fen, in all shops and in one."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any

import pytest
import time_machine

from store.check_ins import check_ins
from store.check_ins.check_ins import CheckIn
from store.coupons.coupons import Coupon
from store.coupons.redemption_records import CouponRedemption
from store.customers import followers
from store.customers.followers import Follow
from store.customers.members import Member
from store.insight import daily_figures, waiting_work
from store.membership import registration
from store.orders import returns
from store.orders.requests import ReturnLine, ReturnRequest
from store.orders.tables import Order
from store.payments import refunds
from store.payments.attempts import PaymentAttempt
from store.payments.refunds import Refund
from store.shops.shops import Shop
from store.tenants import business_days, channels
from tests.support.order_fixtures import (
    create_shop,
    issue_coupon,
    line,
    pay_cash,
    place,
    settle,
    start_attempt,
)
from tests.support.query_plans import GROWING, captured_statements, list_scans

Fact = tuple[str, datetime, int | None, int]
TODAY = date(2026, 11, 28)
DAYS = (TODAY, TODAY - timedelta(days=1), TODAY - timedelta(days=7), TODAY - timedelta(days=3))
# The first and the last second of each day in China.
MOMENTS = [f"{day}T{clock}+08:00" for day in DAYS for clock in ("00:00:00", "23:59:59")]
OF_A_DAY = {
    "followers": 2, "members": 4, "check_ins": 2, "sales_count": 4, "sales_fen": 2 * (9_500 + 333),
    "returns_fen": 2 * 4_750, "received_fen": 2 * (9_500 + 333), "refunded_fen": 2 * 4_750, "coupons_issued": 4,
    "coupons_used": 2, "coupons_fen": 2 * 500,
}  # fmt: skip


@pytest.fixture
def now(acme: str, verify_afterwards: None) -> Iterator[Any]:
    with time_machine.travel("2026-11-01T12:00:00+08:00", tick=False) as moved:
        yield moved


@pytest.fixture
def shops(now: Any) -> list[Shop]:
    return [create_shop(code) for code in ("S1", "S2")]


def trade(number: int, first: Shop, second: Shop) -> None:
    """In the first shop a member uses a coupon and gives half back; in the second a customer pays cash."""
    channel = channels.get_by_key("acme-mp")
    followers.follow(channel=channel, openid=f"o{number}", shop_id=first.id)
    mei = registration.register_at_desk(phone=f"1390000{number:04}", shop_id=first.id)
    wang = registration.register_at_desk(phone=f"1380000{number:04}", shop_id=second.id)
    check_ins.check_in(customer=mei.customer, source="h5")
    coupon = issue_coupon(mei)
    issue_coupon(wang)
    order = place(first, line(5_000, 2), member=mei, coupon_codes=frozenset({coupon.code}))
    attempt = start_attempt(order, order.number)
    settle(attempt, "succeeded")
    pay_cash(place(second, line(333)))
    place(second, line(777))  # it stays unpaid
    request = ReturnRequest(
        number="R1", order_number=order.number, lines=(ReturnLine("1", units=1),), reason="退货"
    )
    returns.give_back(request=request)
    (asked,) = refunds.list_for_attempt(attempt)
    refunds.record_result(number=asked.number, outcome="succeeded")


def list_people() -> Iterator[Fact]:
    """Who came: the figure, its moment and shop, and what the row adds."""
    for follow in Follow.select():
        customer = follow.customer
        yield "followers", follow.followed_at, customer.managing_shop_id or customer.first_shop_id, 1
    for member in Member.select().where(Member.joined_at.is_null(False)):
        yield "members", member.joined_at, shop_of(member), 1
    for row in CheckIn.select():
        yield "check_ins", business_days.start_of(row.day), shop_of(row.member), 1


def list_sales() -> Iterator[Fact]:
    for order in Order.select():
        if order.direction == "return":
            yield "returns_fen", order.completed_at, order.shop_id, order.total_fen
        elif order.state in ("paid", "completed"):
            yield "sales_count", order.paid_at, order.shop_id, 1
            yield "sales_fen", order.paid_at, order.shop_id, order.total_fen
    for attempt in PaymentAttempt.select().where(PaymentAttempt.state == "succeeded"):
        yield "received_fen", attempt.paid_at, attempt.shop_id, attempt.paid_fen
    for refund in Refund.select().where(Refund.state == "succeeded"):
        yield "refunded_fen", refund.done_at, refund.attempt.shop_id, refund.amount_fen


def list_coupons() -> Iterator[Fact]:
    ids = {shop.code: shop.id for shop in Shop.select()}
    for coupon in Coupon.select():
        yield "coupons_issued", coupon.received_at, shop_of(coupon.received_by), 1
    for use in CouponRedemption.select().where(CouponRedemption.state == "used"):
        yield "coupons_used", use.used_at, ids[use.shop_code], 1
        yield "coupons_fen", use.used_at, ids[use.shop_code], use.value_fen


def shop_of(member: Member) -> int | None:
    return member.customer.managing_shop_id or member.shop_id


def sum_rows(shop: Shop | None) -> dict[date, Counter[str]]:
    """The same figures, added up row by row."""
    found: dict[date, Counter[str]] = defaultdict(Counter)
    for key, moment, shop_id, value in chain(list_people(), list_sales(), list_coupons()):
        if shop is None or shop.id == shop_id:
            found[business_days.day_of(moment)][key] += value
    return found


def read(shop: Shop | None = None, **options: Any) -> dict[str, dict[date, int]]:
    scope = frozenset({shop.id}) if shop else None
    found = daily_figures.read_days(DAYS, shop_ids=scope, **options)
    return {figure.key: values for figure, values in found.items()}


def test_figures_are_the_sums_of_the_rows_of_each_day(shops, now):
    for number, moment in enumerate(sorted(MOMENTS)):
        now.move_to(datetime.fromisoformat(moment))
        trade(number, *shops)
    for shop in (None, *shops):
        summed, found = sum_rows(shop), read(shop)
        assert set(found) == set(OF_A_DAY)
        for key, values in found.items():
            assert values == {day: summed[day][key] for day in DAYS}, (key, shop)
    assert {key: values[TODAY] for key, values in read().items()} == OF_A_DAY


def test_a_day_without_anything_has_zeros_and_a_right_shows_its_figures_only(shops):
    empty = daily_figures.read_days([TODAY - timedelta(days=2)], rights={"payments.read"})
    assert {figure.key: list(values.values()) for figure, values in empty.items()} == {
        "received_fen": [0], "refunded_fen": [0],
    }  # fmt: skip
    assert daily_figures.read_days([TODAY], rights=()) == {}


def test_figures_read_no_whole_table(shops, server_url):
    if server_url is not None:
        pytest.skip("the plans of SQLite are compared")
    month = [TODAY - timedelta(days=back) for back in range(30)]
    with captured_statements() as statements:
        daily_figures.read_days(month)
        daily_figures.read_days(DAYS)
    # The settings are cached for a second, so a slow machine reads them again.
    assert len([sql for sql, _ in statements if '"setting"' not in sql]) <= 2 * 9
    assert {"follow", "member", "coupon"} <= GROWING
    assert list_scans(statements) == []


def test_work_waits_for_those_who_may_do_it(shops):
    trade(0, *shops)
    rights = {"refunds.read", "coupon_rules.approve"}
    attempt = next(row for row in PaymentAttempt.select() if row.merchant_id)
    refunds.ask(number="odd", attempt_number=attempt.number, amount_fen=1, reason="多付")
    refunds.record_result(number="odd", outcome="abnormal")

    def keys(shop: Shop | None, held: set[str]) -> dict[str, int]:
        scope = frozenset({shop.id}) if shop else None
        found = waiting_work.list_waiting(login="boss", shop_ids=scope, rights=held)
        return {work.key: number for work, number in found}

    assert keys(None, rights) == {"refunds": 1}
    assert keys(shops[0], rights) == {"refunds": 1}
    assert keys(shops[1], rights) == {}
    assert keys(None, {"outbox.read"}) == {}
    refunds.resolve(number="odd", resolution="failed", reason="已线下退还")
    assert keys(None, rights) == {}
