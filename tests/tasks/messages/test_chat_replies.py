"""What is said afterwards reaches the shopper in the form that WeChat has for it, and nothing is lost in silence."""

from datetime import timedelta
from typing import get_args

import pytest
import time_machine

import platform_clients
from platforms.errors import OutcomeUnknownError, PlatformRejectedError
from store.core import clock
from store.official_accounts import conversation, message_content
from store.tenants import channels
from tasks import relay
from tasks.messages import media
from tasks.messages import sending as message_sending
from tests.support import database, message_records

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
    assert account.sent == [("send_text", "o1", media.NOT_TRANSFERABLE)]


class RefusingAccount(Account):
    """An official account whose calls all fail with one error."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def send_text(self, openid: str, text: str) -> None:
        self.sent.append((openid, text))
        raise self.error


def attempt_twice(acme: str, monkeypatch: pytest.MonkeyPatch, error: Exception) -> tuple[int, list[str]]:
    """Queue a text, send what is due now and after the first pause; return the calls and the states."""
    sending = RefusingAccount(error)
    monkeypatch.setattr(platform_clients, "official_account_client", lambda channel: sending)
    database.install_subscriptions()
    said = [message_content.Text(text="您好")]
    conversation.queue_messages(channels.get_by_key("acme-mp"), openid="o1", messages=said, number="1")
    for seconds in (0, 40):
        with time_machine.travel(clock.now() + timedelta(seconds=seconds), tick=False):
            message_sending.run()
    return len(sending.sent), [row.state for row in message_records.list_messages()]


def test_f02_a_message_that_was_perhaps_sent_is_not_repeated(acme: str, monkeypatch: pytest.MonkeyPatch):
    unknown = OutcomeUnknownError("wechat", "timeout", "平台没有及时应答")
    assert attempt_twice(acme, monkeypatch, unknown) == (1, ["perhaps_sent"])


def test_f02_a_message_that_never_left_is_repeated(acme: str, monkeypatch: pytest.MonkeyPatch):
    unsent = OutcomeUnknownError("wechat", "connection", "连接平台失败", perhaps_sent=False)
    assert attempt_twice(acme, monkeypatch, unsent) == (2, ["pending"])


@pytest.mark.parametrize("code", [45002, 40007, 48001])
def test_f12_a_rejection_that_repeats_for_sure_is_not_repeated(
    acme: str, monkeypatch: pytest.MonkeyPatch, code: int
):
    refused = PlatformRejectedError("wechat", code, "内容超过限制")
    assert attempt_twice(acme, monkeypatch, refused) == (1, ["failed"])


@pytest.mark.parametrize("code", [45011, 40164])
def test_f12_a_rejection_that_may_end_is_repeated(acme: str, monkeypatch: pytest.MonkeyPatch, code: int):
    assert attempt_twice(acme, monkeypatch, PlatformRejectedError("wechat", code, "太频繁")) == (
        2,
        ["pending"],
    )


def test_f12_a_late_answer_of_too_many_bytes_is_sent_in_parts(account: Account, acme: str):
    long = message_content.Text(text="😀" * 595)  # 2,380 bytes
    card = message_content.Article(title="店" * 64, description="号" * 300, url="https://shop.test/1")
    database.install_subscriptions()
    conversation.queue_messages(
        channels.get_by_key("acme-mp"), openid="o1", messages=[long, card], number="1"
    )
    relay.run(acme)
    texts = [text for name, _, text in account.sent if name == "send_text"]
    assert [len(text.encode()) for text in texts] == [2048, 332]
    assert "".join(texts) == long.text
    [[article]] = [articles for name, _, articles in account.sent if name == "send_articles"]
    assert (len(article.title.encode()), len(article.description.encode())) == (126, 510)
    assert article.title.endswith("店…")


def test_f12_a_text_is_split_at_the_end_of_a_line():
    long = message_content.Text(text="\n".join(["😀" * 200] * 3))
    parts = message_content.fit_to_platform(long)
    assert [part.text for part in parts] == ["\n".join(["😀" * 200] * 2), "😀" * 200]
