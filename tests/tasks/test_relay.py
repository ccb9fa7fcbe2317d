"""A relay that was suspended does nothing that another has taken over."""

import threading
from datetime import timedelta

import pytest

from store.core import clock, outbox
from store.core.events import Event, EventDelivery, Subscriber
from store.official_accounts import conversation
from store.official_accounts.message_content import Text
from store.tenants import channels
from tasks import relay


@pytest.fixture
def sent_messages(acme: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two answers wait to be said; the subscriber that sends them adds the texts here."""
    spoken: list[str] = []
    channel = channels.get_by_key("acme-mp")
    for number in ("1", "2"):
        conversation.queue_messages(channel, openid="o1", messages=[Text(text=number)], number=number)
    subscriber = Subscriber(
        "say", lambda event: spoken.append(event.properties["messages"][0]["text"]), uses_network=True
    )
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
