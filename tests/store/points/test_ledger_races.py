"""Races for orders, points and tiers, with real threads and processes: it happens once, and without the guard twice."""

from collections import Counter
from typing import Any

import pytest

from store import purchases
from store.core.events import Event
from store.customers.members import Member
from store.points import bulk_posting as point_bulk_posting
from store.points import order_accrual as point_order_accrual
from store.points import order_events as point_order_events
from store.points import points
from store.points import reversals as point_reversals
from store.points.ledger import PointEntry
from store.points.reversals import PointReversal, ReturnedLine
from store.purchases import Purchase
from tests.store.points.conftest import THREADS, TILLS, count_outcomes, earn_points, order
from tests.support import database
from tests.support.races import with_barrier, without_index, without_write_queue


def post_order(buyer: Member, number: str = "O1") -> PointEntry:
    return point_order_accrual.post_order(member=buyer, order=order(number))[0]


def returned_order(order_number: str = "O1", number: str = "R1", part: int = 3) -> Any:
    line = ReturnedLine("1", numerator=part, denominator=3)
    refunded_fen = 10_000 * part // 3
    return point_order_accrual.post_return(
        order_number=order_number, number=number, lines=[line], refunded_fen=refunded_fen
    )


# An order is booked once.


def post_in_threads(process: int, member_id: int) -> list[str]:
    """Book one order in several threads of a process and return the outcomes."""
    buyer = Member.get_by_id(member_id)
    return list(
        count_outcomes(
            database.run_concurrently(
                THREADS, lambda _: point_order_accrual.post_order(member=buyer, order=order())
            )
        ).elements()
    )


def test_an_order_that_many_processes_book_is_booked_once(process_group, buyer, rule, verify_afterwards):
    said = [one for part in process_group.run_together(TILLS, post_in_threads, buyer.id) for one in part]
    assert Counter(said) == {"ok": TILLS * THREADS}
    assert (Purchase.select().count(), PointEntry.select().count(), points.balance(buyer)) == (1, 1, 100)


def test_control_without_lock_and_indexes_an_order_is_booked_twice(buyer, rule, unlocked, monkeypatch):
    monkeypatch.setattr(purchases, "find_existing", with_barrier(purchases.find_existing))
    with without_index("purchase_order_number", "point_entry_key"), without_write_queue():
        database.run_concurrently(2, lambda _: point_order_accrual.post_order(member=buyer, order=order()))
        assert (Purchase.select().count(), PointEntry.select().count()) == (2, 2)


def test_the_indexes_alone_keep_an_order_from_being_booked_twice(buyer, rule, unlocked, monkeypatch):
    monkeypatch.setattr(purchases, "find_existing", with_barrier(purchases.find_existing))
    with without_write_queue():
        database.run_concurrently(2, lambda _: point_order_accrual.post_order(member=buyer, order=order()))
    assert (Purchase.select().count(), PointEntry.select().count()) == (1, 1)


def report_for_two_members(buyer: Member, other: Member, monkeypatch) -> Counter[str]:
    """Report one order for two members at once; both look for an earlier report before either records one."""
    monkeypatch.setattr(point_order_events, "_find_existing", with_barrier(point_order_events._find_existing))
    found = (buyer, other)
    return count_outcomes(
        database.run_concurrently(2, lambda n: point_order_events.report_paid(member=found[n], order=order()))
    )


def test_an_order_reported_for_two_members_at_once_is_one_event(buyer, register, rule, monkeypatch):
    other = register("13912345678")
    with without_write_queue():
        assert report_for_two_members(buyer, other, monkeypatch) == {"ok": 1, "key_reused": 1}
    assert Event.select().where(Event.kind == "orders.paid").count() == 1


def test_control_without_the_index_an_order_of_two_members_is_two_events(buyer, register, rule, monkeypatch):
    other = register("13912345678")
    with without_index("event_key"), without_write_queue():
        assert report_for_two_members(buyer, other, monkeypatch) == {"ok": 2}
        assert Event.select().where(Event.kind == "orders.paid").count() == 2


def test_an_order_and_its_return_at_once_end_as_one_after_the_other(buyer, rule, verify_afterwards):
    """The return finds the order, or is reported that there is none yet and comes again."""
    for number in range(6):
        acts = (lambda name: post_order(buyer, name), lambda name: returned_order(name))
        outcomes = database.run_concurrently(2, lambda n, acts=acts, name=f"O{number}": acts[n](name))
        assert count_outcomes(outcomes) in ({"ok": 2}, {"ok": 1, "not_found": 1}), outcomes
        returned_order(f"O{number}")
        assert points.balance(buyer) == 0


