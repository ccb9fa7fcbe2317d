"""A delivery is worked off once, by one worker, whatever dies on the way; what fails comes again, and ends."""

import os
import signal
from datetime import timedelta

import pytest
import time_machine

from store.core import clock, events, outbox
from store.core.database import db
from store.core.errors import DomainError
from store.core.events import Event, EventDelivery, Subscriber
from store.core.outbox import BACKOFF_S, MAX_ATTEMPTS
from store.customers.customers import Source
from tests.support import database

LATER = timedelta(seconds=outbox.LEASE_S + 1)


def insert_row(event: Event) -> None:
    """A reaction that writes a row: nothing but the delivery's own transaction keeps it single."""
    Source.create(code=f"{event.id}-{Source.select().count()}", name="来源")


def fail(event: Event) -> None:
    insert_row(event)
    raise LookupError("out of order")


def kill_worker(event: Event) -> None:
    """The fail point: the worker dies after the reaction has written, before the commit."""
    insert_row(event)
    os.kill(os.getpid(), signal.SIGKILL)


INSERT_ROW, FAIL = Subscriber("insert_row", insert_row), Subscriber("fail", fail)


@pytest.fixture(autouse=True)
def subscribers(acme):
    events.subscribe(
        {"kept": (INSERT_ROW,), "failing": (FAIL,), "killing": (INSERT_ROW,), "both": (INSERT_ROW, FAIL)}
    )
    yield
    database.install_subscriptions()


@db.transactional
def record_events(kind: str = "kept", count: int = 1) -> None:
    for _ in range(count):
        events.record(kind)


def process_batch(number: int = 0) -> int:
    done = 0
    while batch := outbox.claim():
        done += outbox.run_in_transaction(batch)
    return done


def process_and_die() -> None:
    events.subscribe({"killing": (Subscriber(INSERT_ROW.name, kill_worker),)})
    process_batch()


def process_in_tenant(number: int) -> int:
    events.subscribe({"kept": (INSERT_ROW,)})
    return sum(database.run_concurrently(4, process_batch))


def states() -> list[str]:
    return [row.state for row in EventDelivery.select().order_by(EventDelivery.id)]


def test_an_event_is_written_with_its_verb_or_not_at_all(acme):
    @db.transactional
    def refused() -> None:
        events.record("kept")
        raise DomainError("no", "不行")

    with pytest.raises(DomainError):
        refused()
    assert (Event.select().count(), EventDelivery.select().count()) == (0, 0)
    with pytest.raises(RuntimeError, match="outside a verb"):
        events.record("kept")


def test_the_worker_is_woken_after_the_commit_and_only_then():
    woken = []
    events.subscribe({"kept": (INSERT_ROW,)}, wake=woken.append)

    @db.transactional
    def refused() -> None:
        events.record("kept")
        assert woken == []
        raise DomainError("no", "不行")

    with pytest.raises(DomainError):
        refused()
    assert woken == []
    record_events()
    assert woken == ["acme"]


def test_what_is_claimed_is_no_one_elses_until_the_lease_ends():
    record_events(count=3)
    assert len(outbox.claim()) == 3
    assert outbox.claim() == []
    with time_machine.travel(clock.now() + LATER):
        assert len(outbox.claim()) == 1, "tried before, so it comes alone"


def test_a_late_worker_finds_nothing_of_its_own_left():
    record_events()
    late = outbox.claim()
    with time_machine.travel(clock.now() + LATER):
        assert outbox.run_in_transaction(outbox.claim()) == 1
        assert outbox.run_in_transaction(late) == 0
    assert Source.select().count() == 1
    assert states() == ["done"]


def test_without_the_check_the_lease_the_late_worker_does_it_again(monkeypatch):
    record_events()
    late = outbox.claim()
    monkeypatch.setattr(
        outbox,
        "_lock_leased",
        lambda batch: list(EventDelivery.select().where(EventDelivery.id.in_([d.id for d in batch]))),
    )
    with time_machine.travel(clock.now() + LATER):
        outbox.run_in_transaction(outbox.claim())
        outbox.run_in_transaction(late)
    assert Source.select().count() == 2


