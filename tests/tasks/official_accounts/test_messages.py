"""What is said afterwards reaches the shopper in the form that WeChat has for it, and nothing is lost in silence."""

from typing import get_args

import pytest

import platform_clients
from store.official_accounts import conversation, message_content
from store.tenants import channels
from tasks import relay
from tasks.official_accounts import messages as official_account_messages
from tests.support import database

PARTS = [
    message_content.Text(text="您好"),
    message_content.Article(title="门店", url="https://shop.test/1"),
    message_content.Image(media_id="m1"),
    message_content.MiniProgramCard(title="商城", appid="wxmall", page="p", thumb_media_id="m1"),
    message_content.TransferToAgent(),
]


class Account:
    """An official account that keeps what it was asked to send."""

    def __init__(self) -> None:
        self.sent: list[tuple] = []

    def __getattr__(self, name: str):
        return lambda openid, *parts, **named: self.sent.append((name, openid, *parts))


@pytest.fixture
def account(acme: str, monkeypatch: pytest.MonkeyPatch) -> Account:
    sending = Account()
    monkeypatch.setattr(platform_clients, "official_account_client", lambda channel: sending)
    return sending


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.type)
def test_every_kind_of_answer_is_sent(account: Account, acme: str, part: message_content.Reply):
    database.install_subscriptions()
    conversation.queue_messages(channels.get_by_key("acme-mp"), openid="o1", messages=[part], number="1")
    assert relay.run(acme) == 1
    assert len(account.sent) == 1


def test_no_kind_of_answer_is_forgotten():
    assert {type(part) for part in PARTS} == set(get_args(message_content.Reply))


def test_a_hand_over_that_is_late_asks_to_try_again(account: Account, acme: str):
    said = [message_content.TransferToAgent()]
    conversation.queue_messages(channels.get_by_key("acme-mp"), openid="o1", messages=said, number="1")
    relay.run(acme)
    assert account.sent == [("send_text", "o1", official_account_messages.NOT_TRANSFERABLE)]
