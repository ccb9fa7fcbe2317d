"""Orders that are not paid in time: everything held comes back, late money refunds itself or, by a setting, pays."""

from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine

from store.core import clock
from store.core.events import Event
from store.coupons.coupons import Coupon
from store.orders import counting, locks, orders, overdue, reopening
from store.orders import payments as order_payments
from store.orders.settings import OrderSettings
from store.orders.tables import Order
from store.payments import attempts
from store.payments.refunds import Refund
from store.points import points
from store.stored_value import authorization
from store.tenants import settings
from tests.support import database, order_fixtures, races
from tests.support.order_fixtures import (
    issue_coupon,
    line,
    make_request,
    pay_cash,
    place,
    settle,
    start_attempt,
    value_of,
)


def after(minutes: float) -> AbstractContextManager[object]:
    return time_machine.travel(clock.now() + timedelta(minutes=minutes))


def count_events(kind: str) -> int:
    return Event.select().where(Event.kind == kind).count()


@pytest.fixture
def reopening_is_on(acme: str) -> None:
    settings.change(OrderSettings, reopen_overdue=True)


def place_with_all(shop, mei, **more):
    """An order that holds a coupon, 500 points and 10 yuan of stored value, and waits for 80 yuan of money."""
    coupon = issue_coupon(mei)
    codes = frozenset({coupon.code})
    order = place(
        shop, member=mei, coupon_codes=codes, points=500, stored_value_fen=1000, kind="pickup", **more
    )
    return order, coupon


def close_late(order: Order) -> Order:
    overdue.close_overdue()
    return orders.get(order.number)


def test_ord_5_an_unpaid_order_closes_after_its_minutes_and_gives_everything_back(shop, mei):
    order, coupon = place_with_all(shop, mei)
    assert (points.balance(mei), value_of(mei), Coupon.get_by_id(coupon.id).state) == (9500, 9000, "held")
    with after(29):
        assert (overdue.close_overdue(), orders.get(order.number).state) == (0, "placed")
    with after(31):
        assert [overdue.close_overdue() for _ in range(2)] == [1, 0]
        closed = orders.get(order.number)
    assert (closed.state, closed.close_reason) == ("closed", "超时未付款")
    assert (points.balance(mei), value_of(mei)) == (10_000, 10_000)
    assert Coupon.get_by_id(coupon.id).state == "issued"
    assert count_events("orders.closed") == 1


def test_the_minutes_are_settable_and_a_paid_order_stays(shop):
    settings.change(OrderSettings, payment_minutes=5, till_minutes=60)
    online, at_the_till, paid = place(shop, kind="pickup"), place(shop), pay_cash(place(shop, kind="pickup"))
    with after(6):
        assert overdue.close_overdue() == 1
    states = [orders.get(order.number).state for order in (online, at_the_till, paid)]
    assert states == ["closed", "placed", "paid"]


def test_cash_in_part_waits_for_the_cashier_when_the_time_is_over(shop):
    order = place(shop, line(1000))
    pay_cash(order, 400)
    with after(31):
        assert close_late(order).state == "placed"
        orders.close(number=order.number, reason="收银员取消")
    assert [(row.amount_fen, row.method, row.state) for row in Refund.select()] == [
        (400, "cash", "succeeded")
    ]


def test_a_pending_attempt_is_closed_before_the_order(shop, mei):
    order, _ = place_with_all(shop, mei)
    attempt = start_attempt(order, "A1")
    with after(31):
        for _ in range(2):
            assert (overdue.close_overdue(), orders.get(order.number).state) == (0, "placed")
        assert attempts.get(attempt.number).closing
        assert count_events("payments.closing") == 1
        assert [action for _, action in attempts.list_due_queries(clock.now())] == ["close"]
        settle(attempt, "closed")
        assert (overdue.close_overdue(), orders.get(order.number).state) == (1, "closed")


def test_money_that_the_closing_finds_pays_the_order(shop, mei):
    order, _ = place_with_all(shop, mei)
    attempt = start_attempt(order, "A1")
    with after(31):
        overdue.close_overdue()
        assert settle(attempt, "succeeded").effect == "paid"
        assert (overdue.close_overdue(), orders.get(order.number).state) == (0, "paid")


def test_wx_2_money_after_the_closing_refunds_itself(shop, mei):
    order, coupon = place_with_all(shop, mei)
    attempt = start_attempt(order, "A1")
    settle(attempt, "closed")
    with after(31):
        assert close_late(order).state == "closed"
        for effect in ("surplus", "unchanged"):
            assert settle(attempt, "succeeded").effect == effect
    assert orders.get(order.number).state == "closed"
    assert [(row.amount_fen, row.purpose, row.state) for row in Refund.select()] == [
        (order.due_fen, "surplus", "asked")
    ]
    assert (points.balance(mei), Coupon.get_by_id(coupon.id).state) == (10_000, "issued")