def test_control_without_the_lock_an_order_and_a_return_lose_each_other_s_points(
    buyer, rule, unlocked, monkeypatch
):
    """100 go out and 100 come in; both have read the account before either writes it."""
    post_order(buyer)
    look, earning, returning = (
        with_barrier(lambda seen: seen),
        point_bulk_posting._get_or_create_accounts,
        point_reversals._lock_entry,
    )
    monkeypatch.setattr(point_bulk_posting, "_get_or_create_accounts", lambda *asked: look(earning(*asked)))
    monkeypatch.setattr(point_reversals, "_lock_entry", lambda *asked: look(returning(*asked)))
    with without_write_queue():
        database.run_concurrently(2, lambda n: returned_order() if n else post_order(buyer, "O2"))
    assert points.balance(buyer) != 100


# An order is reported once.


def test_the_index_alone_keeps_two_channels_from_recording_two_events(buyer, rule, unlocked, monkeypatch):
    monkeypatch.setattr(point_order_events, "_find_existing", with_barrier(point_order_events._find_existing))
    with without_write_queue():
        outcomes = database.run_concurrently(
            2, lambda _: point_order_events.report_paid(member=buyer, order=order())
        )
    assert count_outcomes(outcomes) == {"ok": 2}
    assert Event.select().where(Event.kind == "orders.paid").count() == 1


def test_control_without_the_index_two_channels_record_two_events_and_the_order_is_booked_once(
    buyer, rule, unlocked, monkeypatch
):
    monkeypatch.setattr(point_order_events, "_find_existing", with_barrier(point_order_events._find_existing))
    with without_index("event_key"), without_write_queue():
        database.run_concurrently(2, lambda _: point_order_events.report_paid(member=buyer, order=order()))
        said = list(Event.select().where(Event.kind == "orders.paid"))
        assert len(said) == 2
        for event in said:
            point_order_events.post_order(event)
        assert points.balance(buyer) == 100


# A return takes, or gives, once, and never more than the whole.


def test_the_same_return_reported_at_once_moves_once(buyer, rule, verify_afterwards):
    key = post_order(buyer).key
    outcomes = database.run_concurrently(
        6, lambda _: point_reversals.reverse_earned(key=key, number="R", numerator=1, denominator=2)
    )
    assert (count_outcomes(outcomes), points.balance(buyer)) == ({"ok": 6}, 50)
    points.spend(member=buyer, kind="gift_redemption", value=50, key="gift")
    outcomes = database.run_concurrently(
        6, lambda _: point_reversals.refund_redeemed(key="gift", number="R", numerator=1, denominator=2)
    )
    assert (count_outcomes(outcomes), points.balance(buyer)) == ({"ok": 6}, 25)


@pytest.mark.parametrize("verb", ["reverse_earned", "refund_redeemed"])
def test_control_without_lock_and_indexes_a_return_moves_twice(buyer, unlocked, monkeypatch, verb):
    key = {"reverse_earned": "in", "refund_redeemed": "gift"}[verb]
    earn_points(buyer)
    points.spend(member=buyer, kind="gift_redemption", value=60, key="gift")
    monkeypatch.setattr(point_reversals, "_find_existing", with_barrier(point_reversals._find_existing))
    with without_index("point_reversal_entry_id_number", "point_entry_key"), without_write_queue():
        outcomes = database.run_concurrently(
            2, lambda _: getattr(point_reversals, verb)(key=key, number="R", numerator=1, denominator=3)
        )
        assert (count_outcomes(outcomes), PointReversal.select().count()) == ({"ok": 2}, 2)


@pytest.mark.parametrize("verb", ["reverse_earned", "refund_redeemed"])
def test_parts_that_come_back_at_once_are_never_more_than_the_whole(buyer, verify_afterwards, verb):
    """Five routes report two of three pieces each, under numbers of their own: one of them is right."""
    key = {"reverse_earned": "in", "refund_redeemed": "gift"}[verb]
    earn_points(buyer)
    points.spend(member=buyer, kind="gift_redemption", value=60, key="gift")
    outcomes = database.run_concurrently(
        5, lambda n: getattr(point_reversals, verb)(key=key, number=f"R{n}", numerator=2, denominator=3)
    )
    assert count_outcomes(outcomes) == {"ok": 1, "return_exceeds": 4}


@pytest.mark.parametrize("verb", ["reverse_earned", "refund_redeemed"])
def test_control_without_the_lock_more_than_the_whole_comes_back(buyer, unlocked, monkeypatch, verb):
    key = {"reverse_earned": "in", "refund_redeemed": "gift"}[verb]
    earn_points(buyer)
    points.spend(member=buyer, kind="gift_redemption", value=60, key="gift")
    points.spend(member=buyer, kind="gift_redemption", value=30, key="spent from the lot")
    monkeypatch.setattr(point_reversals, "_points_of_return", with_barrier(point_reversals._points_of_return))
    with without_write_queue():
        outcomes = database.run_concurrently(
            2, lambda n: getattr(point_reversals, verb)(key=key, number=f"R{n}", numerator=2, denominator=3)
        )
    assert count_outcomes(outcomes) == {"ok": 2}
    assert sum(row.numerator for row in PointReversal.select()) == 4


# Points pay once.


# A member has one tier.


# No more is paid back than was paid.
