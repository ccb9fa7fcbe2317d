"""Races for orders, points and tiers, with real threads and processes: it happens once, and without the guard twice."""

from collections import Counter
from copy import deepcopy
from typing import Any

import pytest

from store import purchases
from store.core import clock
from store.core.errors import DomainError
from store.core.events import Event
from store.customers import members
from store.customers.members import Member
from store.points import bulk_posting as point_bulk_posting
from store.points import order_accrual as point_order_accrual
from store.points import order_events as point_order_events
from store.points import payments as point_payments
from store.points import points
from store.points import postings as point_postings
from store.points import reversals as point_reversals
from store.points import rules as point_rules
from store.points.accrual import OrderLine, Payment
from store.points.ledger import PointEntry
from store.points.order_accrual import PaidOrder
from store.points.payments import PointPayment
from store.points.reversals import PointReversal, ReturnedLine
from store.purchases import Purchase, PurchaseReturn
from store.tenants import cost_centres
from store.tiers import evaluation as tier_evaluation
from store.tiers import rules as tier_rules
from store.tiers import tiers
from store.tiers.rules import TierRule
from store.tiers.tiers import TierRecord
from tests.support import database
from tests.support.races import with_barrier, without_index, without_write_queue

TILLS, THREADS = 3, 4


@pytest.fixture
def mei(register) -> Member:
    return register("13812345678")


@pytest.fixture
def rule(mei):
    """One point a yuan, which counts for tiers."""
    return point_rules.add_rule(
        group=points.list_groups(mei.programme)[0], name="消费积分", basis="amount", points=1, per_units=100,
        cost_centre=cost_centres.create(code="marketing", name="市场部"), upgrade_eligible=True,
    )  # fmt: skip


@pytest.fixture
def unlocked(monkeypatch) -> None:
    """No one waits for a member."""
    monkeypatch.setattr(members, "lock", lambda member_id: Member.find(id=member_id))


def order(number: str = "O1", paid_fen: int = 10_000) -> PaidOrder:
    line = OrderLine(line="1", product="milk", quantity=3, paid_fen=paid_fen)
    return PaidOrder(
        number=number,
        paid_at=clock.now(),
        lines=(line,),
        payments=(Payment("cash", paid_fen),),
        source="till",
    )


def post_order(mei: Member, number: str = "O1") -> PointEntry:
    return point_order_accrual.post_order(member=mei, order=order(number))[0]


def returned_order(order_number: str = "O1", number: str = "R1", part: int = 3) -> Any:
    line = ReturnedLine("1", numerator=part, denominator=3)
    refunded_fen = 10_000 * part // 3
    return point_order_accrual.post_return(
        order_number=order_number, number=number, lines=[line], refunded_fen=refunded_fen
    )


def earn_points(mei: Member, value: int = 100) -> PointEntry:
    return points.earn(member=mei, kind="transaction", value=value, key="in")


def count_outcomes(outcomes: list[Any]) -> Counter[str]:
    """How many of each outcome: `ok`, or the code of the rejection."""
    return Counter(
        getattr(row, "code", repr(row)) if isinstance(row, Exception) else "ok" for row in outcomes
    )


# An order is booked once.


def post_in_threads(process: int, member_id: int) -> list[str]:
    """What a process with several hands is reported when all of them book one order."""
    mei = Member.get_by_id(member_id)
    return list(
        count_outcomes(
            database.run_concurrently(
                THREADS, lambda _: point_order_accrual.post_order(member=mei, order=order())
            )
        ).elements()
    )


def test_an_order_that_many_processes_book_is_booked_once(process_group, mei, rule, verify_afterwards):
    said = [one for part in process_group.run_together(TILLS, post_in_threads, mei.id) for one in part]
    assert Counter(said) == {"ok": TILLS * THREADS}
    assert (Purchase.select().count(), PointEntry.select().count(), points.balance(mei)) == (1, 1, 100)


def test_control_without_lock_and_indexes_an_order_is_booked_twice(mei, rule, unlocked, monkeypatch):
    monkeypatch.setattr(purchases, "find_existing", with_barrier(purchases.find_existing))
    with without_index("purchase_order_number", "point_entry_key"), without_write_queue():
        database.run_concurrently(2, lambda _: point_order_accrual.post_order(member=mei, order=order()))
        assert (Purchase.select().count(), PointEntry.select().count()) == (2, 2)


