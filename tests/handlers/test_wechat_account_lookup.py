"""When the records do not say whose account it is: WeChat is answered in time by what was known last."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import peewee
import psycopg
import pytest

from handlers import wechat_account_lookup as accounts
from store.core import cache
from store.tenants import channels, registry
from tests.support.app_process import wait_for
from tests.support.wechat_pushes import WechatAccount, event, push_concurrently, text

IN_TIME_S = 2.6


@pytest.fixture
def block_lookups(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., list[int]]]:
    """Has the records of accounts not answer until the test ends; returns who asked them."""
    asked: list[int] = []
    spoken, get = threading.Event(), None

    def wait(*query: object) -> object:
        asked.append(threading.get_ident())
        spoken.wait(20)
        return get(*query)

    def block_lookups(model: type = channels.Channel, method: str = "get_or_none") -> list[int]:
        nonlocal get
        get = getattr(model, method)
        monkeypatch.setattr(model, method, wait)
        return asked

    yield block_lookups
    spoken.set()
    wait_for(lambda: not accounts._in_flight, "the lookups to end")


def expire_cache() -> None:
    """What is remembered was read a while ago."""
    cache._entries.update({key: (0.0, answer) for key, (_, answer) in cache._entries.items()})


def forget_owner(wechat: WechatAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process has never looked up whose account it is."""
    cache.clear()
    monkeypatch.delitem(registry._slugs_by_account_key, wechat.key, raising=False)


def assert_empty_in_time(wechat: WechatAccount) -> None:
    began = time.monotonic()
    answer = wechat.send("o1", **text("签到"))
    assert (answer.status, answer.body) == (200, "success")
    assert time.monotonic() - began <= IN_TIME_S


def test_account_answers_as_it_was_known(wechat: WechatAccount, block_lookups: Callable[..., list[int]]):
    wechat.send("o0", **event("CLICK", "HELLO"))
    expire_cache()
    asked, began = block_lookups(), time.monotonic()
    answers = push_concurrently(4, lambda number: wechat.send(f"o{number}", **event("CLICK", "HELLO")))
    assert {answer.text for answer in answers} == {"您好，欢迎光临"}
    assert time.monotonic() - began <= IN_TIME_S
    assert len(asked) == 1, "they wait for one lookup together"
    began = time.monotonic()
    assert wechat.send("o9", **event("CLICK", "HELLO")).text == "您好，欢迎光临"
    assert time.monotonic() - began < accounts.LOOKUP_TIMEOUT_S * 0.9, (
        "who comes later does not wait for it again"
    )


def test_account_never_seen_is_empty_in_time(wechat: WechatAccount, block_lookups: Callable[..., list[int]]):
    cache.clear()
    block_lookups()
    assert_empty_in_time(wechat)


def test_owner_never_seen_is_empty_in_time(
    wechat: WechatAccount, monkeypatch: pytest.MonkeyPatch, block_lookups: Callable[..., list[int]]
):
    """The registry hangs, and this process does not know whose account it is."""
    forget_owner(wechat, monkeypatch)
    block_lookups(registry.AccountKey, "select")
    assert_empty_in_time(wechat)


def test_owner_that_cannot_be_asked_for_is_empty(wechat: WechatAccount, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object) -> None:
        raise peewee.OperationalError("connection refused")

    forget_owner(wechat, monkeypatch)
    monkeypatch.setattr(registry.AccountKey, "select", fail)
    assert_empty_in_time(wechat)


def test_handshake_of_an_account_never_seen_is_an_error(
    wechat: WechatAccount, block_lookups: Callable[..., list[int]]
):
    cache.clear()
    block_lookups()
    response = wechat.web.test_client().get(f"/wechat/{wechat.key}?echostr=1")
    assert response.status_code == 503


def test_account_that_no_tenant_has_is_not_found(wechat: WechatAccount):
    assert wechat.web.test_client().post("/wechat/unknown", data=b"<xml/>").status_code == 404


def test_made_up_keys_hold_a_limited_number_of_threads(
    wechat: WechatAccount, monkeypatch: pytest.MonkeyPatch, block_lookups: Callable[..., list[int]]
):
    monkeypatch.setattr(accounts, "MAX_LOOKUPS", 2)
    monkeypatch.setattr(accounts, "LOOKUP_TIMEOUT_S", 0.05)
    asked = block_lookups(registry.AccountKey, "select")
    assert [accounts.find_by_key(f"made-up-{number}") for number in range(5)] == [None] * 5
    assert len(asked) == 2


def test_hanging_lookup_does_not_keep_the_process_from_exiting():
    code = """
import threading
from handlers import wechat_account_lookup as accounts
from store.tenants import registry
accounts.LOOKUP_TIMEOUT_S = 0.01
registry.get_slug_by_account_key = lambda key: threading.Event().wait()
print(accounts.find_by_key("any"))
"""
    result = subprocess.run([sys.executable, "-c", code], timeout=20, capture_output=True, text=True)
    assert (result.returncode, result.stdout.splitlines()[-1]) == (0, "None"), result.stderr


def test_account_that_is_being_altered_answers_in_time(wechat: WechatAccount, server_url: str | None):
    if server_url is None:
        pytest.skip("SQLite's readers wait for no one")
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
    result = {"kind": was.kind, "appid": was.appid, "name": was.name, "secret": was.secret}
    channels.add(**result, token="another")
    assert wechat.send("o1", **event("CLICK", "HELLO")).status == 403
