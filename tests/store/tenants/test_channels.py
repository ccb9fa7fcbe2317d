"""A channel account keeps its secrets to itself, and its platform token is fetched by one at a time."""

from datetime import timedelta
from threading import Event as Signal

import pytest
import time_machine

from platforms.errors import CircuitOpenError
from platforms.wechat import access_token
from platforms.wechat.access_token import AccessTokens
from store.core import clock
from store.core.database import db
from store.core.errors import DomainError
from store.tenants import access_tokens, audit, channels, registry
from store.tenants.access_tokens import TokenStore
from tests.support import database
from tests.support.races import with_barrier, without_write_queue

CANARIES = ("sEcReTcAnArY0001", "tOkEnCaNaRy0002", "aEsCaNaRy" + "x" * 34, "aCcEsStOkEnCaNaRy4")


def add(**changed) -> channels.Channel:
    result = {
        "kind": "wechat_official", "name": "小二", "appid": "wxnew", "key": "new-mp", "secret": CANARIES[0],
        "token": CANARIES[1], "encoding_aes_key": CANARIES[2],
    }  # fmt: skip
    return channels.add(**result | changed)


def claim() -> bool:
    return TokenStore(channels.get_by_key("acme-mp")).claim(30)


def claims_of_threads(number: int) -> int:
    return sum(outcome is True for outcome in database.run_concurrently(8, lambda _: claim()))


def test_added_twice_is_one_and_reported_once(acme):
    first = add()
    operations = len(audit.list_entries())
    assert add().id == first.id
    assert len(audit.list_entries()) == operations
    assert add(name="小二便利店").id == first.id
    assert channels.get_by_key("new-mp").name == "小二便利店"
    assert len(audit.list_entries()) == operations + 1


def test_added_by_many_at_once_it_is_one(acme):
    assert len({channel.id for channel in database.run_concurrently(8, lambda number: add())}) == 1


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("kind", {"kind": "fax"}),
        ("name", {"name": " "}),
        ("name", {"name": "名" * 61}),
        ("key", {"key": "a/b"}),
        ("key", {"key": "x" * 41}),
        ("key", {"key": ""}),
        ("appid", {"appid": " "}),
        ("appid", {"appid": "x" * 65}),
        ("appid", {"secret": ""}),
        ("encoding_aes_key", {"encoding_aes_key": "short"}),
        ("encoding_aes_key", {"encoding_aes_key": "-" * 43}),
        ("encoding_aes_key", {"encoding_aes_key": "钥" * 43}),
        ("encoding_aes_key", {"encoding_aes_key": "-" * 43, "mode": "plain"}),
        ("encoding_aes_key", {"encoding_aes_key": None}),
        ("encoding_aes_key", {"encoding_aes_key": "", "mode": "compatible"}),
        ("mode", {"mode": "clear"}),
        ("token", {"token": ""}),
        ("stranger", {"stranger": "x"}),
        ("original_id", {"original_id": "g" * 65}),
        ("brand", {"brand": "牌" * 61}),
        ("open_group", {"open_group": "g" * 65}),
        ("provider", {"provider": "p" * 31}),
    ],
)
def test_what_the_platform_would_not_know_is_refused(acme, field, wrong):
    with pytest.raises(DomainError) as refused:
        add(**wrong)
    assert refused.value.details["field"] == field
    assert "wxnew" not in [channel.appid for channel in channels.list_channels()]
    assert "new-mp" not in registry.list_account_keys()


def test_what_was_copied_with_spaces_is_kept_without(acme):
    added = add(appid=" wxnew ", name=" 小二" + " " * 60, original_id=" gh_1" + " " * 64)
    assert (added.appid, added.name, added.original_id) == ("wxnew", "小二", "gh_1")
    assert add().id == added.id


def test_a_key_that_another_account_of_ours_has_is_refused(acme):
    with pytest.raises(DomainError) as refused:
        add(key="acme-mini")
    assert (refused.value.code, refused.value.details) == ("account_key_taken", {"field": "key"})
    assert registry.list_account_keys()["acme-mini"] == "wechat_miniprogram"