def test_the_indexes_alone_keep_an_order_from_being_booked_twice(mei, rule, unlocked, monkeypatch):
    monkeypatch.setattr(purchases, "find_existing", with_barrier(purchases.find_existing))
    with without_write_queue():
        database.run_concurrently(2, lambda _: point_order_accrual.post_order(member=mei, order=order()))
    assert (Purchase.select().count(), PointEntry.select().count()) == (1, 1)


def test_an_order_and_its_return_at_once_end_as_one_after_the_other(mei, rule, verify_afterwards):
    """The return finds the order, or is reported that there is none yet and comes again."""
    for number in range(6):
        acts = (lambda name: post_order(mei, name), lambda name: returned_order(name))
        outcomes = database.run_concurrently(2, lambda n, acts=acts, name=f"O{number}": acts[n](name))
        assert count_outcomes(outcomes) in ({"ok": 2}, {"ok": 1, "not_found": 1}), outcomes
        returned_order(f"O{number}")
        assert points.balance(mei) == 0


def test_control_without_the_lock_an_order_and_a_return_lose_each_other_s_points(
    mei, rule, unlocked, monkeypatch
):
    """100 go out and 100 come in; both have read the account before either writes it."""
    post_order(mei)
    look, earning, returning = (
        with_barrier(lambda seen: seen),
        point_bulk_posting._get_or_create_accounts,
        point_reversals._lock_entry,
    )
    monkeypatch.setattr(point_bulk_posting, "_get_or_create_accounts", lambda *asked: look(earning(*asked)))
    monkeypatch.setattr(point_reversals, "_lock_entry", lambda *asked: look(returning(*asked)))
    with without_write_queue():
        database.run_concurrently(2, lambda n: returned_order() if n else post_order(mei, "O2"))
    assert points.balance(mei) != 100


# An order is reported once.


def test_control_without_turns_two_channels_tell_two_events_and_the_order_is_booked_once(
    mei, rule, unlocked, monkeypatch
):
    monkeypatch.setattr(point_order_events.db, "advisory_lock", lambda name: None)
    monkeypatch.setattr(point_order_events, "_find_existing", with_barrier(point_order_events._find_existing))
    with without_write_queue():
        database.run_concurrently(2, lambda _: point_order_events.report_paid(member=mei, order=order()))
    said = list(Event.select().where(Event.kind == "orders.paid"))
    assert len(said) == 2
    for event in said:
        point_order_events.post_order(event)
    assert points.balance(mei) == 100


# A return takes, or gives, once, and never more than the whole.


def test_the_same_return_reported_at_once_moves_once(mei, rule, verify_afterwards):
    key = post_order(mei).key
    outcomes = database.run_concurrently(
        6, lambda _: point_reversals.reverse_earned(key=key, number="R", numerator=1, denominator=2)
    )
    assert (count_outcomes(outcomes), points.balance(mei)) == ({"ok": 6}, 50)
    points.spend(member=mei, kind="gift_redemption", value=50, key="gift")
    outcomes = database.run_concurrently(
        6, lambda _: point_reversals.refund_redeemed(key="gift", number="R", numerator=1, denominator=2)
    )
    assert (count_outcomes(outcomes), points.balance(mei)) == ({"ok": 6}, 25)


@pytest.mark.parametrize("verb", ["reverse_earned", "refund_redeemed"])
def test_control_without_lock_and_indexes_a_return_moves_twice(mei, unlocked, monkeypatch, verb):
    key = {"reverse_earned": "in", "refund_redeemed": "gift"}[verb]
    earn_points(mei)
    points.spend(member=mei, kind="gift_redemption", value=60, key="gift")
    monkeypatch.setattr(point_reversals, "_find_existing", with_barrier(point_reversals._find_existing))
    with without_index("point_reversal_entry_id_number", "point_entry_key"), without_write_queue():
        outcomes = database.run_concurrently(
            2, lambda _: getattr(point_reversals, verb)(key=key, number="R", numerator=1, denominator=3)
        )
        assert (count_outcomes(outcomes), PointReversal.select().count()) == ({"ok": 2}, 2)


