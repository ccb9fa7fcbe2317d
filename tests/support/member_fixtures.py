"""Mei, a member of acme, her points, and the days that pass."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from types import SimpleNamespace

import pytest
import time_machine

from store.customers.members import Member
from store.points import points
from store.points.ledger import PointEntry, PointLot
from store.tenants import business_days

FIRST_DAY = date(2026, 3, 1)


@pytest.fixture
def days(acme: str):
    """The calendar of the test: `days.go(n)` is noon of the n-th day after 1 March 2026."""
    with time_machine.travel(noon(0), tick=False) as traveller:
        yield SimpleNamespace(
            go=lambda number: traveller.move_to(noon(number)),
            day=lambda number: FIRST_DAY + timedelta(days=number),
        )


def noon(number: int) -> datetime:
    return business_days.start_of(FIRST_DAY + timedelta(days=number)) + timedelta(hours=12)


def end_of_day(number: int) -> datetime:
    """The end of the n-th day."""
    return business_days.end_of(FIRST_DAY + timedelta(days=number))


@pytest.fixture
def mei(days, register: Callable[..., Member]) -> Member:
    return register("13812345678")


@pytest.fixture
def earn(mei: Member) -> Callable[..., PointEntry]:
    """Points from line 1 of an order, by default without an end."""

    def done(value: int, key: str, *, last_day: int | None = None, **about) -> PointEntry:
        until = None if last_day is None else end_of_day(last_day)
        facts = {"kind": "transaction", "order_number": key, "order_line": "1", **about}
        return points.earn(member=mei, value=value, key=key, expires_at=until, **facts)

    return done


@pytest.fixture
def redeem(mei: Member) -> Callable[..., PointEntry]:
    return lambda value, key: points.spend(member=mei, kind="gift_redemption", value=value, key=key)


@pytest.fixture
def lots(mei: Member) -> Callable[[], list[int]]:
    """What is left in each lot, by age."""
    return lambda: [lot.remaining for lot in points.get_or_create_account(mei).lots.order_by(PointLot.id)]


@pytest.fixture
def balances(mei: Member) -> Callable[[], tuple[int, int, int, int]]:
    """Accumulated, available, expired, owed."""

    def read() -> tuple[int, int, int, int]:
        held = points.get_or_create_account(mei)
        return held.accumulated, held.available, held.expired, held.debt

    return read