def test_run_twice_it_happens_once():
    record_events()
    batch = outbox.claim()
    assert [outbox.run_in_transaction(batch), outbox.run_in_transaction(batch)] == [1, 0]
    assert Source.select().count() == 1


def test_many_workers_in_several_processes_do_each_thing_once(process_group, verify_afterwards):
    record_events(count=120)
    assert sum(process_group.run_together(2, process_in_tenant)) == 120
    seen = [int(row.code.partition("-")[0]) for row in Source.select()]
    assert sorted(seen) == sorted(event.id for event in Event.select())
    assert set(states()) == {"done"}


def test_what_a_killed_worker_had_begun_is_undone_and_done_once_by_the_next(process_group):
    record_events("killing")
    assert process_group.run_until_killed(process_and_die)
    assert Source.select().count() == 0
    assert states() == ["pending"]
    assert process_batch() == 0, "its lease still runs"
    with time_machine.travel(clock.now() + LATER):
        assert process_batch() == 1
    assert Source.select().count() == 1


def test_a_failure_is_undone_alone_and_put_off():
    record_events()
    record_events("failing")
    record_events()
    assert process_batch() == 2
    assert Source.select().count() == 2
    assert states() == ["done", "pending", "done"]
    failed = EventDelivery.get(EventDelivery.state == "pending")
    assert (failed.attempts, failed.error, failed.lease) == (1, "LookupError: out of order", None)


def test_after_five_tries_with_growing_pauses_it_is_dead():
    record_events("failing")
    now = clock.now()
    for pause in (*BACKOFF_S, 0):
        with time_machine.travel(now, tick=False):
            assert process_batch() == 0
        with time_machine.travel(now + timedelta(seconds=max(0, pause - 1)), tick=False):
            assert outbox.claim() == []
        now += timedelta(seconds=pause + 1)
    assert states() == ["dead"]
    assert [row.attempts for row in outbox.list_dead_letters()] == [MAX_ATTEMPTS]


def test_what_kills_every_worker_dies_itself_and_lets_the_others_by():
    record_events("killing")
    now = clock.now()
    for _ in range(MAX_ATTEMPTS):
        with time_machine.travel(now, tick=False):
            assert len(outbox.claim()) == 1
        now += LATER
    record_events()
    with time_machine.travel(now, tick=False):
        assert process_batch() == 1
    assert states() == ["dead", "done"]
    assert "worker ended" in outbox.list_dead_letters()[0].error


def test_replay_gives_all_tries_back_and_does_so_once():
    record_events("failing")
    EventDelivery.update(state="dead", attempts=MAX_ATTEMPTS).execute()
    row = outbox.list_dead_letters()[0]
    assert outbox.replay(row.id).attempts == 0
    assert outbox.claim()[0].id == row.id
    assert outbox.replay(row.id).attempts == 1, "asked again it changes nothing"
    with pytest.raises(DomainError) as refused:
        outbox.replay(987654)
    assert refused.value.code == "not_found"


def test_two_reactions_to_one_event_are_two_deliveries():
    record_events("both")
    assert process_batch() == 1
    assert sorted(states()) == ["done", "pending"]
    assert outbox.count_by_state() == {"pending": 1, "dead": 0}


def test_a_reaction_that_a_release_dropped_waits_instead_of_vanishing():
    record_events()
    events.subscribe({})
    assert process_batch() == 0
    assert "no subscriber is called" in EventDelivery.get().error


def test_what_uses_the_network_runs_outside_and_is_settled_by_its_lease():
    record_events()
    (held,) = outbox.claim()
    assert outbox.run_outside_transaction(held)
    assert states() == ["done"]
    record_events("failing")
    (held,) = outbox.claim()
    assert not outbox.run_outside_transaction(held)
    assert states() == ["done", "pending"]