@pytest.mark.parametrize("verb", ["reverse_earned", "refund_redeemed"])
def test_parts_that_come_back_at_once_are_never_more_than_the_whole(mei, verify_afterwards, verb):
    """Five routes report two of three pieces each, under numbers of their own: one of them is right."""
    key = {"reverse_earned": "in", "refund_redeemed": "gift"}[verb]
    earn_points(mei)
    points.spend(member=mei, kind="gift_redemption", value=60, key="gift")
    outcomes = database.run_concurrently(
        5, lambda n: getattr(point_reversals, verb)(key=key, number=f"R{n}", numerator=2, denominator=3)
    )
    assert count_outcomes(outcomes) == {"ok": 1, "return_exceeds": 4}


@pytest.mark.parametrize("verb", ["reverse_earned", "refund_redeemed"])
def test_control_without_the_lock_more_than_the_whole_comes_back(mei, unlocked, monkeypatch, verb):
    key = {"reverse_earned": "in", "refund_redeemed": "gift"}[verb]
    earn_points(mei)
    points.spend(member=mei, kind="gift_redemption", value=60, key="gift")
    points.spend(member=mei, kind="gift_redemption", value=30, key="headroom for too much in the lot")
    monkeypatch.setattr(point_reversals, "_points_of_return", with_barrier(point_reversals._points_of_return))
    with without_write_queue():
        outcomes = database.run_concurrently(
            2, lambda n: getattr(point_reversals, verb)(key=key, number=f"R{n}", numerator=2, denominator=3)
        )
    assert count_outcomes(outcomes) == {"ok": 2}
    assert sum(row.numerator for row in PointReversal.select()) == 4


# Points pay once.


def hold_in_threads(till: int, member_id: int, same_order: bool) -> list[str]:
    """What a till is reported whose hands all hold the member's points, for one order or for one each."""
    mei = Member.get_by_id(member_id)

    def hold(hand: int) -> PointPayment:
        number = "O1" if same_order else f"O{till}-{hand}"
        return point_payments.hold(member=mei, order_number=number, value=2000, total_fen=10_000)

    return list(count_outcomes(database.run_concurrently(THREADS, hold)).elements())


def test_the_same_points_at_several_tills_pay_once(process_group, mei, verify_afterwards):
    earn_points(mei, 2500)
    said = [one for part in process_group.run_together(TILLS, hold_in_threads, mei.id, False) for one in part]
    assert Counter(said) == {"ok": 1, "points_short": TILLS * THREADS - 1}
    assert points.balance(mei) == 500


def test_control_without_the_lock_the_same_points_pay_at_two_tills(mei, unlocked, monkeypatch):
    earn_points(mei, 2500)
    monkeypatch.setattr(point_postings, "usable_lots", with_barrier(point_postings.usable_lots))
    with without_write_queue():
        outcomes = database.run_concurrently(
            2,
            lambda n: point_payments.hold(member=mei, order_number=f"O{n}", value=2000, total_fen=10_000),
        )
    assert (count_outcomes(outcomes), PointPayment.select().count()) == ({"ok": 2}, 2)


def test_one_order_held_at_several_tills_is_one_hold(process_group, mei, verify_afterwards):
    earn_points(mei, 5000)
    said = [one for part in process_group.run_together(TILLS, hold_in_threads, mei.id, True) for one in part]
    assert Counter(said) == {"ok": TILLS * THREADS}
    assert (PointPayment.select().count(), points.balance(mei)) == (1, 3000)


def test_control_without_lock_and_indexes_one_order_is_held_twice(mei, unlocked, monkeypatch):
    earn_points(mei, 5000)
    monkeypatch.setattr(PointPayment, "find", with_barrier(PointPayment.find))
    with without_index("point_payment_order_number", "point_entry_key"), without_write_queue():
        outcomes = database.run_concurrently(
            2, lambda _: point_payments.hold(member=mei, order_number="O1", value=2000, total_fen=10_000)
        )
        assert (count_outcomes(outcomes), PointPayment.select().count()) == ({"ok": 2}, 2)


def test_paid_and_released_at_once_is_one_of_them(mei, verify_afterwards):
    earn_points(mei, 2000)
    for number in range(6):
        name = f"O{number}"
        point_payments.hold(member=mei, order_number=name, value=100, total_fen=10_000)
        verbs = (point_payments.commit, point_payments.release)
        outcomes = database.run_concurrently(2, lambda n, verbs=verbs, name=name: verbs[n](order_number=name))
        assert count_outcomes(outcomes) == {"ok": 1, "wrong_state": 1}


