"""Payment: parts until nothing is due, then one transaction commits the holds and splits the money."""

from datetime import timedelta
from types import SimpleNamespace

import time_machine

from store.core import clock
from store.core.events import Event
from store.coupons.coupons import Coupon
from store.customers.merging import merges
from store.orders import orders
from store.orders import payments as order_payments
from store.orders.settings import OrderSettings
from store.orders.tables import OrderTender
from store.payments.refunds import Refund
from store.points import points
from store.points.payments import PointPayment
from store.stored_value.payment_records import StoredValuePayment
from store.tenants import settings
from tests.support.coupon_fixtures import create_follower, create_member, error_code_of
from tests.support.order_fixtures import (
    issue_coupon,
    line,
    list_lines,
    make_request,
    pay_cash,
    place,
    settle,
    start_attempt,
    value_of,
)


def payload(kind: str) -> dict:
    return Event.get(Event.kind == kind).properties


def test_the_payment_that_brings_the_sum_to_zero_commits_all_holds(shop, mei):
    coupon = issue_coupon(mei)
    order = place(
        shop,
        line(1000, 3),
        member=mei,
        coupon_codes=frozenset({coupon.code}),
        points=500,
        stored_value_fen=1000,
    )
    half = pay_cash(order, 400)
    assert (half.state, half.due_fen, half.money_fen) == ("placed", 600, 400)
    assert Coupon.get_by_id(coupon.id).state == "held"
    paid = pay_cash(order)
    assert (paid.state, paid.due_fen, paid.money_fen, paid.spend_fen) == ("paid", 0, 1000, 2000)
    assert Coupon.get_by_id(coupon.id).state == "used"
    assert PointPayment.get(PointPayment.order_number == order.number).state == "committed"
    assert StoredValuePayment.get(StoredValuePayment.order_number == order.number).state == "committed"


def test_money_is_split_attempt_by_attempt(shop):
    order = place(shop, line(1000), line(500), line(1500))
    pay_cash(order, 1000)
    assert [tender.shares for tender in OrderTender.select()] == [{}]
    pay_cash(order)
    first, second = OrderTender.select().order_by(OrderTender.attempt_id)
    assert first.shares == {"1": 333, "2": 167, "3": 500}
    assert second.shares == {"1": 667, "2": 333, "3": 1000}
    assert [one.due_fen for one in list_lines(order)] == [0, 0, 0]


def test_an_attempt_is_taken_once_and_the_rest_is_a_surplus(shop):
    order = place(shop, line(1000))
    attempt = SimpleNamespace(id=5, number="A5", kind="cash", amount_fen=1500, paid_fen=1500)
    for _ in range(2):
        assert order_payments.take(order.number, attempt) == 1000
    other = SimpleNamespace(id=6, number="A6", kind="cash", amount_fen=1500, paid_fen=1500)
    assert order_payments.take(order.number, other) == 0
    assert Event.select().where(Event.kind == "orders.paid").count() == 1


def test_a_closed_order_takes_nothing(shop):
    order = orders.close(number=place(shop, line(1000)).number, reason="")
    attempt = SimpleNamespace(id=5, number="A5", kind="cash", amount_fen=1000, paid_fen=1000)
    assert (order_payments.due_fen(order.number), order_payments.take(order.number, attempt)) == (0, 0)


def test_the_event_carries_what_counts(shop, mei):
    coupon = issue_coupon(mei, benefit={"kind": "voucher", "worth_fen": 500})
    goods = line(2000, 2, categories=("茶",))
    gift = line(0, product="gift", gift_for=("1",), gift_value_fen=300)
    order = place(
        shop,
        goods,
        gift,
        member=mei,
        coupon_codes=frozenset({coupon.code}),
        points=1000,
        stored_value_fen=1000,
    )
    pay_cash(order)
    facts = payload("orders.paid")
    assert facts["lines"] == [
        {
            "line": "1", "product": "tea", "categories": ["茶"], "quantity": 2, "paid_fen": 4000, "spend_fen": 2500,
            "earning_fen": 2500, "gift": False,
        },
        {
            "line": "2", "product": "gift", "categories": [], "quantity": 1, "paid_fen": 0, "spend_fen": 0,
            "earning_fen": 0, "gift": True,
        },
    ]  # fmt: skip
    kinds = {one["kind"]: (one["amount_fen"], one["received"]) for one in facts["tenders"]}
    assert kinds == {
        "voucher": (500, False), "points": (1000, False), "stored_value": (1000, True), "cash": (1500, True)
    }  # fmt: skip


