"""A relay that was suspended does nothing that another has taken over."""

import threading
from datetime import timedelta

import pytest

from store.core import clock, events, outbox
from store.core.database import db
from store.core.events import Event, EventDelivery, Subscriber
from tasks import relay


@pytest.fixture
def sent_messages(acme: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two events wait; the subscriber adds their numbers here."""
    spoken: list[str] = []
    with db.database.transaction():
        for number in ("1", "2"):
            events.record("messages.due", number=number)
    subscriber = Subscriber("say", lambda event: spoken.append(event.properties["number"]), uses_network=True)
    monkeypatch.setattr(outbox, "find_subscriber", lambda name: subscriber)
    return spoken


def test_waiting_answers_are_said_once(acme: str, sent_messages: list[str]):
    assert relay.run(acme) == 2
    assert relay.run(acme) == 0
    assert sent_messages == ["1", "2"]


def test_batch_that_outlived_its_lease_is_not_said_again(sent_messages: list[str]):
    slow = outbox.claim()
    EventDelivery.update(lease_until=clock.now() - timedelta(seconds=1)).execute()
    while others := outbox.claim():
        relay.process_batch(others)
    assert sorted(sent_messages) == ["1", "2"]
    assert relay.process_batch(slow) == 0
    assert sorted(sent_messages) == ["1", "2"]


def test_lease_begins_anew_with_each_call(sent_messages: list[str], monkeypatch: pytest.MonkeyPatch):
    left: list[timedelta] = []

    def look(event: Event) -> None:
        left.append(EventDelivery.get(EventDelivery.event == event.id).lease_until - clock.now())

    monkeypatch.setattr(outbox, "find_subscriber", lambda name: Subscriber("look", look, uses_network=True))
    batch = outbox.claim()
    EventDelivery.update(lease_until=clock.now() + timedelta(seconds=1)).execute()
    relay.process_batch(batch)
    assert [time > timedelta(seconds=20) for time in left] == [True, True]


def test_relay_that_is_asked_to_stop_begins_nothing_more(
    acme: str, sent_messages: list[str], monkeypatch: pytest.MonkeyPatch
):
    stop_requested = threading.Event()
    monkeypatch.setattr(relay, "stop_requested", stop_requested)
    stop_requested.set()
    assert relay.run(acme) == 0
    stop_requested.clear()
    assert relay.run(acme) == 2
