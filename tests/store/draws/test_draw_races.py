"""Races of lucky draws, with real threads and processes, and what happens without each guard."""

from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from store.activities import activities, budgets, publication
from store.activities.activities import Activity, Prize
from store.activities.budgets import ActivityBudget
from store.core.errors import DomainError
from store.customers.customers import Customer
from store.customers.members import Member
from store.draws import claims, draws, odds, wins
from store.draws.draw_records import Draw
from store.draws.wins import Win
from tests.support import database
from tests.support.coupon_fixtures import create_member
from tests.support.draw_fixtures import (
    CUP,
    PACKET,
    PacketRecorder,
    create_budget,
    create_draft,
    create_running,
    draw,
)
from tests.support.races import with_barrier, without_index, without_write_queue

T = TypeVar("T")
PROCESSES = 3  # a process has 24 connections to PostgreSQL


def result(outcomes: list[Any]) -> Counter[str]:
    """How many of each outcome there were: `ok`, or the code of the rejection."""
    return Counter(
        outcome.code
        if isinstance(outcome, DomainError)
        else "ok"
        if isinstance(outcome, Draw)
        else repr(outcome)
        for outcome in outcomes
    )


def repeat_while_busy(work: Callable[[], T]) -> T:
    """What a client gets in the end: one that is asked to wait asks again."""
    for _ in range(20):
        try:
            return work()
        except DomainError as error:
            if error.code != "busy":
                raise
    raise AssertionError("still busy")


def draw_once(process: int, activity_id: int, member_ids: list[int]) -> list[str]:
    """Every member draws at the same moment, once for each time that the member is listed."""
    mine = member_ids[process::PROCESSES]

    def one(place: int) -> Draw:
        me = Member.get_by_id(mine[place])
        return repeat_while_busy(lambda: draw(Activity.get_by_id(activity_id), me, f"{process}/{place}"))

    return list(result(database.run_concurrently(len(mine), one)).elements())


def test_draw_5_one_prize_and_fifty_taps_at_once(process_group, verify_afterwards):
    activity = create_running(total_draws=50, prizes=[CUP], free_per_day=10, draws_per_day=10)
    people = [create_member(number).id for number in range(5)] * 10
    found = Counter(
        one for part in process_group.run_together(PROCESSES, draw_once, activity.id, people) for one in part
    )
    assert found == {"ok": 50}
    assert sorted(row.number for row in Draw.select()) == list(range(1, 51))
    assert (Win.select().count(), Prize.get().left) == (1, 0)
    with pytest.raises(DomainError, match="已用完"):
        draw(activity, create_member(5))


def test_the_last_draws_are_made_once_each(process_group, verify_afterwards):
    activity = create_running(total_draws=3, prizes=[{**CUP, "quantity": 3}], free_per_day=4, draws_per_day=4)
    people = [create_member(number).id for number in range(3)] * 4
    found = Counter(
        one for part in process_group.run_together(PROCESSES, draw_once, activity.id, people) for one in part
    )
    assert found == {"ok": 3, "draws_gone": 9}
    assert Win.select().count() == 3


def test_control_without_the_lock_the_last_prize_is_drawn_twice(acme, monkeypatch):
    """Both have read what is left before either writes."""
    activity, people = create_running(total_draws=2, prizes=[CUP]), [create_member(n) for n in range(2)]
    monkeypatch.setattr(odds, "pick_number", lambda left: 0)
    read = with_barrier(lambda row_id: Activity.get_by_id(row_id))
    monkeypatch.setattr(draws.activities, "lock", read)
    list_prizes = with_barrier(activities.list_prizes)
    monkeypatch.setattr(draws.activities, "list_prizes", list_prizes)
    with without_index("draw_activity_id_number"), without_write_queue():
        assert result(database.run_concurrently(2, lambda n: draw(activity, people[n]))) == {"ok": 2}
        assert Win.select().count() == 2  # of one cup


def test_one_member_with_two_phones_has_one_chance(acme, verify_afterwards):
    activity, me = create_running(free_per_day=1), create_member()
    outcomes = database.run_concurrently(8, lambda number: draw(activity, me, str(number)))
    assert result(outcomes) == {"ok": 1, "no_chances": 7}


def test_control_without_the_members_lock_one_chance_is_used_twice(acme, monkeypatch):
    activity, count = create_running(free_per_day=1), draws.chances.count
    outcomes = []
    for number in range(1, 6):  # a thread that waited for the database may come too late
        me = create_member(number)
        monkeypatch.setattr(draws.members, "lock_for", lambda customer, me=me: me)
        monkeypatch.setattr(draws.chances, "count", with_barrier(count))
        with without_write_queue():
            outcomes.append(result(database.run_concurrently(2, lambda n, me=me: draw(activity, me, str(n)))))
    assert {"ok": 2} in outcomes


def publish_together(count: int, amount_fen: int) -> Counter[str]:
    """Activities of six yuan each are published at once from one budget."""
    budget = create_budget(amount_fen)
    drafts = [create_draft(prizes=[PACKET], budget=budget.public_id) for _ in range(count)]

    def publish(place: int) -> str:
        try:
            repeat_while_busy(lambda: publication.publish(drafts[place]))
        except DomainError as error:
            return error.code
        return "ok"

    return Counter(map(str, database.run_concurrently(count, publish)))


def test_activities_never_reserve_more_than_the_budget(acme, verify_afterwards):
    assert publish_together(6, 2000) == {"ok": 3, "budget_short": 3}
    assert ActivityBudget.get().reserved_fen == 1800


def test_control_without_the_lock_the_budget_is_reserved_twice(acme, monkeypatch):
    """The constraint of the table would still reject a sum above the total, so there are two entries for one sum."""
    monkeypatch.setattr(budgets, "lock", with_barrier(lambda row_id: ActivityBudget.get_by_id(row_id)))
    with without_write_queue():
        monkeypatch.setattr(budgets, "_find_existing", lambda budget, key: None)
        budget = ActivityBudget.create(name="预算", total_fen=1000)
        outcomes = database.run_concurrently(
            2, lambda n: budgets.reserve(budget.id, 600, key=f"k{n}", subject="")
        )
        assert outcomes == [None, None]
        assert budgets.ActivityBudgetEntry.select().count() == 2
        assert ActivityBudget.get().reserved_fen == 600  # of 1,200 that were promised


def test_a_prize_is_claimed_once(acme, monkeypatch, verify_afterwards):
    packets, me = PacketRecorder(), create_member()
    monkeypatch.setattr(claims.red_packets, "request", packets.request)
    activity = create_running(
        total_draws=1, prizes=[{**PACKET, "quantity": 1}], budget=create_budget().public_id
    )
    win, customer = wins.find_of_draw(draw(activity, me)), Customer.get_by_id(me.customer_id)
    outcomes = database.run_concurrently(4, lambda n: claims.claim(win=win, customer=customer).state)
    assert outcomes == ["claiming"] * 4
    assert len(packets.requested) == 1
