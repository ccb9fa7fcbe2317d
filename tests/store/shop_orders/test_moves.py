"""The way of an order from its payment to the customer, and every end that it can have."""

from datetime import timedelta

import pytest

from store.core import clock
from store.core.errors import DomainError
from store.core.events import Event
from store.orders import fulfilments, orders
from store.orders.requests import ReturnLine
from store.orders.settings import FulfilmentSettings
from store.orders.tables import Order
from store.payments.refunds import Refund
from store.points import points
from store.shop_orders import moves, refunds, timeouts
from store.tenants import settings
from tests.support.coupon_fixtures import error_code_of
from tests.support.order_fixtures import place, value_of
from tests.support.shop_order_fixtures import pay, reload, submit
from tests.support.stock_fixtures import units_of


def states_of(row) -> list[str]:
    return [step.state for step in fulfilments.list_steps(row)]


def test_a_pickup_goes_from_payment_to_handover(shop, mei, tea):
    row = submit(shop, mei, (tea, 2))
    assert (row.state, row.pickup_code, units_of(shop, tea)) == ("unpaid", None, (10, 2, 0))
    row = pay(row)
    assert row.state == "placed"
    assert len(row.pickup_code) == 6
    for _ in range(2):
        moves.accept(number=row.order.number)
    for _ in range(2):
        moves.mark_ready(number=row.order.number)
    assert units_of(shop, tea) == (8, 0, 2)
    assert (
        error_code_of(lambda: moves.hand_over(number=row.order.number, pickup_code="x"))
        == "wrong_pickup_code"
    )
    for _ in range(2):
        moves.hand_over(number=row.order.number, pickup_code=row.pickup_code)
    assert Order.get_by_id(row.order_id).state == "completed"
    assert states_of(row) == ["unpaid", "placed", "accepted", "ready", "received", "completed"]
    kinds = [event.kind for event in Event.select().order_by(Event.id) if event.kind.startswith("orders.")]
    assert kinds == [
        "orders.placed", "orders.paid", "orders.awaiting_acceptance", "orders.accepted", "orders.ready",
        "orders.received", "orders.completed",
    ]  # fmt: skip


def test_a_delivery_is_shipped_in_parcels_and_received(shop, mei, tea):
    row = pay(submit(shop, mei, (tea, 2), kind="delivery"))
    moves.accept(number=row.order.number)
    for _ in range(2):
        moves.ship(number=row.order.number, company="顺丰", tracking_number="SF1")
    moves.ship(number=row.order.number, company="顺丰", tracking_number="SF2")
    assert [parcel.tracking_number for parcel in moves.list_parcels(row)] == ["SF1", "SF2"]
    assert units_of(shop, tea) == (8, 0, 2)
    for _ in range(2):
        moves.receive(number=row.order.number)
    assert reload(row).state == "received"
    for _ in range(2):
        moves.complete(number=row.order.number)
    assert Order.get_by_id(row.order_id).state == "completed"


def test_an_order_without_money_due_is_placed_at_once(shop, mei, tea):
    row = submit(shop, mei, (tea, 2), stored_value_fen=2000)
    assert (row.state, Order.get_by_id(row.order_id).state, value_of(mei)) == ("placed", "paid", 8000)


def test_cash_on_delivery_is_paid_with_the_goods(shop, mei, tea):
    row = submit(shop, mei, (tea, 2), kind="delivery", payment_terms="cash_on_delivery", points=500)
    assert (row.state, row.order.state, row.order.ends_at) == ("placed", "placed", None)
    moves.accept(number=row.order.number)
    moves.ship(number=row.order.number)
    assert error_code_of(lambda: moves.hand_over(number=row.order.number)) == "cash_required"
    assert error_code_of(lambda: moves.receive(number=row.order.number)) == "cash_required"
    for _ in range(2):
        moves.hand_over(number=row.order.number, received_fen=2000)
    order = Order.get_by_id(row.order_id)
    assert (order.state, order.money_fen, reload(row).state) == ("paid", 1500, "received")


def test_a_refused_order_is_refunded_in_full(shop, mei, tea):
    row = pay(submit(shop, mei, (tea, 2), points=500, stored_value_fen=500))
    for _ in range(2):
        moves.reject(number=row.order.number, reason="缺货")
    assert reload(row).state == "refused"
    assert (points.balance(mei), value_of(mei), units_of(shop, tea)) == (10_000, 10_000, (10, 0, 0))
    assert [refund.amount_fen for refund in Refund.select()] == [1000]
    assert error_code_of(lambda: moves.accept(number=row.order.number)) == "order_state"


