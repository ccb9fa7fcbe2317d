"""Cashiers: PINs, the lock after wrong ones, rights, and the approval by a manager."""

from datetime import timedelta

import pytest

from store.core import clock
from store.core.database import db
from store.core.errors import DomainError
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.tenants.audit import AuditEntry
from store.tills import cashiers, pins
from store.tills.cashiers import Cashier
from tests.store.tills.conftest import MANAGER_PIN, PIN


def expect_error(code):
    return pytest.raises(DomainError, check=lambda no: no.code == code)


def verify(pin, shop, number="1001"):
    return cashiers.verify_pin(number=number, pin=pin, shop_id=shop.id)


def authorize(cashier, pin=None, right="refund"):
    return cashiers.authorize(shop_id=cashier.shop_id, cashier=cashier, right=right, manager_pin=pin)


def test_a_cashier_added_twice_is_one_and_keeps_the_pin(cashier, shop):
    again = cashiers.add(number="1001", name="小李", pin="975310", shop=shop)
    assert again == cashier
    assert verify(PIN, shop).id == cashier.id
    with expect_error("already_exists"):
        cashiers.add(number="1001", name="小张", pin=PIN, shop=shop)


def test_the_pin_is_stored_as_a_keyed_argon2_hash(cashier):
    stored = Cashier.get_by_id(cashier.id).pin_hash
    assert stored.startswith("$argon2id$")
    assert PIN not in stored
    with pytest.raises(pins.VerificationError):
        pins._HASHER.verify(stored, PIN)


@pytest.mark.parametrize(
    "pin", ["12345", "1234567", "12345a", "１２３４５６", "111111", "123456", "098765", ""]
)
def test_a_pin_of_another_form_or_a_simple_one_is_rejected(shop, pin):
    with expect_error("invalid"):
        cashiers.add(number="1002", name="小张", pin=pin, shop=shop)
    assert Cashier.find(number="1002") is None


@pytest.mark.parametrize(
    "wrong", [{"number": "a b"}, {"number": ""}, {"name": " "}, {"rights": []}, {"rights": ["fly"]}]
)
def test_other_values_out_of_bounds_are_rejected(shop, wrong):
    with expect_error("invalid"):
        cashiers.add(**{"number": "1002", "name": "小张", "pin": PIN, "shop": shop, **wrong})


def test_five_wrong_pins_lock_for_fifteen_minutes(cashier, shop, monkeypatch):
    for _ in range(5):
        with expect_error("pin_wrong"):
            verify("000001", shop)
    with expect_error("pin_locked"):
        verify(PIN, shop)
    assert cashiers.is_locked(Cashier.get_by_id(cashier.id))
    later = clock.now() + timedelta(minutes=15, seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert verify(PIN, shop).failed_attempts == 0


def test_after_the_lock_five_attempts_are_left_again(cashier, shop, monkeypatch):
    for _ in range(5):
        with expect_error("pin_wrong"):
            verify("000001", shop)
    later = clock.now() + timedelta(minutes=16)
    monkeypatch.setattr(clock, "now", lambda: later)
    for _ in range(5):
        with expect_error("pin_wrong"):
            verify("000001", shop)
    with expect_error("pin_locked"):
        verify(PIN, shop)


def test_the_right_pin_forgets_the_wrong_ones(cashier, shop):
    for _ in range(3):
        for _ in range(4):
            with expect_error("pin_wrong"):
                verify("000001", shop)
        assert verify(PIN, shop).failed_attempts == 0


def test_the_fifth_attempt_may_be_the_right_one(cashier, shop):
    for _ in range(4):
        with expect_error("pin_wrong"):
            verify("000001", shop)
    assert verify(PIN, shop).locked_until is None


def test_unlocking_twice_is_audited_once(cashier, shop):
    for _ in range(5):
        with expect_error("pin_wrong"):
            verify("000001", shop)
    cashiers.unlock(cashier)
    cashiers.unlock(cashier)
    assert AuditEntry.select().where(AuditEntry.action == "cashiers.unlock").count() == 1
    assert verify(PIN, shop)


def test_an_unknown_disabled_or_foreign_cashier_is_answered_like_a_wrong_pin(cashier, shop):
    other = shops.create_shop(code="S2", name="东站店", location=Coordinates(121.47, 31.23))
    with expect_error("pin_wrong"):
        verify(PIN, shop, number="7777")
    with expect_error("pin_wrong"):
        verify(PIN, other)
    cashiers.disable(cashier)
    with expect_error("pin_wrong"):
        verify(PIN, shop)


def test_a_cashier_without_a_shop_works_in_every_shop(shop):
    cashiers.add(number="1", name="机动", pin=PIN)
    assert verify(PIN, shop, number="1")


def test_a_pin_is_not_checked_inside_a_transaction(cashier, shop):
    with db.database.transaction(), pytest.raises(RuntimeError):
        verify(PIN, shop)


def test_a_new_pin_replaces_the_old_one_and_activates(cashier, shop):
    cashiers.disable(cashier)
    cashiers.set_pin(cashier, pin="975310")
    with expect_error("pin_wrong"):
        verify(PIN, shop)
    assert verify("975310", shop).state == "active"


def test_disabling_twice_is_audited_once(cashier):
    cashiers.disable(cashier)
    assert cashiers.disable(cashier).state == "disabled"
    assert AuditEntry.select().where(AuditEntry.action == "cashiers.disable").count() == 1


def test_rights_are_replaced_and_audited_once(cashier):
    for _ in range(2):
        assert cashiers.change_rights(cashier, rights=["refund", "sell"]).rights == ["sell", "refund"]
    assert AuditEntry.select().where(AuditEntry.action == "cashiers.change_rights").count() == 1


def test_an_own_right_needs_no_manager(cashier, manager):
    assert authorize(cashier, right="sell").manager_id is None
    assert authorize(manager).manager_id is None
    with expect_error("manager_required"):
        authorize(cashier)


def test_a_manager_approves_and_is_recorded(cashier, manager):
    approval = authorize(cashier, MANAGER_PIN)
    assert approval == cashiers.RightAuthorization("refund", cashier.id, manager.id)
    entry = AuditEntry.select().where(AuditEntry.action == "cashiers.authorize").get()
    assert (entry.subject, entry.after["manager"], entry.after["right"]) == ("cashier:1001", "9001", "refund")
    assert MANAGER_PIN not in str(entry.after)


def test_a_wrong_manager_pin_counts_against_who_asks(cashier, manager):
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(DomainError, check=lambda no, left=left: no.details["left"] == left):
            authorize(cashier, PIN)
    with expect_error("pin_locked"):
        authorize(cashier, MANAGER_PIN)
    assert verify(PIN, cashier.shop).failed_attempts == 0
    assert not AuditEntry.select().where(AuditEntry.action == "cashiers.authorize").exists()


def test_a_manager_of_another_shop_or_a_disabled_one_does_not_approve(cashier, manager):
    other = shops.create_shop(code="S2", name="东站店", location=Coordinates(121.47, 31.23))
    cashiers.add(number="9002", name="他店", pin="864209", rights=["manager"], shop=other)
    with expect_error("manager_pin_wrong"):
        authorize(cashier, "864209")
    cashiers.disable(manager)
    with expect_error("manager_pin_wrong"):
        authorize(cashier, MANAGER_PIN)


def test_two_managers_do_not_share_a_pin(shop, manager):
    with expect_error("invalid"):
        cashiers.add(number="9002", name="副店长", pin=MANAGER_PIN, rights=["manager"], shop=shop)
    assert Cashier.find(number="9002") is None
