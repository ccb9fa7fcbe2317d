"""Races for points at the till, for tiers and for refunds, with real threads and processes."""

from collections import Counter
from copy import deepcopy

import pytest

from store import purchases
from store.core.errors import DomainError
from store.customers.members import Member
from store.points import order_accrual as point_order_accrual
from store.points import payments as point_payments
from store.points import points
from store.points import postings as point_postings
from store.points.payments import PointPayment
from store.purchases import Purchase, PurchaseReturn
from store.tiers import evaluation as tier_evaluation
from store.tiers import rules as tier_rules
from store.tiers import tiers
from store.tiers.rules import TierRule
from store.tiers.tiers import TierRecord
from tests.store.points.conftest import THREADS, TILLS, count_outcomes, earn_points, order
from tests.support import database
from tests.support.races import with_barrier, without_index, without_write_queue

HELD = {"points": 2000, "amount_fen": 2000, "limit_fen": 10_000}


def hold_in_threads(till: int, member_id: int, same_order: bool) -> list[str]:
    """Hold the member's points in several threads, for one order or for one each; return the outcomes."""
    buyer = Member.get_by_id(member_id)

    def hold(hand: int) -> PointPayment:
        number = "O1" if same_order else f"O{till}-{hand}"
        return point_payments.hold(member=buyer, order_number=number, **HELD)

    return list(count_outcomes(database.run_concurrently(THREADS, hold)).elements())


def test_the_same_points_at_several_tills_pay_once(process_group, buyer, verify_afterwards):
    earn_points(buyer, 2500)
    said = [
        one for part in process_group.run_together(TILLS, hold_in_threads, buyer.id, False) for one in part
    ]
    assert Counter(said) == {"ok": 1, "points_short": TILLS * THREADS - 1}
    assert points.balance(buyer) == 500


def test_control_without_the_lock_the_same_points_pay_at_two_tills(buyer, unlocked, monkeypatch):
    earn_points(buyer, 2500)
    monkeypatch.setattr(point_postings, "usable_lots", with_barrier(point_postings.usable_lots))
    with without_write_queue():
        outcomes = database.run_concurrently(
            2,
            lambda n: point_payments.hold(member=buyer, order_number=f"O{n}", **HELD),
        )
    assert (count_outcomes(outcomes), PointPayment.select().count()) == ({"ok": 2}, 2)


def test_one_order_held_at_several_tills_is_one_hold(process_group, buyer, verify_afterwards):
    earn_points(buyer, 5000)
    said = [
        one for part in process_group.run_together(TILLS, hold_in_threads, buyer.id, True) for one in part
    ]
    assert Counter(said) == {"ok": TILLS * THREADS}
    assert (PointPayment.select().count(), points.balance(buyer)) == (1, 3000)


def test_control_without_lock_and_indexes_one_order_is_held_twice(buyer, unlocked, monkeypatch):
    earn_points(buyer, 5000)
    monkeypatch.setattr(point_payments, "find_live", with_barrier(point_payments.find_live))
    with (
        without_index(
            "point_payment_live",
            "point_payment_order_number_sequence",
            "point_payment_entry_id",
            "point_entry_key",
        ),
        without_write_queue(),
    ):
        outcomes = database.run_concurrently(
            2, lambda _: point_payments.hold(member=buyer, order_number="O1", **HELD)
        )
        assert (count_outcomes(outcomes), PointPayment.select().count()) == ({"ok": 2}, 2)


def test_paid_and_released_at_once_is_one_of_them(buyer, verify_afterwards):
    earn_points(buyer, 2000)
    for number in range(6):
        name = f"O{number}"
        point_payments.hold(member=buyer, order_number=name, points=100, amount_fen=100, limit_fen=10_000)
        verbs = (point_payments.commit, point_payments.release)
        outcomes = database.run_concurrently(2, lambda n, verbs=verbs, name=name: verbs[n](order_number=name))
        assert count_outcomes(outcomes) in ({"ok": 1, "wrong_state": 1}, {"ok": 1, "hold_released": 1})


