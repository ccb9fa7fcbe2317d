"""The daily close takes what has ended, once, and goes on where it stopped."""

import pytest

from store.core.database import db
from store.core.errors import DomainError
from store.points import expiry as point_expiry
from store.points.ledger import PointEntry, PointLot
from tests.support import database

pytestmark = pytest.mark.usefixtures("verify_afterwards")


def test_what_ended_by_yesterday_goes_and_the_rest_stays(earn, redeem, days, lots, balances):
    earn(100, "A", last_day=5), earn(50, "B", last_day=6), earn(7, "C")
    redeem(30, "gift")
    days.go(6)
    assert point_expiry.expire(day=days.day(5)) == 1
    assert lots() == [0, 50, 7]
    assert balances() == (157, 57, 70, 0)


def test_a_second_night_changes_nothing(earn, days, balances):
    earn(100, "A", last_day=5)
    days.go(9)
    point_expiry.expire(day=days.day(8))
    assert point_expiry.expire(day=days.day(8)) == 0
    assert balances() == (100, 0, 100, 0)


def test_a_day_that_runs_is_not_ended(earn, days):
    earn(100, "A", last_day=5)
    days.go(5)
    with pytest.raises(DomainError):
        point_expiry.expire(day=days.day(5))


def test_ended_points_are_not_spent_before_the_daily_close_either(earn, redeem, days):
    earn(100, "A", last_day=5)
    days.go(6)
    with pytest.raises(DomainError) as refused:
        redeem(1, "late")
    assert refused.value.code == "points_short"


def test_a_night_that_was_stopped_goes_on(earn, days, balances, monkeypatch):
    """Ten lots in batches of three; the lights go out after two batches."""
    for number in range(10):
        earn(10, f"A{number}", last_day=5)
    days.go(6)
    real, turns = point_expiry._update_balances, []

    def settle(ids):
        turns.append(len(ids))
        if len(turns) == 3:
            raise RuntimeError("lights out")
        real(ids)

    monkeypatch.setattr(point_expiry, "_update_balances", settle)
    with pytest.raises(RuntimeError):
        point_expiry.expire(day=days.day(5), batch_size=3)
    assert balances() == (100, 40, 60, 0)
    assert point_expiry.expire(day=days.day(5), batch_size=3) == 4
    assert balances() == (100, 0, 100, 0)


def test_two_daily_closes_at_once_take_each_lot_once(earn, days, balances):
    for number in range(40):
        earn(10, f"A{number}", last_day=5)
    days.go(6)
    done = database.run_concurrently(4, lambda _: point_expiry.expire(day=days.day(5), batch_size=5))
    assert not [row for row in done if isinstance(row, Exception)]
    assert PointEntry.select().where(PointEntry.kind == "expiry").count() == 40
    assert balances() == (400, 0, 400, 0)


def test_the_daily_close_finds_what_ends_by_its_index(acme):
    """Among a million lots it must not check each."""
    if db.is_postgresql():
        pytest.skip("PostgreSQL chooses by the size of the table, which is small here")
    query = PointLot.select(PointLot.id).where(
        point_expiry.HAS_REMAINING & (PointLot.expires_at <= "2026-01-01")
    )
    sql, params = query.sql()
    plan = db.database.execute_sql(f"EXPLAIN QUERY PLAN {sql}", params).fetchall()
    assert "point_lot_ending" in str(plan)
