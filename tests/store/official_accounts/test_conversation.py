"""A message is heard once and answered alike for every copy, whatever kind it is."""

from datetime import timedelta

import pytest
import time_machine

from store.check_ins.check_ins import CheckIn
from store.core import clock
from store.customers.customers import Customer
from store.customers.followers import Follow
from store.official_accounts import conversation, keyword_replies, menus, qr_codes
from store.official_accounts.conversation import ProcessedMessage
from store.official_accounts.message_content import IncomingMessage
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.tenants import channels
from tests.support import database, message_records
from tests.support.races import with_barrier, without_index, without_write_queue


@pytest.fixture
def messages_by_kind(account):
    """An account with a shop and its code, a menu and a word for checking in."""
    shop = shops.create_shop(code="S1", name="前门店", location=Coordinates(116.404, 39.915))
    code = qr_codes.create(channel=account, kind="shop", target=shop.public_id, name="门口")
    keyword_replies.save_rule(name="in", match="exact", keywords=["签到"], replies=[{"type": "check_in"}])
    keyword_replies.save_rule(
        name="two", match="exact", keywords=["活动"],
        replies=[{"type": "text", "text": "一"}, {"type": "text", "text": "二"}],
    )  # fmt: skip
    menus.save_draft(
        account,
        {"button": [{"type": "click", "name": "签到", "key": "IN", "answers": [{"type": "check_in"}]}]},
    )
    menus.finish_publication(menus.request_publication(account).id)
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
        name: IncomingMessage(**({"kind": name, "sender": "o1", "number": f"n-{name}"} | facts))
        for name, facts in kinds.items()
    }


def answer(message: IncomingMessage) -> list:
    return conversation.answer_message(channels.get_by_key("acme-mp"), message)


def process_copies(number: int, message: IncomingMessage) -> list:
    return database.run_concurrently(16, lambda _: answer(message))


KINDS = ("text", "several", "unknown", "click", "subscribe", "unsubscribe", "scan", "location", "other")


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_copy_gets_the_same_answer_and_changes_nothing(messages_by_kind, kind, verify_afterwards):
    answer(IncomingMessage(kind="subscribe", sender="o1", number="before"))
    first = answer(messages_by_kind[kind])
    kept = database.dump_rows()
    assert answer(messages_by_kind[kind]) == first
    assert database.dump_rows() == kept


@pytest.mark.parametrize("kind", ["text", "subscribe", "several"])
def test_thirty_two_copies_in_two_processes_are_heard_once(
    process_group, messages_by_kind, kind, verify_afterwards
):
    said = [
        one for part in process_group.run_together(2, process_copies, messages_by_kind[kind]) for one in part
    ]
    assert len(said) == 32
    assert all(one == said[0] for one in said), said
    assert Customer.select().count() <= 1
    assert CheckIn.select().count() == (kind == "text")
    assert Follow.select().where(Follow.follow_count == 1).count() == Follow.select().count()
    assert len(message_records.list_replies()) == (kind != "text")
    assert qr_codes.list_codes()[0].scans == (kind == "subscribe")


def test_without_the_key_two_copies_are_heard_twice(messages_by_kind, monkeypatch):
    answer(IncomingMessage(kind="subscribe", sender="o1", number="before"))
    monkeypatch.setattr(ProcessedMessage, "find", with_barrier(ProcessedMessage.find))
    with without_index("processed_message_channel_id_number"), without_write_queue():
        database.run_concurrently(2, lambda number: answer(messages_by_kind["scan"]))
        assert qr_codes.list_codes()[0].scans == 2


def test_each_kind_is_answered_as_it_should(messages_by_kind):
    said = {kind: answer(message) for kind, message in messages_by_kind.items()}
    assert said["text"][0].text.startswith("签到成功")
    assert said["click"][0].text.startswith("今天已经签到过了")
    assert [one.text for one in said["several"]] == ["一", "二"]
    assert said["unknown"][0].text.startswith("抱歉")
    assert [one.type for one in said["subscribe"]] == ["text", "article"]
    assert said["scan"][0].title == "前门店"
    assert said["location"][0].title.startswith("离您最近：前门店")
    assert said["unsubscribe"] == said["other"] == []


def test_what_follows_the_first_answer_is_said_later_once(messages_by_kind):
    answer(messages_by_kind["several"])
    assert message_records.list_replies() == [{"type": "text", "text": "二"}]
    account = channels.get_by_key("acme-mp")
    conversation.queue_messages(
        account,
        openid="o1",
        messages=conversation.message_content.parse(message_records.list_replies()),
        number="n-several",
    )
    assert len(message_records.list_replies()) == 1


def test_the_same_number_at_another_account_is_another_message(messages_by_kind):
    other = channels.add(
        kind="wechat_official", key="acme-two", name="二号", appid="wxacmetwo", secret="s" * 32
    )
    assert conversation.answer_message(other, messages_by_kind["text"])[0].text.startswith("签到成功")
    assert answer(messages_by_kind["text"])[0].text.startswith("签到成功")


def test_a_paused_shops_code_still_welcomes(messages_by_kind):
    shops.pause(shops.get_by_code("S1"))
    assert [one.type for one in answer(messages_by_kind["subscribe"])] == ["text", "article"]


def test_what_was_heard_is_forgotten_after_days(messages_by_kind):
    answer(messages_by_kind["text"])
    assert conversation.purge_expired() == 0
    with time_machine.travel(clock.now() + timedelta(days=conversation.RETENTION_DAYS, minutes=1)):
        assert conversation.purge_expired() == 1