def test_control_with_what_was_read_before_an_order_is_paid_and_its_points_go_back(buyer, monkeypatch):
    earn_points(buyer, 2000)
    seen = point_payments.hold(member=buyer, order_number="O1", **HELD)
    monkeypatch.setattr(point_payments, "_lock_live", lambda number: deepcopy(seen))
    verbs = (point_payments.commit, point_payments.release)
    outcomes = database.run_concurrently(2, lambda n: verbs[n](order_number="O1"))
    assert (count_outcomes(outcomes), points.balance(buyer)) == ({"ok": 2}, 2000)


@pytest.fixture
def gold(buyer, rule) -> TierRecord:
    """Gold from 100 points; returns the record at the base."""
    tier = tiers.list_tiers(buyer.programme_id)[0]
    only = TierRule(tier=tier, basis="points", group=rule.group, window_days=365, at_least=100)
    tier_rules.replace(programme=buyer.programme, rules=[only])
    return tiers.find_active(buyer)


def list_active_kinds(buyer: Member) -> list[str]:
    """The kinds of the active records."""
    mine = (TierRecord.member == buyer) & TierRecord.ended_at.is_null()
    return [row.kind for row in TierRecord.select().where(mine)]


def test_upgrades_at_once_are_one_upgrade(buyer, gold, verify_afterwards):
    outcomes = database.run_concurrently(
        5, lambda n: point_order_accrual.post_order(member=buyer, order=order(f"O{n}"))
    )
    assert (count_outcomes(outcomes), list_active_kinds(buyer)) == ({"ok": 5}, ["upgraded"])
    assert [row.kind for row in tiers.list_history(buyer)] == ["upgraded", "joined"]


def test_control_without_lock_and_index_a_member_has_two_tiers(buyer, gold, unlocked, monkeypatch):
    points.earn(
        member=buyer,
        kind="transaction",
        value=100,
        key="in",
        upgrade_eligible=True,
        defer_tier_evaluation=True,
    )
    monkeypatch.setattr(tier_rules, "list_active", with_barrier(tier_rules.list_active))
    with without_index("tier_record_active"), without_write_queue():
        outcomes = database.run_concurrently(2, lambda _: tier_evaluation.evaluate(buyer))
        assert (count_outcomes(outcomes), list_active_kinds(buyer)) == ({"ok": 2}, ["upgraded", "upgraded"])


def test_refunds_at_once_never_exceed_the_purchase(buyer, verify_afterwards):
    purchases.record(member=buyer, order_number="O1", paid_fen=1000)
    outcomes = database.run_concurrently(
        5, lambda n: purchases.record_refund(order_number="O1", number=f"R{n}", refunded_fen=600)
    )
    assert count_outcomes(outcomes) == {"ok": 1, "return_exceeds": 4}
    assert Purchase.get().returned_fen == 600


def test_the_same_refund_reported_at_once_is_one(buyer, verify_afterwards):
    purchases.record(member=buyer, order_number="O1", paid_fen=1000)
    outcomes = database.run_concurrently(
        6, lambda _: purchases.record_refund(order_number="O1", number="R", refunded_fen=600)
    )
    assert (count_outcomes(outcomes), PurchaseReturn.select().count()) == ({"ok": 6}, 1)


def test_control_without_the_lock_more_is_refunded_than_was_paid(buyer, monkeypatch):
    row = purchases.record(member=buyer, order_number="O1", paid_fen=1000)
    find = Purchase.find
    monkeypatch.setattr(Purchase, "find", with_barrier(lambda **about: find(id=row.id)))
    with without_write_queue():
        outcomes = database.run_concurrently(
            2, lambda n: purchases.record_refund(order_number="O1", number=f"R{n}", refunded_fen=600)
        )
    assert count_outcomes(outcomes) == {"ok": 2}
    assert sum(row.refunded_fen for row in PurchaseReturn.select()) == 1200


def test_purchases_recorded_at_once_are_one(buyer, verify_afterwards):
    outcomes = database.run_concurrently(
        6, lambda _: purchases.record(member=buyer, order_number="O1", paid_fen=1000)
    )
    assert (count_outcomes(outcomes), Purchase.select().count()) == ({"ok": 6}, 1)
    with pytest.raises(DomainError):
        purchases.record(member=buyer, order_number="O1", paid_fen=999)
