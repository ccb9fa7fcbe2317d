"""A delivery is worked off once, by one worker, whatever dies on the way; what fails comes again, and ends."""

import os
import signal
from datetime import timedelta

import pytest
import time_machine

from store.kernel import clock, db, deliveries, events
from store.kernel.deliveries import PAUSES_S, TRIES
from store.kernel.events import Delivery, Event
from store.kernel.refusals import Refused
from store.people.customers import Source
from tests import world

LATER = timedelta(seconds=deliveries.LEASE_S + 1)


def keep(event: Event) -> None:
    """A reaction that writes a row: nothing but the delivery's own transaction keeps it single."""
    Source.create(code=f"{event.id}-{Source.select().count()}", name="来源")


def fail(event: Event) -> None:
    keep(event)
    raise LookupError("out of order")


def kill(event: Event) -> None:
    """The fail point: the worker dies after the reaction has written, before the commit."""
    keep(event)
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture(autouse=True)
def reactions(acme):
    events.install({"kept": (keep,), "failing": (fail,), "killing": (keep,), "both": (keep, fail)})
    yield
    world.install_reactions()


@db.verb
def happen(kind: str = "kept", count: int = 1) -> None:
    for _ in range(count):
        events.record(kind)


def work_off(number: int = 0) -> int:
    done = 0
    while batch := deliveries.claim():
        done += deliveries.run_inside(batch)
    return done


def work_off_and_die() -> None:
    events.install({"killing": (keep,)})
    events._named[events.name_of(keep)] = kill
    work_off()


def work_off_in_company(number: int) -> int:
    events.install({"kept": (keep,)})
    return sum(world.at_once(4, work_off))


def states() -> list[str]:
    return [row.state for row in Delivery.select().order_by(Delivery.id)]


def test_an_event_is_written_with_its_verb_or_not_at_all(acme):
    @db.verb
    def refused() -> None:
        events.record("kept")
        raise Refused("no", "不行")

    with pytest.raises(Refused):
        refused()
    assert (Event.select().count(), Delivery.select().count()) == (0, 0)
    with pytest.raises(RuntimeError, match="outside a verb"):
        events.record("kept")


def test_the_worker_is_woken_after_the_commit_and_only_then():
    woken = []
    events.install({"kept": (keep,)}, wake=woken.append)

    @db.verb
    def refused() -> None:
        events.record("kept")
        assert woken == []
        raise Refused("no", "不行")

    with pytest.raises(Refused):
        refused()
    assert woken == []
    happen()
    assert woken == ["acme"]


def test_what_is_claimed_is_nobody_elses_until_the_lease_ends():
    happen(count=3)
    assert len(deliveries.claim()) == 3
    assert deliveries.claim() == []
    with time_machine.travel(clock.now() + LATER):
        assert len(deliveries.claim()) == 1, "tried before, so it comes alone"


def test_a_late_worker_finds_nothing_of_its_own_left():
    happen()
    late = deliveries.claim()
    with time_machine.travel(clock.now() + LATER):
        assert deliveries.run_inside(deliveries.claim()) == 1
        assert deliveries.run_inside(late) == 0
    assert Source.select().count() == 1
    assert states() == ["done"]


def test_without_the_look_at_the_lease_the_late_worker_does_it_again(monkeypatch):
    happen()
    late = deliveries.claim()
    monkeypatch.setattr(
        deliveries,
        "_held",
        lambda batch: list(Delivery.select().where(Delivery.id.in_([d.id for d in batch]))),
    )
    with time_machine.travel(clock.now() + LATER):
        deliveries.run_inside(deliveries.claim())
        deliveries.run_inside(late)
    assert Source.select().count() == 2


def test_run_twice_it_happens_once():
    happen()
    batch = deliveries.claim()
    assert [deliveries.run_inside(batch), deliveries.run_inside(batch)] == [1, 0]
    assert Source.select().count() == 1


def test_many_workers_in_several_processes_do_each_thing_once(house, sound):
    happen(count=120)
    assert sum(house.together(2, work_off_in_company)) == 120
    seen = [int(row.code.partition("-")[0]) for row in Source.select()]
    assert sorted(seen) == sorted(event.id for event in Event.select())
    assert set(states()) == {"done"}


def test_what_a_killed_worker_had_begun_is_undone_and_done_once_by_the_next(house):
    happen("killing")
    assert house.killed_in(work_off_and_die)
    assert Source.select().count() == 0
    assert states() == ["pending"]
    assert work_off() == 0, "its lease still runs"
    with time_machine.travel(clock.now() + LATER):
        assert work_off() == 1
    assert Source.select().count() == 1


def test_a_failure_is_undone_alone_and_put_off():
    happen()
    happen("failing")
    happen()
    assert work_off() == 2
    assert Source.select().count() == 2
    assert states() == ["done", "pending", "done"]
    failed = Delivery.get(Delivery.state == "pending")
    assert (failed.tries, failed.error, failed.lease) == (1, "LookupError: out of order", None)


def test_after_five_tries_with_growing_pauses_it_is_dead():
    happen("failing")
    now = clock.now()
    for pause in (*PAUSES_S, 0):
        with time_machine.travel(now, tick=False):
            assert work_off() == 0
        with time_machine.travel(now + timedelta(seconds=max(0, pause - 1)), tick=False):
            assert deliveries.claim() == []
        now += timedelta(seconds=pause + 1)
    assert states() == ["dead"]
    assert [row.tries for row in deliveries.dead()] == [TRIES]


def test_what_kills_every_worker_dies_itself_and_lets_the_others_by():
    happen("killing")
    now = clock.now()
    for _ in range(TRIES):
        with time_machine.travel(now, tick=False):
            assert len(deliveries.claim()) == 1
        now += LATER
    happen()
    with time_machine.travel(now, tick=False):
        assert work_off() == 1
    assert states() == ["dead", "done"]
    assert "worker ended" in deliveries.dead()[0].error


def test_replay_gives_all_tries_back_and_does_so_once():
    happen("failing")
    Delivery.update(state="dead", tries=TRIES).execute()
    row = deliveries.dead()[0]
    assert deliveries.replay(row.id).tries == 0
    assert deliveries.claim()[0].id == row.id
    assert deliveries.replay(row.id).tries == 1, "asked again it changes nothing"
    with pytest.raises(Refused) as refused:
        deliveries.replay(987654)
    assert refused.value.code == "not_found"


def test_two_reactions_to_one_event_are_two_deliveries():
    happen("both")
    assert work_off() == 1
    assert sorted(states()) == ["done", "pending"]
    assert deliveries.counts() == {"pending": 1, "dead": 0}


def test_a_reaction_that_a_release_dropped_waits_instead_of_vanishing():
    happen()
    events.install({})
    assert work_off() == 0
    assert "no reaction is called" in Delivery.get().error


def test_what_uses_the_network_runs_outside_and_is_settled_by_its_lease():
    happen()
    (held,) = deliveries.claim()
    assert deliveries.run_outside(held)
    assert states() == ["done"]
    happen("failing")
    (held,) = deliveries.claim()
    assert not deliveries.run_outside(held)
    assert states() == ["done", "pending"]
