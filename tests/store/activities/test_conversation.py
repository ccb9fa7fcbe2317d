"""A message is heard once and answered alike for every copy, whatever kind it is."""

from datetime import timedelta

import pytest
import time_machine

from store.activities import conversation, menus, qr_codes, replies
from store.activities.conversation import Heard, Message
from store.company import channels
from store.kernel import clock
from store.kernel.events import Event
from store.loyalty.check_ins import CheckIn
from store.people.customers import Customer
from store.people.fans import Follow
from store.shop import shops
from store.shop.places import Place
from tests import world
from tests.store.races import meeting, without_index, without_turns


@pytest.fixture
def talk(account):
    """An account with a shop and its code, a menu and a word for checking in."""
    shop = shops.open_shop(code="S1", name="前门店", place=Place(116.404, 39.915))
    code = qr_codes.design(channel=account, kind="shop", target=shop.public_id, name="门口")
    replies.save(name="in", match="exact", words=["签到"], answers_=[{"type": "check_in"}])
    replies.save(
        name="two", match="exact", words=["活动"],
        answers_=[{"type": "text", "text": "一"}, {"type": "text", "text": "二"}],
    )  # fmt: skip
    menus.save(
        account,
        {"button": [{"type": "click", "name": "签到", "key": "IN", "answers": [{"type": "check_in"}]}]},
    )
    menus.settle(menus.ask_publish(account).id)
    kinds = {
        "text": {"text": "签到"},
        "several": {"kind": "text", "text": "活动"},
        "unknown": {"kind": "text", "text": "什么"},
        "click": {"key": "IN"},
        "subscribe": {"scene": code.scene},
        "unsubscribe": {},
        "scan": {"scene": code.scene},
        "location": {"lng": 116.41, "lat": 39.91},
        "other": {},
    }
    return {
        name: Message(**({"kind": name, "sender": "o1", "number": f"n-{name}"} | facts))
        for name, facts in kinds.items()
    }


def answer(message: Message) -> list:
    return conversation.answer(channels.of_key("acme-mp"), message)


def copies(number: int, message: Message) -> list:
    return world.at_once(16, lambda _: answer(message))


KINDS = ("text", "several", "unknown", "click", "subscribe", "unsubscribe", "scan", "location", "other")


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_copy_gets_the_same_answer_and_changes_nothing(talk, kind, sound):
    answer(Message(kind="subscribe", sender="o1", number="before"))
    first = answer(talk[kind])
    kept = world.dump()
    assert answer(talk[kind]) == first
    assert world.dump() == kept


@pytest.mark.parametrize("kind", ["text", "subscribe", "several"])
def test_thirty_two_copies_in_two_processes_are_heard_once(house, talk, kind, sound):
    said = [one for part in house.together(2, copies, talk[kind]) for one in part]
    assert len(said) == 32
    assert all(one == said[0] for one in said), said
    assert Customer.select().count() <= 1
    assert CheckIn.select().count() == (kind == "text")
    assert Follow.select().where(Follow.times == 1).count() == Follow.select().count()
    assert Event.select().where(Event.kind == "conversation.to_say").count() == (kind != "text")
    assert qr_codes.listing()[0].scans == (kind == "subscribe")


def test_without_the_key_two_copies_are_heard_twice(talk, monkeypatch):
    answer(Message(kind="subscribe", sender="o1", number="before"))
    monkeypatch.setattr(Heard, "find", meeting(Heard.find))
    with without_index("heard_channel_id_number"), without_turns():
        world.at_once(2, lambda number: answer(talk["scan"]))
        assert qr_codes.listing()[0].scans == 2


def test_each_kind_is_answered_as_it_should(talk):
    said = {kind: answer(message) for kind, message in talk.items()}
    assert said["text"][0].text.startswith("签到成功")
    assert said["click"][0].text.startswith("今天已经签到过了")
    assert [one.text for one in said["several"]] == ["一", "二"]
    assert said["unknown"][0].text.startswith("抱歉")
    assert [one.type for one in said["subscribe"]] == ["text", "article"]
    assert said["scan"][0].title == "前门店"
    assert said["location"][0].title.startswith("离您最近：前门店")
    assert said["unsubscribe"] == said["other"] == []


def test_what_follows_the_first_answer_is_said_later_once(talk):
    answer(talk["several"])
    event = Event.get(Event.kind == "conversation.to_say")
    assert event.properties["said"] == [{"type": "text", "text": "二"}]
    account = channels.of_key("acme-mp")
    conversation.say_later(
        account, openid="o1", said=conversation.answers.read(event.properties["said"]), number="n-several"
    )
    assert Event.select().where(Event.kind == "conversation.to_say").count() == 1


def test_the_same_number_at_another_account_is_another_message(talk):
    assert conversation.answer(channels.of_key("acme-mini"), talk["text"])[0].text.startswith("签到成功")
    assert answer(talk["text"])[0].text.startswith("签到成功")


def test_a_paused_shops_code_still_welcomes(talk):
    shops.pause(shops.of_code("S1"))
    assert [one.type for one in answer(talk["subscribe"])] == ["text", "article"]


def test_what_was_heard_is_forgotten_after_days(talk):
    answer(talk["text"])
    assert conversation.forget_old() == 0
    with time_machine.travel(clock.now() + timedelta(days=conversation.KEPT_DAYS, minutes=1)):
        assert conversation.forget_old() == 1
