"""Races at the PIN of a cashier, and with the guard taken away."""

import pytest

from store.core.errors import DomainError
from store.tills import cashiers, pins
from store.tills.cashiers import Cashier
from tests.support import database, races


def count_checked(monkeypatch):
    """Count how many PINs are checked."""
    checked = []
    is_right = pins.is_right
    monkeypatch.setattr(
        pins, "is_right", lambda *args, **options: checked.append(1) or is_right(*args, **options)
    )
    return checked


def guess(shop):
    return lambda number: cashiers.verify_pin(number="1001", pin=f"{number:06}", shop_id=shop.id)


def test_of_twelve_tries_at_once_five_are_checked(cashier, shop, monkeypatch):
    checked = count_checked(monkeypatch)
    outcomes = database.run_concurrently(12, guess(shop))
    assert all(isinstance(outcome, DomainError) for outcome in outcomes), outcomes
    assert sorted(outcome.code for outcome in outcomes) == ["pin_locked"] * 7 + ["pin_wrong"] * 5
    assert len(checked) == 5
    assert Cashier.get_by_id(cashier.id).failed_attempts == 5


def test_control_without_the_lock_more_are_checked(cashier, shop, monkeypatch):
    checked = count_checked(monkeypatch)
    monkeypatch.setattr(cashiers, "lock", races.with_barrier(Cashier.get_by_id, 6))
    with races.without_write_queue():
        database.run_concurrently(6, guess(shop))
    assert len(checked) == 6
    assert Cashier.get_by_id(cashier.id).failed_attempts < 6


@pytest.mark.parametrize("right", ["refund"])
def test_of_many_guesses_of_a_manager_s_pin_five_are_checked(cashier, manager, right):
    outcomes = database.run_concurrently(
        8,
        lambda number: cashiers.authorize(
            shop_id=cashier.shop_id, cashier=cashier, right=right, manager_pin=f"{number:06}"
        ),
    )
    assert sorted(outcome.code for outcome in outcomes) == ["manager_pin_wrong"] * 5 + ["pin_locked"] * 3