@pytest.mark.parametrize("key", ["new-mp", None])
def test_an_account_whose_adding_broke_off_is_added_by_the_same_call(
    acme, monkeypatch, verify_afterwards, key
):
    before = set(registry.list_account_keys())
    with monkeypatch.context() as broken:
        broken.setattr(audit, "record", lambda *args, **kwargs: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            add(key=key)
    assert len(channels.list_channels()) == 2
    added = add(key=key)
    assert set(registry.list_account_keys()) - before == {added.key}
    assert add(appid="wxother", key=None).key != added.key


def test_an_account_that_was_plain_becomes_safe_with_a_key_only(acme):
    add(mode="plain", encoding_aes_key=None)
    with pytest.raises(DomainError) as refused:
        add(mode="safe", encoding_aes_key=None)
    assert refused.value.details["field"] == "encoding_aes_key"
    result = {"kind": "wechat_official", "name": "小二", "appid": "wxnew", "secret": "s", "token": "t"}
    add(mode="safe")
    assert channels.add(**result).mode == "safe", "a known key need not be given again"


def test_no_secret_is_in_clear_in_the_records(acme, two_tenants):
    add()
    TokenStore(channels.get_by_key("new-mp")).write(CANARIES[3], clock.now() + timedelta(hours=2))
    assert channels.get_by_key("new-mp").secret == CANARIES[0]
    if db.is_postgresql():
        tables = db.database.obj.get_tables()
        kept = "".join(
            str(db.database.execute_sql(f'SELECT * FROM "{table}"').fetchall()) for table in tables
        )
        found = kept.encode()
    else:
        found = b"".join(path.read_bytes() for path in two_tenants.rglob("*.db*"))
    assert b"new-mp" in found, "what is not secret can be found, so the search works"
    assert not [canary for canary in CANARIES if canary.encode() in found]


def test_one_process_fetches_the_token(process_group):
    assert sum(process_group.run_together(2, claims_of_threads)) == 1


def test_without_the_condition_two_would_fetch(acme):
    """The same claim as a look and then a write: what the single UPDATE replaces."""
    TokenStore(channels.get_by_key("acme-mp")).release()
    free = with_barrier(lambda: access_tokens.ChannelToken.get().claimed_until is None)
    access_tokens.ChannelToken.create(channel=channels.get_by_key("acme-mp"))

    def look_then_claim(number: int) -> bool:
        if not free():
            return False
        access_tokens.ChannelToken.update(claimed_until=clock.now()).execute()
        return True

    with without_write_queue():
        assert database.run_concurrently(2, look_then_claim) == [True, True]


def test_a_claim_ends_with_the_release_or_its_time(acme):
    book = TokenStore(channels.get_by_key("acme-mp"))
    until = clock.now() + timedelta(hours=2)
    assert book.claim(30)
    assert not book.claim(30)
    book.write("token", until)
    assert book.read() == ("token", until)
    assert not book.claim(30), "a token alone ends no claim"
    book.release()
    assert book.claim(30)
    with time_machine.travel(clock.now() + timedelta(seconds=31)):
        assert book.claim(30)


class Wechat:
    """What gives tokens out, a new one each time, and counts those that were forced."""

    def __init__(self):
        self.forced = []

    def request_json(self, method, url, *, platform, body):
        self.forced.append(body["force_refresh"])
        return {"access_token": f"T{len(self.forced)}", "expires_in": 7200}


def test_a_forced_fetch_is_the_only_one_for_a_minute(acme, monkeypatch):
    monkeypatch.setattr(access_token, "MAX_WAIT_S", 0.1)
    wechat, book = Wechat(), TokenStore(channels.get_by_key("acme-mp"))
    tokens = AccessTokens("wxacmemp", "secret", book, wechat, clock.now)
    with time_machine.travel(clock.now() - timedelta(minutes=1)):
        first = tokens.get()
    refused = tokens.refresh_after_40001(first)
    for process in (tokens, AccessTokens("wxacmemp", "secret", book, wechat, clock.now)):
        with pytest.raises(
            CircuitOpenError
        ):  # WeChat rejects the forced one, too: now there is nothing but to wait
            process.refresh_after_40001(refused)
    assert wechat.forced == [False, True]
    with time_machine.travel(clock.now() + timedelta(seconds=70)):
        assert tokens.refresh_after_40001(refused) == "T3"


def test_a_token_does_not_take_back_a_pause(acme):
    book = TokenStore(channels.get_by_key("acme-mp"))
    until = clock.now() + timedelta(minutes=1)
    book.pause(until)
    book.write("token", until)
    assert book.paused_until() == until
    assert book.last_fetch_at() is not None


def test_an_unknown_account_is_not_found(acme):
    with pytest.raises(DomainError) as refused:
        channels.get_by_key("unknown")
    assert refused.value.status == 404


def test_an_account_that_is_added_while_a_copy_looks_whether_its_key_is_free_is_one(acme, monkeypatch):
    looks, added, check_free = Signal(), Signal(), channels._ensure_key_free

    def look_slowly(key):
        if not looks.is_set():
            looks.set()
            added.wait(0.5)
        check_free(key)

    def work(number):
        if number:
            assert looks.wait(5)
        channel = add(key="wanted")
        added.set()
        return channel.id

    monkeypatch.setattr(channels, "_ensure_key_free", look_slowly)
    first, second = database.run_concurrently(2, work)
    assert first == second == channels.get_by_key("wanted").id
