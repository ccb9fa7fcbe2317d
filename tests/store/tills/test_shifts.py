"""Shifts and news of a till."""

from datetime import timedelta

import pytest

from store.core import clock
from store.core.errors import DomainError
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.tills import news, shifts, terminals
from store.tills.shifts import CashSums, Shift
from tests.support import database, races


def expect_error(code):
    return pytest.raises(DomainError, check=lambda no: no.code == code)


@pytest.fixture
def shift(terminal, cashier):
    return shifts.open_shift(terminal=terminal, cashier=cashier, opening_fen=20_000, key="k1")


@pytest.fixture
def cash(monkeypatch):
    """The cash that the payments of a shift sum up to."""
    monkeypatch.setattr(shifts, "_sum_cash", lambda shift: CashSums(50_000, 10_000, 1_000))


def test_opening_twice_with_one_key_is_one_shift(shift, terminal, cashier):
    again = shifts.open_shift(terminal=terminal, cashier=cashier, opening_fen=20_000, key="k1")
    assert again == shift
    with expect_error("key_reused"):
        shifts.open_shift(terminal=terminal, cashier=cashier, opening_fen=1, key="k1")
    with expect_error("shift_open"):
        shifts.open_shift(terminal=terminal, cashier=cashier, opening_fen=20_000, key="k2")
    assert Shift.select().count() == 1


def test_a_shift_closes_with_expected_cash_and_difference(shift, manager, cash):
    closed = shifts.close(shift=shift, cashier=manager, counted_fen=78_900)
    assert (closed.expected_fen, closed.difference_fen) == (79_000, -100)
    assert (closed.sales_fen, closed.top_ups_fen, closed.refunds_fen) == (50_000, 10_000, 1_000)
    assert (closed.cashier_id, closed.closed_by_id) == (shift.cashier_id, manager.id)


def test_closing_twice_changes_nothing_and_another_count_is_rejected(shift, cashier, cash, monkeypatch):
    first = shifts.close(shift=shift, cashier=cashier, counted_fen=79_000)
    monkeypatch.setattr(shifts, "_sum_cash", lambda shift: CashSums(1))
    again = shifts.close(shift=shift, cashier=cashier, counted_fen=79_000)
    assert (again.closed_at, again.expected_fen) == (first.closed_at, 79_000)
    assert shifts.sum_cash(again).sales_fen == 50_000
    with expect_error("shift_closed"):
        shifts.close(shift=shift, cashier=cashier, counted_fen=1)


def test_sums_can_be_given_and_are_installed(shift, cashier, monkeypatch):
    assert shifts.close(shift=shift, cashier=cashier, counted_fen=0, cash=CashSums(5)).expected_fen == 20_005
    monkeypatch.setattr(shifts, "_sum_cash", shifts._sum_cash)
    shifts.install(lambda shift: CashSums(7))
    assert shifts._sum_cash(shift).total_fen == 7


def test_after_closing_the_next_shift_opens(shift, terminal, cashier):
    assert shifts.get_current(terminal) == shift
    shifts.close(shift=shift, cashier=cashier, counted_fen=20_000)
    with expect_error("no_shift"):
        shifts.get_current(terminal)
    shifts.open_shift(terminal=terminal, cashier=cashier, opening_fen=0, key="k2")
    assert shifts.find_latest_closed(terminal) == shift


@pytest.mark.parametrize("amount", [-1, 100_000_001, 1.5, True])
def test_amounts_out_of_bounds_are_rejected(terminal, cashier, amount):
    with expect_error("invalid"):
        shifts.open_shift(terminal=terminal, cashier=cashier, opening_fen=amount, key="k1")
    assert Shift.select().count() == 0


def test_of_two_openings_at_once_one_succeeds(terminal, cashier):
    outcomes = database.run_concurrently(
        6, lambda n: shifts.open_shift(terminal=terminal, cashier=cashier, opening_fen=0, key=f"k{n}")
    )
    assert sorted(getattr(outcome, "code", "ok") for outcome in outcomes) == ["ok", *["shift_open"] * 5]


def test_control_without_lock_and_index_two_are_open(terminal, cashier, monkeypatch):
    monkeypatch.setattr(terminals, "lock", lambda terminal_id: None)
    monkeypatch.setattr(shifts, "find_current", races.with_barrier(shifts.find_current))
    with races.without_index("shift_open"), races.without_write_queue():
        database.run_concurrently(
            2, lambda n: shifts.open_shift(terminal=terminal, cashier=cashier, opening_fen=0, key=f"k{n}")
        )
        assert Shift.select().where(Shift.closed_at.is_null()).count() == 2


def test_two_counts_at_once_close_a_shift_with_one_of_them(shift, cashier):
    outcomes = database.run_concurrently(
        4, lambda n: shifts.close(shift=shift, cashier=cashier, counted_fen=20_000 + n)
    )
    assert sorted(getattr(outcome, "code", "ok") for outcome in outcomes) == ["ok", *["shift_closed"] * 3]


def test_control_without_the_lock_both_counts_close_it(shift, cashier, monkeypatch):
    monkeypatch.setattr(shifts, "lock", races.with_barrier(Shift.get_by_id))
    with races.without_write_queue():
        outcomes = database.run_concurrently(
            2, lambda n: shifts.close(shift=shift, cashier=cashier, counted_fen=20_000 + n)
        )
    assert [outcome.counted_fen for outcome in outcomes] == [20_000, 20_001]


def test_news_reaches_its_terminal_or_all_tills_of_the_shop(terminal, shop):
    other = terminals.add(code="T2", name="二号台", shop=shop).terminal
    far = shops.create_shop(code="S2", name="东站店", location=Coordinates(121.47, 31.23))
    stranger = terminals.add(code="T3", name="三号台", shop=far).terminal
    mine = news.record(
        kind="payment_succeeded", message="已付 12.80 元", sale_number="9", terminal_id=terminal.id
    )
    ours = news.record(kind="collection", message="收款 5.00 元", shop_id=shop.id)
    assert [row.id for row in news.list_after(terminal=terminal, after=0)] == [mine.id, ours.id]
    assert news.list_after(terminal=terminal, after=mine.id) == [ours]
    assert news.list_after(terminal=other, after=0) == [ours]
    assert news.list_after(terminal=stranger, after=0) == []
    assert (news.latest_id(terminal), news.latest_id(stranger)) == (ours.id, 0)
    assert len(news.list_after(terminal=terminal, after=0, limit=1)) == 1


def test_news_of_another_form_is_rejected(terminal):
    for wrong in ({"kind": "weather"}, {"message": "x" * 201}, {"terminal_id": None}):
        with expect_error("invalid"):
            news.record(**{"kind": "surplus", "message": "多付", "terminal_id": terminal.id, **wrong})


def test_old_news_is_deleted(terminal, monkeypatch):
    news.record(kind="surplus", message="多付", terminal_id=terminal.id)
    begun = clock.now()
    monkeypatch.setattr(clock, "now", lambda: begun + timedelta(days=2, seconds=1))
    assert (news.purge_expired(), news.purge_expired()) == (1, 0)