def test_a_customer_cancels_until_the_shop_accepts(shop, mei, tea):
    unpaid = submit(shop, mei, (tea, 1))
    for _ in range(2):
        moves.cancel(number=unpaid.order.number, reason="不想要了")
    assert (reload(unpaid).state, units_of(shop, tea)) == ("closed", (10, 0, 0))
    paid = pay(submit(shop, mei, (tea, 1)))
    for _ in range(2):
        moves.cancel(number=paid.order.number, reason="不想要了")
    assert (reload(paid).state, units_of(shop, tea)) == ("refunded", (10, 0, 0))
    accepted = pay(submit(shop, mei, (tea, 1)))
    moves.accept(number=accepted.order.number)
    refused = error_code_of(lambda: moves.cancel(number=accepted.order.number, reason="不想要了"))
    assert refused == "order_state"
    moves.cancel(number=accepted.order.number, reason="顾客来电", by_staff=True)
    assert reload(accepted).state == "refunded"


def test_refused_cash_on_delivery_releases_everything(shop, mei, tea):
    row = submit(shop, mei, (tea, 2), payment_terms="cash_on_delivery", points=500)
    moves.reject(number=row.order.number, reason="缺货")
    assert (reload(row).state, Order.get_by_id(row.order_id).state) == ("refused", "closed")
    assert (points.balance(mei), units_of(shop, tea)) == (10_000, (10, 0, 0))


def test_lines_are_refunded_before_the_handover(shop, mei, tea, milk):
    """The order stays until its last goods are refunded."""
    row = pay(submit(shop, mei, (tea, 2), (milk, 1)))
    number = row.order.number
    for _ in range(2):
        done = refunds.refund_lines(
            number=number, return_number="R1", lines=[ReturnLine("1", units=1)], reason="缺一件"
        )
    assert (done.refund_fen, reload(row).state, units_of(shop, tea)) == (1000, "placed", (10, 1, 0))
    rest = [ReturnLine("1", units=1), ReturnLine("2", units=1)]
    refunds.refund_lines(number=number, return_number="R2", lines=rest, reason="不要了")
    assert (reload(row).state, units_of(shop, tea), units_of(shop, milk)) == (
        "refunded",
        (10, 0, 0),
        (2, 0, 0),
    )


def test_what_is_not_accepted_is_refused_after_a_reminder(shop, mei, tea, monkeypatch):
    row = pay(submit(shop, mei, (tea, 1)))
    start = clock.now()
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(minutes=11))
    assert [timeouts.run_due(), timeouts.run_due()] == [1, 0]
    assert reload(row).reminders == 1
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(minutes=121))
    assert [timeouts.run_due(), timeouts.run_due()] == [1, 0]
    assert reload(row).state == "refused"


def test_a_customer_is_reminded_of_a_pickup_twice(shop, mei, tea, monkeypatch):
    row = pay(submit(shop, mei, (tea, 1)))
    moves.accept(number=row.order.number)
    moves.mark_ready(number=row.order.number)
    start = clock.now()
    for days in (1, 3, 30):
        monkeypatch.setattr(clock, "now", lambda days=days: start + timedelta(days=days, minutes=1))
        timeouts.run_due()
    assert (reload(row).reminders, reload(row).due_at, reload(row).state) == (2, None, "ready")


def test_a_delivery_is_received_and_completed_by_itself(shop, mei, tea, monkeypatch):
    row = pay(submit(shop, mei, (tea, 1), kind="delivery"))
    moves.accept(number=row.order.number)
    moves.ship(number=row.order.number)
    start = clock.now()
    for days, state in ((10, "received"), (16, "received"), (17, "completed")):
        monkeypatch.setattr(clock, "now", lambda days=days: start + timedelta(days=days))
        timeouts.run_due()
        assert reload(row).state == state


def test_orders_are_accepted_by_themselves_if_set(shop, mei, tea):
    settings.change(FulfilmentSettings, accept_by_itself=True)
    assert pay(submit(shop, mei, (tea, 1))).state == "accepted"


@pytest.mark.parametrize("state", fulfilments.ENDED)
def test_an_ended_order_moves_nowhere_but_late_money(state):
    assert fulfilments.TRANSITIONS[state] <= {"unpaid"}


def test_an_order_of_the_till_has_no_fulfilment(shop, mei):

    order = place(shop)
    with pytest.raises(DomainError):
        moves.accept(number=order.number)
    assert orders.get(order.number).state == "placed"