def test_a_pickup_order_counts_when_it_is_completed(shop, mei):
    order = place(shop, member=mei, kind="pickup")
    assert pay_cash(order).counted_at is None
    assert payload("orders.paid")["counts"] is False
    for _ in range(2):
        done = orders.complete(number=order.number)
    assert (done.state, payload("orders.completed")["counts"]) == ("completed", True)
    assert Event.select().where(Event.kind == "orders.completed").count() == 1
    till = pay_cash(place(shop, member=mei))
    assert till.counted_at is not None


def test_stored_value_is_chosen_at_the_payment_step(shop, mei):
    order = place(shop, line(1000), line(2000), member=mei)
    for _ in range(2):
        order = orders.hold_stored_value(number=order.number, amount_fen=600)
    assert (order.due_fen, value_of(mei)) == (2400, 9400)
    order = orders.hold_stored_value(number=order.number, amount_fen=300)
    assert (order.due_fen, value_of(mei), [one.due_fen for one in list_lines(order)]) == (
        2700,
        9700,
        [900, 1800],
    )
    order = orders.hold_stored_value(number=order.number, amount_fen=0)
    assert (order.due_fen, value_of(mei), order.tenders.count()) == (3000, 10_000, 0)
    assert (
        error_code_of(lambda: orders.hold_stored_value(number=order.number, amount_fen=3001)) == "payment_cut"
    )
    order = orders.hold_stored_value(number=order.number, amount_fen=3000)
    assert (order.state, value_of(mei)) == ("paid", 7000)


def test_an_open_order_is_priced_anew_and_its_holds_change_in_place(shop, mei):
    coupon = issue_coupon(mei, threshold_fen=2000)
    first = place(shop, line(3000), member=mei, coupon_codes="best", points=500, stored_value_fen=100)
    request = make_request(
        shop, line(3000), line(1000), member=mei, coupon_codes="best", points=700, stored_value_fen=50
    )
    for _ in range(2):
        order = orders.change(number=first.number, request=request)
    assert (order.id, order.total_fen, order.due_fen) == (first.id, 3500, 2750)
    assert (points.balance(mei), value_of(mei), Coupon.get_by_id(coupon.id).state) == (9300, 9950, "held")
    order = orders.change(number=first.number, request=make_request(shop, line(3000), member=mei))
    assert (order.due_fen, points.balance(mei), value_of(mei)) == (3000, 10_000, 10_000)
    assert Coupon.get_by_id(coupon.id).state == "issued"


def test_a_held_coupon_stays_good_after_its_end(shop, mei):
    coupon = issue_coupon(mei)
    order = place(shop, line(3000), member=mei, coupon_codes=frozenset({coupon.code}))
    with time_machine.travel(clock.now() + timedelta(days=40)):
        request = make_request(shop, line(4000), member=mei, coupon_codes=frozenset({coupon.code}))
        order = orders.change(number=order.number, request=request)
        assert (order.total_fen, pay_cash(order).state) == (3500, "paid")


def test_a_member_is_found_while_the_sale_is_open(shop, mei):
    order = place(shop, line(3000))
    order = orders.change(number=order.number, request=make_request(shop, line(3000), member=mei, points=100))
    assert (order.member_id, order.due_fen) == (mei.id, 2900)
    order = orders.change(number=order.number, request=make_request(shop, line(3000)))
    assert (order.member_id, order.due_fen, points.balance(mei)) == (None, 3000, 10_000)


def test_an_order_with_money_is_not_changed(shop):
    order = place(shop, line(3000))
    pay_cash(order, 100)
    request = make_request(shop, line(4000))
    assert error_code_of(lambda: orders.change(number=order.number, request=request)) == "order_has_money"
    pay_cash(order)
    assert error_code_of(lambda: orders.change(number=order.number, request=request)) == "order_paid"
    assert error_code_of(lambda: orders.change(number="9" * 20, request=request)) == "not_found"


def test_a_place_call_repeated_after_a_change_finds_its_order(shop):
    order = place(shop, line(3000), key="K")
    orders.change(number=order.number, request=make_request(shop, line(4000)))
    assert place(shop, line(3000), key="K").id == order.id