@pytest.mark.usefixtures("reopening_is_on")
class TestReopening:
    def test_late_money_reopens_an_order_with_all_its_holds(self, shop, mei):
        order, coupon = place_with_all(shop, mei)
        attempt = start_attempt(order, "A1")
        settle(attempt, "closed")
        with after(31):
            assert close_late(order).state == "closed"
            for effect in ("paid", "unchanged"):
                assert settle(attempt, "succeeded").effect == effect
        found = orders.get(order.number)
        assert (found.state, found.due_fen, found.total_fen) == ("paid", 0, order.total_fen)
        assert (points.balance(mei), value_of(mei)) == (9500, 9000)
        assert Coupon.get_by_id(coupon.id).state == "used"
        assert (count_events("orders.reopened"), count_events("orders.paid"), Refund.select().count()) == (
            1,
            1,
            0,
        )

    def test_points_that_are_spent_meanwhile_keep_it_closed(self, shop, mei):
        order, coupon = place_with_all(shop, mei)
        attempt = start_attempt(order, "A1")
        settle(attempt, "closed")
        with after(31):
            close_late(order)
            points.spend(member=mei, kind="gift_redemption", value=9_900, key="elsewhere")
            assert settle(attempt, "succeeded").effect == "surplus"
        assert (orders.get(order.number).state, points.balance(mei), value_of(mei)) == ("closed", 100, 10_000)
        assert Coupon.get_by_id(coupon.id).state == "issued"
        assert count_events("orders.reopened") == 0

    def test_a_coupon_that_another_order_holds_keeps_it_closed(self, shop, mei):
        order, coupon = place_with_all(shop, mei)
        attempt = start_attempt(order, "A1")
        settle(attempt, "closed")
        with after(31):
            close_late(order)
            other = place(shop, member=mei, coupon_codes=frozenset({coupon.code}))
            assert settle(attempt, "succeeded").effect == "surplus"
        assert [orders.get(row.number).state for row in (order, other)] == ["closed", "placed"]

    def test_a_coupon_that_ended_meanwhile_is_as_good_as_when_it_was_held(self, shop, mei):
        order, _ = place_with_all(shop, mei)
        attempt = start_attempt(order, "A1")
        settle(attempt, "closed")
        with after(31):
            close_late(order)
        with after(60 * 24 * 40):
            assert settle(attempt, "succeeded").effect in ("paid", "surplus")

    def test_what_a_person_closed_and_what_money_pays_in_part_stay_closed(self, shop):
        by_hand = place(shop, line(1000), kind="pickup")
        attempt = start_attempt(by_hand, "A1")
        settle(attempt, "closed")
        orders.close(number=by_hand.number, reason="顾客取消")
        assert settle(attempt, "succeeded").effect == "surplus"
        order = place(shop, line(1000), kind="pickup")
        with after(31):
            closed = close_late(order)
            assert not reopening.reopen(closed, paid_fen=999)
        assert orders.get(order.number).state == "closed"

    def test_an_order_without_a_member_is_reopened(self, shop):
        order = place(shop, line(1000), kind="pickup")
        attempt = start_attempt(order, "A1")
        settle(attempt, "closed")
        with after(31):
            close_late(order)
            assert settle(attempt, "succeeded").effect == "paid"

    def test_a_closed_shop_keeps_it_closed(self, shop, mei, monkeypatch):
        order = place(shop, line(1000), kind="pickup")
        attempt = start_attempt(order, "A1")
        settle(attempt, "closed")
        shop.update_fields(state="closed")
        with after(31):
            close_late(order)
            assert settle(attempt, "succeeded").effect == "surplus"

    def test_stored_value_needs_no_second_code(self, shop, mei):
        request = make_request(shop, line(3000), member=mei, stored_value_fen=2000, kind="pickup")
        proof = authorization.PaymentAuthorization(kind="sms", member_id=mei.id)
        order = orders.place(request=request, key="authorized", authorization=proof)
        attempt = start_attempt(order, "A1")
        settle(attempt, "closed")
        with after(31):
            close_late(order)
            assert value_of(mei) == 10_000
            assert settle(attempt, "succeeded").effect == "paid"
        assert value_of(mei) == 8000


@pytest.mark.usefixtures("reopening_is_on")
class TestRaces:
    def prepare(self, shop):
        """An order that time-out closed, and two attempts whose money arrives after all."""
        order = place(shop, line(1000), kind="pickup")
        tried = []
        for key in ("A1", "A2"):
            tried.append(start_attempt(order, key))
            settle(tried[-1], "closed")
        with after(31):
            close_late(order)
        return order, tried

    def late(self, attempt):
        return SimpleNamespace(
            id=attempt.id, number=attempt.number, kind=attempt.kind, amount_fen=1000, paid_fen=1000
        )

    def test_of_two_late_payments_at_once_one_reopens_the_order(self, shop):
        _, tried = self.prepare(shop)
        settled = database.run_concurrently(2, lambda n: settle(tried[n], "succeeded"))
        assert sorted(one.effect for one in settled) == ["paid", "surplus"]
        assert (count_events("orders.reopened"), count_events("orders.paid")) == (1, 1)
        assert [row.amount_fen for row in Refund.select()] == [1000]

    def test_control_without_the_lock_both_reopen_it(self, acme, monkeypatch):
        order, tried = self.prepare(order_fixtures.create_shop())
        monkeypatch.setattr(reopening.db, "savepoint", nullcontext)
        monkeypatch.setattr(locks, "lock", locks.get)
        monkeypatch.setattr(
            counting, "record_paid", lambda order: None
        )  # its unique key is a guard of its own
        monkeypatch.setattr(reopening, "_hold_again", races.with_barrier(reopening._hold_again))
        with races.without_write_queue():
            database.run_concurrently(2, lambda n: order_payments.take(order.number, self.late(tried[n])))
        assert count_events("orders.reopened") == 2
