"""A job of the clock is run by one clock at a time, when it is due, and again after its pause."""

from datetime import timedelta

import time_machine

from store.core import clock, scheduled_jobs
from store.core.scheduled_jobs import ScheduledJob
from tests.support import database
from tests.support.races import with_barrier, without_write_queue


def claim(number: int = 0) -> str | None:
    return scheduled_jobs.claim(name="job")


def claim_in_threads(number: int) -> int:
    return sum(lease is not None for lease in database.run_concurrently(4, claim))


def test_two_clocks_run_it_once(process_group):
    scheduled_jobs.declare(name="job", every_s=60)
    assert sum(process_group.run_together(2, claim_in_threads)) == 1


def test_without_the_lock_two_clocks_run_it(acme, monkeypatch):
    scheduled_jobs.declare(name="job", every_s=60)
    monkeypatch.setattr(scheduled_jobs.db, "lock", lambda query: query)
    monkeypatch.setattr(scheduled_jobs, "_is_leased", with_barrier(scheduled_jobs._is_leased))
    with without_write_queue():
        assert len(list(filter(None, database.run_concurrently(2, claim)))) == 2


def test_it_comes_round_after_its_pause(acme):
    with time_machine.travel(clock.now(), tick=False) as now:
        scheduled_jobs.declare(name="job", every_s=60)
        lease = claim()
        assert claim() is None
        scheduled_jobs.finish(name="job", lease=lease)
        assert claim() is None
        now.shift(timedelta(seconds=60))
        assert claim() is not None


def test_a_clock_that_died_is_followed_by_another_when_its_lease_ends(acme):
    with time_machine.travel(clock.now(), tick=False) as now:
        scheduled_jobs.declare(name="job", every_s=60)
        first = claim()
        now.shift(timedelta(seconds=301))
        second = claim()
        assert second is not None
        scheduled_jobs.finish(name="job", lease=first, error="late")
        assert ScheduledJob.get().lease == second
        assert ScheduledJob.get().last_error is None


def test_declared_twice_is_one_and_keeps_its_place(acme):
    first = scheduled_jobs.declare(name="job", every_s=60)
    lease = claim()
    scheduled_jobs.declare(name="job", every_s=60)
    changed = scheduled_jobs.declare(name="job", every_s=90)
    assert (changed.id, changed.every_s, changed.lease) == (first.id, 90, lease)
    assert (
        len(
            {
                row.id
                for row in database.run_concurrently(
                    8, lambda number: scheduled_jobs.declare(name="new", every_s=5)
                )
            }
        )
        == 1
    )


def test_how_it_went_is_kept(acme):
    scheduled_jobs.declare(name="job", every_s=60)
    scheduled_jobs.finish(name="job", lease=claim(), error="LookupError: gone")
    (row,) = scheduled_jobs.list_jobs()
    assert row.last_error == "LookupError: gone"
    assert row.last_finished_at >= row.last_started_at


def test_what_no_one_declared_is_not_taken(acme):
    assert scheduled_jobs.claim(name="unknown") is None
