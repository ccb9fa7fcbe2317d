"""When the records do not say whose account it is: WeChat is answered in time by what was known last."""

import threading
import time
from collections.abc import Callable, Iterator

import psycopg
import pytest

from handlers import wechat_accounts as accounts
from store.company import channels
from store.kernel import recent
from tests.bin.running import wait_for
from tests.handlers.wechat_server import Wechat, at_once, event, text

IN_TIME_S = 2.6


@pytest.fixture
def silence(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[int]]]:
    """Has the records of accounts not answer until the test ends; returns who asked them."""
    asked: list[int] = []
    spoken, get = threading.Event(), channels.Channel.get_or_none

    def wait(*query: object) -> channels.Channel | None:
        asked.append(threading.get_ident())
        spoken.wait(20)
        return get(*query)

    def silence() -> list[int]:
        monkeypatch.setattr(channels.Channel, "get_or_none", wait)
        return asked

    yield silence
    spoken.set()
    wait_for(lambda: not accounts._under_way, "the lookups to end")


def let_memory_age() -> None:
    """What is remembered was read a while ago."""
    recent._remembered.update({key: (0.0, answer) for key, (_, answer) in recent._remembered.items()})


def test_account_answers_as_it_was_known(wechat: Wechat, silence: Callable[[], list[int]]):
    wechat.say("o0", **event("CLICK", "HELLO"))
    let_memory_age()
    asked, began = silence(), time.monotonic()
    answers = at_once(4, lambda number: wechat.say(f"o{number}", **event("CLICK", "HELLO")))
    assert {answer.text for answer in answers} == {"您好，欢迎光临"}
    assert time.monotonic() - began <= IN_TIME_S
    assert len(asked) == 1, "they wait for one lookup together"
    began = time.monotonic()
    assert wechat.say("o9", **event("CLICK", "HELLO")).text == "您好，欢迎光临"
    assert time.monotonic() - began < accounts.PATIENCE_S / 2, "who comes later does not wait for it again"


def test_account_never_seen_is_busy_in_time(wechat: Wechat, silence: Callable[[], list[int]]):
    recent.forget()
    silence()
    began = time.monotonic()
    assert wechat.say("o1", **text("签到")).status == 503
    assert time.monotonic() - began <= IN_TIME_S


def test_account_that_is_being_altered_answers_in_time(wechat: Wechat, server_url: str | None):
    if server_url is None:
        pytest.skip("SQLite's readers wait for nobody")
    wechat.say("o0", **event("CLICK", "HELLO"))
    let_memory_age()
    with psycopg.connect(server_url) as connection:
        connection.execute("LOCK TABLE tenant_acme.channel IN ACCESS EXCLUSIVE MODE")
        began = time.monotonic()
        assert wechat.say("o1", **event("CLICK", "HELLO")).status == 200
        assert time.monotonic() - began <= IN_TIME_S
        connection.rollback()
    wait_for(lambda: not accounts._under_way, "the lookup to end")


def test_account_that_changed_is_seen_at_once(wechat: Wechat):
    assert wechat.say("o1", **event("CLICK", "HELLO")).text == "您好，欢迎光临"
    was = channels.of_key(wechat.key)
    told = {"kind": was.kind, "appid": was.appid, "name": was.name, "secret": was.secret}
    channels.add(**told, token="another")
    assert wechat.say("o1", **event("CLICK", "HELLO")).status == 403
