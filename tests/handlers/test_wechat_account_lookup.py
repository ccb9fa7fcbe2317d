"""When the records do not say whose account it is: WeChat is answered in time by what was known last."""

import threading
import time
from collections.abc import Callable, Iterator

import psycopg
import pytest

from handlers import wechat_account_lookup as accounts
from store.core import cache
from store.tenants import channels, registry
from tests.support.app_process import wait_for
from tests.support.wechat_pushes import WechatAccount, event, push_concurrently, text

IN_TIME_S = 2.6


@pytest.fixture
def block_lookups(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[int]]]:
    """Has the records of accounts not answer until the test ends; returns who asked them."""
    asked: list[int] = []
    spoken, get = threading.Event(), channels.Channel.get_or_none

    def wait(*query: object) -> channels.Channel | None:
        asked.append(threading.get_ident())
        spoken.wait(20)
        return get(*query)

    def block_lookups() -> list[int]:
        monkeypatch.setattr(channels.Channel, "get_or_none", wait)
        return asked

    yield block_lookups
    spoken.set()
    wait_for(lambda: not accounts._in_flight, "the lookups to end")


def expire_cache() -> None:
    """What is remembered was read a while ago."""
    cache._entries.update({key: (0.0, answer) for key, (_, answer) in cache._entries.items()})


def test_account_answers_as_it_was_known(wechat: WechatAccount, block_lookups: Callable[[], list[int]]):
    wechat.send("o0", **event("CLICK", "HELLO"))
    expire_cache()
    asked, began = block_lookups(), time.monotonic()
    answers = push_concurrently(4, lambda number: wechat.send(f"o{number}", **event("CLICK", "HELLO")))
    assert {answer.text for answer in answers} == {"您好，欢迎光临"}
    assert time.monotonic() - began <= IN_TIME_S
    assert len(asked) == 1, "they wait for one lookup together"
    began = time.monotonic()
    assert wechat.send("o9", **event("CLICK", "HELLO")).text == "您好，欢迎光临"
    assert time.monotonic() - began < accounts.LOOKUP_TIMEOUT_S / 2, (
        "who comes later does not wait for it again"
    )


def test_account_never_seen_gets_an_empty_response_in_time(
    wechat: WechatAccount, block_lookups: Callable[[], list[int]]
):
    cache.clear()
    block_lookups()
    began = time.monotonic()
    answer = wechat.send("o1", **text("签到"))
    assert (answer.status, answer.body) == (200, "success")
    assert time.monotonic() - began <= IN_TIME_S


def test_owner_of_an_account_is_looked_up_in_time_as_well(
    wechat: WechatAccount, monkeypatch: pytest.MonkeyPatch
):
    """The registry hangs, and this process knows neither the tenant nor the account."""
    cache.clear()
    registry._slugs_by_account_key.clear()
    released = threading.Event()
    monkeypatch.setattr(registry, "get_slug_by_account_key", lambda key: released.wait(20) and "acme")
    began = time.monotonic()
    answer = wechat.send("o1", **text("签到"))
    assert (answer.status, answer.body) == (200, "success")
    assert time.monotonic() - began <= IN_TIME_S
    released.set()
    wait_for(lambda: not accounts._in_flight, "the lookup to end")


def test_account_that_is_being_altered_answers_in_time(wechat: WechatAccount, server_url: str | None):
    if server_url is None:
        pytest.skip("SQLite's readers wait for no lock")
    wechat.send("o0", **event("CLICK", "HELLO"))
    expire_cache()
    with psycopg.connect(server_url) as connection:
        connection.execute("LOCK TABLE tenant_acme.channel IN ACCESS EXCLUSIVE MODE")
        began = time.monotonic()
        assert wechat.send("o1", **event("CLICK", "HELLO")).status == 200
        assert time.monotonic() - began <= IN_TIME_S
        connection.rollback()
    wait_for(lambda: not accounts._in_flight, "the lookup to end")


def test_account_that_changed_is_seen_at_once(wechat: WechatAccount):
    assert wechat.send("o1", **event("CLICK", "HELLO")).text == "您好，欢迎光临"
    was = channels.get_by_key(wechat.key)
    fields = {"kind": was.kind, "appid": was.appid, "name": was.name, "secret": was.secret}
    channels.add(**fields, token="another")
    assert wechat.send("o1", **event("CLICK", "HELLO")).status == 403
