"""What is said afterwards reaches the shopper in the form that WeChat has for it, and nothing is lost in silence."""

from typing import get_args

import pytest

import accounts
from store.activities import answers, conversation
from store.company import channels
from tasks import customer_messages, relay
from tests import world

PARTS = [
    answers.Text(text="您好"),
    answers.Article(title="门店", url="https://shop.test/1"),
    answers.Image(media_id="m1"),
    answers.MiniProgramCard(title="商城", appid="wxmall", page="p", thumb_media_id="m1"),
    answers.Transfer(),
]


class Account:
    """An official account that keeps what it was told to send."""

    def __init__(self) -> None:
        self.sent: list[tuple] = []

    def __getattr__(self, name: str):
        return lambda openid, *parts, **named: self.sent.append((name, openid, *parts))


@pytest.fixture
def account(acme: str, monkeypatch: pytest.MonkeyPatch) -> Account:
    sending = Account()
    monkeypatch.setattr(accounts, "official", lambda channel: sending)
    return sending


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.type)
def test_every_kind_of_answer_is_sent(account: Account, acme: str, part: answers.Said):
    world.install_reactions()
    conversation.say_later(channels.of_key("acme-mp"), openid="o1", said=[part], number="1")
    assert relay.run(acme) == 1
    assert len(account.sent) == 1


def test_no_kind_of_answer_is_forgotten():
    assert {type(part) for part in PARTS} == set(get_args(answers.Said))


def test_a_hand_over_that_is_late_asks_to_try_again(account: Account, acme: str):
    said = [answers.Transfer()]
    conversation.say_later(channels.of_key("acme-mp"), openid="o1", said=said, number="1")
    relay.run(acme)
    assert account.sent == [("send_text", "o1", customer_messages.NOT_HANDED_OVER)]
