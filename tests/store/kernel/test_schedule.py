"""A job of the clock is run by one clock at a time, when it is due, and again after its pause."""

from datetime import timedelta

import time_machine

from store.kernel import clock, schedule
from store.kernel.schedule import ScheduledJob
from tests import world
from tests.store.races import meeting, without_turns


def take(number: int = 0) -> str | None:
    return schedule.take(name="job")


def taken_by_threads(number: int) -> int:
    return sum(lease is not None for lease in world.at_once(4, take))


def test_two_clocks_run_it_once(house):
    schedule.declare(name="job", every_s=60)
    assert sum(house.together(2, taken_by_threads)) == 1


def test_without_the_lock_two_clocks_run_it(acme, monkeypatch):
    schedule.declare(name="job", every_s=60)
    monkeypatch.setattr(schedule.db, "lock", lambda query: query)
    monkeypatch.setattr(schedule, "_is_held", meeting(schedule._is_held))
    with without_turns():
        assert len(list(filter(None, world.at_once(2, take)))) == 2


def test_it_comes_round_after_its_pause(acme):
    with time_machine.travel(clock.now(), tick=False) as now:
        schedule.declare(name="job", every_s=60)
        lease = take()
        assert take() is None
        schedule.finish(name="job", lease=lease)
        assert take() is None
        now.shift(timedelta(seconds=60))
        assert take() is not None


def test_a_clock_that_died_is_followed_by_another_when_its_lease_ends(acme):
    with time_machine.travel(clock.now(), tick=False) as now:
        schedule.declare(name="job", every_s=60)
        first = take()
        now.shift(timedelta(seconds=301))
        second = take()
        assert second is not None
        schedule.finish(name="job", lease=first, error="late")
        assert ScheduledJob.get().lease == second
        assert ScheduledJob.get().last_error is None


def test_declared_twice_it_is_one_and_keeps_its_place(acme):
    first = schedule.declare(name="job", every_s=60)
    lease = take()
    schedule.declare(name="job", every_s=60)
    changed = schedule.declare(name="job", every_s=90)
    assert (changed.id, changed.every_s, changed.lease) == (first.id, 90, lease)
    assert (
        len({row.id for row in world.at_once(8, lambda number: schedule.declare(name="new", every_s=5))}) == 1
    )


def test_how_it_went_is_kept(acme):
    schedule.declare(name="job", every_s=60)
    schedule.finish(name="job", lease=take(), error="LookupError: gone")
    (row,) = schedule.listing()
    assert row.last_error == "LookupError: gone"
    assert row.last_finished_at >= row.last_started_at


def test_what_nobody_declared_is_not_taken(acme):
    assert schedule.take(name="unknown") is None
