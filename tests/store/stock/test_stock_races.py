"""Races for stock: no unit is sold twice, an order reserves once and ends once; and without the guard it would not."""

from collections import Counter
from contextlib import nullcontext
from threading import Event
from typing import Any

from store.core.database import db
from store.core.errors import DomainError
from store.stock import changes, levels, movements, reservations
from store.stock.levels import StockLevel
from store.stock.movements import StockMovement
from store.stock.reservations import StockReservation
from tests.support import database, order_fixtures, stock_fixtures
from tests.support.races import with_barrier, without_index, without_write_queue
from tests.support.stock_fixtures import reserve, units_of


def outcome(work: Any, *args: Any, **kwargs: Any) -> str:
    try:
        work(*args, **kwargs)
    except DomainError as refused:
        return refused.code
    return "ok"


def create_stock(quantity: int) -> tuple[Any, Any]:
    shop, sku = order_fixtures.create_shop(), stock_fixtures.create_sku()
    stock_fixtures.receive(shop, sku, quantity)
    return shop, sku


def test_the_last_units_go_to_as_many_orders(shop, tea, milk):
    """Twelve orders name the two SKUs in either sequence; the two units of milk decide."""

    def order(number: int) -> str:
        wanted = ((tea, 1), (milk, 1))
        return outcome(reserve, shop, f"O{number}", *(wanted if number % 2 else wanted[::-1]))

    assert Counter(database.run_concurrently(12, order)) == {"ok": 2, "stock_short": 10}
    assert (units_of(shop, tea), units_of(shop, milk)) == ((5, 2, 0), (2, 2, 0))


def test_control_units_that_are_read_and_then_written_are_oversold(acme, monkeypatch):
    shop, sku = create_stock(1)
    look = with_barrier(StockLevel.get_by_id)

    def read_then_write(
        level_id: int, *, kind: str, key: str, reserved: int, **more: Any
    ) -> StockMovement | None:
        level = look(level_id)
        if level.reserved + reserved > level.on_hand:
            return None
        level.update_fields(reserved=level.reserved + reserved)
        return StockMovement.create(
            level=level, kind=kind, key=f"{kind}:{key}", reserved=reserved, operator="", **more
        )

    monkeypatch.setattr(movements, "post_movement", read_then_write)
    monkeypatch.setattr(db, "savepoint", nullcontext)  # which is a transaction where there is none
    with without_write_queue():
        assert database.run_concurrently(2, lambda n: outcome(reserve, shop, f"O{n}", (sku, 1))) == [
            "ok",
            "ok",
        ]
    assert StockReservation.select().count() == 2


def test_the_last_unit_is_reserved_once_by_an_order_that_asks_often(shop, milk):
    """No repeat finds too little: the units are its own."""
    outcomes = database.run_concurrently(8, lambda _: outcome(reserve, shop, "O1", (milk, 2)))
    assert outcomes == ["ok"] * 8
    assert units_of(shop, milk) == (2, 2, 0)


def test_control_without_lock_and_indexes_an_order_reserves_twice(acme, monkeypatch):
    shop, sku = create_stock(2)
    monkeypatch.setattr(reservations, "_lock_number", lambda number: None)
    monkeypatch.setattr(reservations, "_find_existing", with_barrier(reservations._find_existing))
    indexes = ("stock_reservation_live", "stock_reservation_order_number_key_level_id")
    with without_index(*indexes), without_write_queue():
        assert database.run_concurrently(2, lambda _: outcome(reserve, shop, "O1", (sku, 1))) == ["ok", "ok"]
        assert units_of(shop, sku) == (2, 2, 0)


def test_a_release_and_a_sale_at_once_end_in_one_of_them(shop, tea):
    for number in range(5):
        reserve(shop, f"O{number}", (tea, 1))
        acts = (reservations.release, reservations.commit)
        outcomes = database.run_concurrently(
            2, lambda n, number=number, acts=acts: outcome(acts[n], f"O{number}")
        )
        assert outcomes in (["ok", "stock_released"], ["stock_sold", "ok"])


def test_control_without_the_lock_a_sold_order_is_released(acme, monkeypatch):
    """Both have seen the order reserve. Another order reserves too, so that the level's constraints allow both."""
    shop, sku = create_stock(2)
    reserve(shop, "O1", (sku, 1))
    reserve(shop, "O2", (sku, 1))
    sold, end = Event(), reservations._end

    def end_after_sale(rows: list[StockReservation], state: str) -> list[StockReservation]:
        assert state == "sold" or sold.wait(10)
        return end(rows, state)

    def act(number: int) -> str:
        if number:
            return outcome(reservations.release, "O1")
        found = outcome(reservations.commit, "O1")
        sold.set()
        return found

    monkeypatch.setattr(
        reservations, "_lock_of_order", with_barrier(lambda number: reservations._list_with_levels(number))
    )
    monkeypatch.setattr(reservations, "_end", end_after_sale)
    with without_write_queue():
        assert database.run_concurrently(2, act) == ["ok", "ok"]
    assert units_of(shop, sku) == (1, 0, 1)
    assert StockReservation.get(StockReservation.order_number == "O2").state == "reserved"


def test_returns_at_once_bring_no_more_than_was_sold(shop, milk):
    reserve(shop, "O1", (milk, 2))
    reservations.commit("O1")

    def give_back(number: int) -> str:
        lines = [reservations.StockLine(milk.id, 1)]
        return outcome(reservations.give_back, order_number="O1", lines=lines, key=f"R{number // 2}")

    assert Counter(database.run_concurrently(8, give_back)) == {"ok": 4, "stock_not_sold": 4}
    assert units_of(shop, milk) == (2, 0, 0)


def test_a_count_leaves_what_an_order_reserves_at_once(shop, tea):
    """Three units are counted while an order wants four: one of the two is refused."""

    def act(number: int) -> str:
        return outcome(reserve, shop, "O1", (tea, 4)) if number else count_three(shop, tea, "count")

    outcomes = database.run_concurrently(2, act)
    assert (outcomes, units_of(shop, tea)) in (
        (["ok", "stock_short"], (3, 0, 0)),
        (["stock_short", "ok"], (5, 4, 0)),
    )


def test_counts_at_once_leave_what_was_counted(shop, tea):
    outcomes = database.run_concurrently(4, lambda n: count_three(shop, tea, f"count-{n}"))
    assert (outcomes, units_of(shop, tea)) == (["ok"] * 4, (3, 0, 0))


def test_control_without_the_lock_counts_at_once_subtract_the_difference_twice(acme, monkeypatch):
    shop, sku = create_stock(5)
    look = with_barrier(lambda *, shop, sku: StockLevel.find(shop=shop, sku=sku))
    monkeypatch.setattr(levels, "lock_or_create", look)
    with without_write_queue():
        outcomes = database.run_concurrently(2, lambda n: count_three(shop, sku, f"count-{n}"))
    assert (outcomes, units_of(shop, sku)) == (["ok", "ok"], (1, 0, 0))


def count_three(shop: Any, sku: Any, key: str) -> str:
    return outcome(changes.count, shop=shop, sku=sku, counted=3, key=key)