def test_control_with_what_was_read_before_an_order_is_paid_and_its_points_go_back(mei, monkeypatch):
    earn_points(mei, 2000)
    seen = point_payments.hold(member=mei, order_number="O1", value=2000, total_fen=10_000)
    monkeypatch.setattr(point_payments, "_lock_payment", lambda number: deepcopy(seen))
    verbs = (point_payments.commit, point_payments.release)
    outcomes = database.run_concurrently(2, lambda n: verbs[n](order_number="O1"))
    assert (count_outcomes(outcomes), points.balance(mei)) == ({"ok": 2}, 2000)


# A member has one tier.


@pytest.fixture
def gold(mei, rule) -> TierRecord:
    """Gold from 100 points; returns the record at the base."""
    tier = tiers.list_tiers(mei.programme_id)[0]
    only = TierRule(tier=tier, basis="points", group=rule.group, window_days=365, at_least=100)
    tier_rules.replace(programme=mei.programme, rules=[only])
    return tiers.find_active(mei)


def list_active_kinds(mei: Member) -> list[str]:
    """The kinds of the active records."""
    mine = (TierRecord.member == mei) & TierRecord.ended_at.is_null()
    return [row.kind for row in TierRecord.select().where(mine)]


def test_upgrades_at_once_are_one_upgrade(mei, gold, verify_afterwards):
    outcomes = database.run_concurrently(
        5, lambda n: point_order_accrual.post_order(member=mei, order=order(f"O{n}"))
    )
    assert (count_outcomes(outcomes), list_active_kinds(mei)) == ({"ok": 5}, ["upgraded"])
    assert [row.kind for row in tiers.list_history(mei)] == ["upgraded", "joined"]


def test_control_without_lock_and_index_a_member_has_two_tiers(mei, gold, unlocked, monkeypatch):
    points.earn(
        member=mei, kind="transaction", value=100, key="in", upgrade_eligible=True, defer_tier_evaluation=True
    )
    monkeypatch.setattr(tier_rules, "list_active", with_barrier(tier_rules.list_active))
    with without_index("tier_record_active"), without_write_queue():
        outcomes = database.run_concurrently(2, lambda _: tier_evaluation.evaluate(mei))
        assert (count_outcomes(outcomes), list_active_kinds(mei)) == ({"ok": 2}, ["upgraded", "upgraded"])


# No more is paid back than was paid.


def test_refunds_at_once_never_exceed_the_purchase(mei, verify_afterwards):
    purchases.record(member=mei, order_number="O1", paid_fen=1000)
    outcomes = database.run_concurrently(
        5, lambda n: purchases.record_refund(order_number="O1", number=f"R{n}", refunded_fen=600)
    )
    assert count_outcomes(outcomes) == {"ok": 1, "return_exceeds": 4}
    assert Purchase.get().returned_fen == 600


def test_the_same_refund_reported_at_once_is_one(mei, verify_afterwards):
    purchases.record(member=mei, order_number="O1", paid_fen=1000)
    outcomes = database.run_concurrently(
        6, lambda _: purchases.record_refund(order_number="O1", number="R", refunded_fen=600)
    )
    assert (count_outcomes(outcomes), PurchaseReturn.select().count()) == ({"ok": 6}, 1)


def test_control_without_the_lock_more_is_refunded_than_was_paid(mei, monkeypatch):
    row = purchases.record(member=mei, order_number="O1", paid_fen=1000)
    monkeypatch.setattr(Purchase, "find", with_barrier(lambda **about: Purchase.get_by_id(row.id)))
    with without_write_queue():
        outcomes = database.run_concurrently(
            2, lambda n: purchases.record_refund(order_number="O1", number=f"R{n}", refunded_fen=600)
        )
    assert count_outcomes(outcomes) == {"ok": 2}
    assert sum(row.refunded_fen for row in PurchaseReturn.select()) == 1200


def test_purchases_recorded_at_once_are_one(mei, verify_afterwards):
    outcomes = database.run_concurrently(
        6, lambda _: purchases.record(member=mei, order_number="O1", paid_fen=1000)
    )
    assert (count_outcomes(outcomes), Purchase.select().count()) == ({"ok": 6}, 1)
    with pytest.raises(DomainError):
        purchases.record(member=mei, order_number="O1", paid_fen=999)