def test_closing_releases_all_and_refunds_what_was_paid(shop, mei):
    coupon = issue_coupon(mei)
    order = place(shop, member=mei, coupon_codes="best", points=500, stored_value_fen=1000)
    pay_cash(order, 300)
    for _ in range(2):
        order = orders.close(number=order.number, reason="顾客取消")
    assert (order.state, points.balance(mei), value_of(mei)) == ("closed", 10_000, 10_000)
    assert Coupon.get_by_id(coupon.id).state == "issued"
    assert payload("orders.closed")["refunded_fen"] == 300
    assert Event.select().where(Event.kind == "orders.closed").count() == 1


def test_ord_3_an_order_closed_twice_is_released_once(shop, mei):
    order = place(shop, member=mei, points=500)
    for _ in range(2):
        orders.close(number=order.number, reason="")
    assert points.balance(mei) == 10_000
    assert error_code_of(lambda: orders.close(number=pay_cash(place(shop)).number, reason="")) == "order_paid"


def test_overdue_orders_are_listed(shop):
    settings.change(OrderSettings, till_minutes=60)
    online, till = place(shop, kind="pickup"), place(shop)
    assert orders.list_overdue() == []
    half_an_hour, an_hour = (clock.now() + timedelta(minutes=minutes) for minutes in (31, 61))
    assert [order.id for order in orders.list_overdue(now=half_an_hour)] == [online.id]
    assert [order.id for order in orders.list_overdue(now=an_hour)] == [online.id, till.id]


def test_an_overdue_order_with_cash_waits_for_a_cashier(shop):
    order, later = place(shop, line(3_000)), clock.now() + timedelta(days=1)
    pay_cash(order, 1_000)
    assert orders.list_overdue(now=later) == []
    orders.close(number=order.number, reason="收银员取消", terminal_id=7)
    assert [(row.terminal_id, row.amount_fen) for row in Refund.select()] == [(7, 1_000)]


def test_a_member_is_attached_once(shop, mei):
    order = pay_cash(place(shop, line(3000)))
    for _ in range(2):
        order = orders.attach_member(number=order.number, member=mei)
    assert order.member_id == mei.id
    event = Event.get(Event.kind == "orders.member_attached")
    assert (event.member_id, event.properties["lines"][0]["spend_fen"]) == (mei.id, 3000)
    assert Event.select().where(Event.kind == "orders.member_attached").count() == 1
    other = create_member(2)
    assert (
        error_code_of(lambda: orders.attach_member(number=order.number, member=other)) == "order_has_member"
    )


def test_an_old_order_gets_its_member_without_points(shop, mei):
    order = pay_cash(place(shop, line(3000)))
    days = settings.read(OrderSettings).attach_days
    with time_machine.travel(clock.now() + timedelta(days=days, minutes=1)):
        assert orders.attach_member(number=order.number, member=mei).member_id == mei.id
    assert not Event.select().where(Event.kind == "orders.member_attached").exists()


def test_the_orders_of_a_merged_member_are_the_survivor_s(shop, mei):
    follower = create_follower("merged")
    order = place(shop, member=follower)
    merges.merge(survivor=mei.customer, duplicate=follower.customer, proof="test")
    assert pay_cash(order).member_id == mei.id


def test_ord_9_an_attempt_that_ran_out_is_followed_by_another_of_the_same_order(shop):
    order = place(shop, line(1000), kind="pickup")
    first = start_attempt(order, "A1")
    settle(first, "closed")
    second = start_attempt(order, "A2")
    assert (first.number != second.number, settle(second, "succeeded").effect) == (True, "paid")
    assert orders.get(order.number).state == "paid"
    late = settle(first, "succeeded")
    assert (late.effect, late.surplus_fen) == ("surplus", 1000)


def test_while_a_payment_pends_an_order_is_neither_changed_nor_closed(shop, mei):
    order = place(shop, line(1000), member=mei)
    attempt = start_attempt(order, "A1")
    request = make_request(shop, line(2000), member=mei)
    for work in (
        lambda: orders.close(number=order.number, reason=""),
        lambda: orders.change(number=order.number, request=request),
        lambda: orders.hold_stored_value(number=order.number, amount_fen=100),
    ):
        assert error_code_of(work) == "payment_pending"
    settle(attempt, "closed")
    assert orders.close(number=order.number, reason="").state == "closed"
    late = settle(attempt, "succeeded")
    assert (late.effect, orders.get(order.number).state) == ("surplus", "closed")
