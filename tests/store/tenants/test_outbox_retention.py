"""Deliveries that were done long ago are purged; events, dead letters and pending deliveries stay."""

from datetime import timedelta

import pytest
import time_machine

from store.core import clock, events, outbox
from store.core.database import db
from store.core.events import Event, EventDelivery, Subscriber
from store.integrity import infrastructure
from store.tenants import outbox_retention, settings
from store.tenants.outbox_retention import OutboxSettings
from tests.support import database


def fail(event: Event) -> None:
    raise LookupError("out of order")


@pytest.fixture(autouse=True)
def subscribers(acme):
    events.subscribe(
        {"kept": (Subscriber("nothing", lambda event: None),), "failing": (Subscriber("fail", fail),)}
    )
    yield
    database.install_subscriptions()


@db.transactional
def record(kind: str, count: int = 1) -> None:
    for _ in range(count):
        events.record(kind)


def deliver() -> None:
    while batch := outbox.claim():
        outbox.run_in_transaction(batch)


def states() -> list[str]:
    return sorted(row.state for row in EventDelivery.select())


def test_a12_done_deliveries_are_purged_after_the_days_of_the_setting(acme):
    record("kept", 3)
    deliver()
    record("failing")
    deliver()
    count = Event.select().count()
    with time_machine.travel(clock.now() + timedelta(days=29, hours=23), tick=False):
        assert outbox_retention.purge_done() == 0
    with time_machine.travel(clock.now() + timedelta(days=30, hours=1), tick=False):
        record("kept")
        assert outbox_retention.purge_done() == 3
        assert outbox_retention.purge_done() == 0
    assert Event.select().count() == count + 1
    assert states() == ["pending", "pending"]


def test_a12_days_can_be_set(acme):
    settings.change(OutboxSettings, done_days=7)
    record("kept")
    deliver()
    with time_machine.travel(clock.now() + timedelta(days=7, hours=1), tick=False):
        assert outbox_retention.purge_done() == 1


def test_a12_large_amounts_go_in_batches(acme, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(outbox_retention, "BATCH_SIZE", 2)
    monkeypatch.setattr(outbox_retention, "MAX_BATCHES", 2)
    record("kept", 5)
    deliver()
    with time_machine.travel(clock.now() + timedelta(days=31), tick=False):
        assert [outbox_retention.purge_done() for _ in range(3)] == [4, 1, 0]


def test_a12_verifier_does_not_miss_what_was_purged(acme):
    record("kept", 2)
    record("failing")
    deliver()
    with time_machine.travel(clock.now() + timedelta(days=31), tick=False):
        record("kept", 2)
        deliver()
        outbox_retention.purge_done()
        assert list(infrastructure._find_undelivered()) == []
        assert list(infrastructure._find_never_delivered()) == []
        EventDelivery.delete().where(
            EventDelivery.event == Event.select().order_by(Event.id.desc()).get()
        ).execute()
        assert len(list(infrastructure._find_undelivered())) == 1
