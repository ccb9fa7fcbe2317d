"""Races of orders: one order, one payment, one end; and without the lock of the order more."""

from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest

from store.core.errors import DomainError
from store.core.events import Event
from store.orders import locks, orders, placement, returns
from store.orders import payments as order_payments
from store.orders.requests import ReturnLine, ReturnRequest
from store.orders.tables import Order
from store.points import points
from tests.support import database
from tests.support.order_fixtures import create_rich_member, create_shop, line, pay_cash, place, value_of
from tests.support.races import with_barrier, without_index, without_write_queue


def outcome(work: Any, *args: Any, **kwargs: Any) -> str:
    try:
        work(*args, **kwargs)
    except DomainError as refused:
        return refused.code
    return "ok"


def attempt(number: int, fen: int = 1000) -> SimpleNamespace:
    return SimpleNamespace(id=number + 1, number=f"A{number}", kind="cash", amount_fen=fen, paid_fen=fen)


def count_events(kind: str) -> int:
    return Event.select().where(Event.kind == kind).count()


def test_ord_1_one_key_at_once_is_one_order(shop):
    placed = database.run_concurrently(8, lambda _: place(shop, line(3000), key="K").number)
    assert len(set(placed)) == 1
    assert (Order.select().count(), count_events("orders.placed")) == (1, 1)


def test_without_the_unique_key_one_call_places_two_orders(acme, monkeypatch):
    """The control: both have found no order of the key before one of them writes."""
    shop = create_shop()
    monkeypatch.setattr(placement, "_find_existing", with_barrier(placement._find_existing))
    with without_index("order_key"), without_write_queue():
        database.run_concurrently(2, lambda _: place(shop, line(3000), key="K"))
        assert Order.select().count() == 2


def test_two_payments_at_once_pay_the_order_once(acme):
    order = place(create_shop(), line(1000))
    taken = database.run_concurrently(4, lambda number: order_payments.take(order.number, attempt(number)))
    assert sorted(taken) == [0, 0, 0, 1000]
    assert (orders.get(order.number).money_fen, count_events("orders.paid")) == (1000, 1)


def test_without_the_lock_two_payments_are_taken(acme, monkeypatch):
    """The control: both have read that 10.00 are due before one of them writes."""
    order = place(create_shop(), line(1000))
    monkeypatch.setattr(locks, "lock", with_barrier(orders.get))
    with without_write_queue():
        taken = database.run_concurrently(
            2, lambda number: order_payments.take(order.number, attempt(number, 400))
        )
    assert taken == [400, 400]
    assert orders.get(order.number).money_fen == 400


@pytest.mark.parametrize("round_number", range(5))
def test_an_order_is_closed_or_paid_not_both(acme, round_number):
    member = create_rich_member()
    order = place(create_shop(), line(1000), member=member, points=100)

    def work(number: int) -> Any:
        if number % 2:
            return order_payments.take(order.number, attempt(number, 900))
        return outcome(orders.close, number=order.number, reason="")

    done = Counter(map(str, database.run_concurrently(4, work)))
    end = orders.get(order.number)
    if end.state == "paid":
        assert (done["900"], done["order_paid"], points.balance(member)) == (1, 2, 9900)
    else:
        assert (end.state, done["0"], done["ok"], points.balance(member)) == ("closed", 2, 2, 10_000)


def test_ord_3_an_order_closed_twice_at_once_is_released_once(shop):
    member = create_rich_member()
    order = place(shop, line(1000), member=member, points=100, stored_value_fen=100)
    database.run_concurrently(4, lambda _: orders.close(number=order.number, reason=""))
    assert (points.balance(member), value_of(member), count_events("orders.closed")) == (10_000, 10_000, 1)


def test_sv_5_one_balance_pays_one_of_two_orders(shop):
    member = create_rich_member(value_fen=5000)
    done = database.run_concurrently(
        2,
        lambda number: outcome(
            place, shop, line(4000), member=member, stored_value_fen=4000, key=f"K{number}"
        ),
    )
    assert sorted(done) == ["insufficient_stored_value", "ok"]
    assert value_of(member) == 1000


def test_one_return_at_once_gives_back_once(shop):
    order = pay_cash(place(shop, line(1000, 2)))
    request = ReturnRequest(number="R1", order_number=order.number, lines=(ReturnLine("1", units=1),))
    rows = database.run_concurrently(4, lambda _: returns.give_back(request=request).order.id)
    assert len(set(rows)) == 1
    others = [
        ReturnRequest(number=f"S{number}", order_number=order.number, lines=(ReturnLine("1", units=1),))
        for number in range(4)
    ]
    done = database.run_concurrently(4, lambda number: outcome(returns.give_back, request=others[number]))
    assert sorted(done) == ["ok", "return_exceeds", "return_exceeds", "return_exceeds"]


def test_an_order_gets_one_member(shop):
    order = pay_cash(place(shop, line(1000)))
    people = [create_rich_member(number, point_count=0, value_fen=0) for number in range(1, 4)]
    done = database.run_concurrently(
        3, lambda number: outcome(orders.attach_member, number=order.number, member=people[number])
    )
    assert sorted(done) == ["ok", "order_has_member", "order_has_member"]
    assert count_events("orders.member_attached") == 1
