"""A relay that fell asleep does nothing that another has taken over."""

import threading
from datetime import timedelta

import pytest

from store.activities import conversation
from store.activities.answers import Text
from store.company import channels
from store.kernel import clock, deliveries
from store.kernel.events import Delivery, Event
from tasks import relay


@pytest.fixture
def said(acme: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two answers wait to be said; whoever says them writes here what was said."""
    spoken: list[str] = []
    channel = channels.of_key("acme-mp")
    for number in ("1", "2"):
        conversation.say_later(channel, openid="o1", said=[Text(text=number)], number=number)
    reaction = lambda event: spoken.append(event.properties["said"][0]["text"])  # noqa: E731
    monkeypatch.setattr(deliveries, "reaction_named", lambda name: reaction)
    return spoken


def test_waiting_answers_are_said_once(acme: str, said: list[str]):
    assert relay.run(acme) == 2
    assert relay.run(acme) == 0
    assert said == ["1", "2"]


def test_batch_that_outlived_its_lease_is_not_said_again(said: list[str]):
    slow = deliveries.claim()
    Delivery.update(lease_until=clock.now() - timedelta(seconds=1)).execute()
    while others := deliveries.claim():
        relay.work_off(others)
    assert sorted(said) == ["1", "2"]
    assert relay.work_off(slow) == 0
    assert sorted(said) == ["1", "2"]


def test_lease_begins_anew_with_each_call(said: list[str], monkeypatch: pytest.MonkeyPatch):
    left: list[timedelta] = []

    def look(event: Event) -> None:
        left.append(Delivery.get(Delivery.event == event.id).lease_until - clock.now())

    monkeypatch.setattr(deliveries, "reaction_named", lambda name: look)
    batch = deliveries.claim()
    Delivery.update(lease_until=clock.now() + timedelta(seconds=1)).execute()
    relay.work_off(batch)
    assert [time > timedelta(seconds=20) for time in left] == [True, True]


def test_relay_that_is_told_to_stop_begins_nothing_more(
    acme: str, said: list[str], monkeypatch: pytest.MonkeyPatch
):
    told = threading.Event()
    monkeypatch.setattr(relay, "told_to_stop", told)
    told.set()
    assert relay.run(acme) == 0
    told.clear()
    assert relay.run(acme) == 2
