"""One token for everybody: fetched once, refreshed early, never in a war."""

import threading
import time
from datetime import timedelta

import pytest

from platforms.errors import CircuitOpenError, OutcomeUnknownError, PlatformRejectedError
from platforms.http import PlatformSession
from platforms.wechat.access_token import LEASE_S, InMemoryTokenStore
from tests.platforms.conftest import PreparedResponse
from tests.platforms.wechat.token_samples import (
    APPID,
    SECRET,
    STABLE_TOKEN_PATH,
    make_access_tokens,
    make_token,
    serve_tokens,
)


def run_concurrently(count: int, work) -> list:
    """What `count` threads got that started together: a value or the error."""
    start, got = threading.Barrier(count), []

    def run():
        start.wait()
        try:
            got.append(work())
        except Exception as failure:
            got.append(failure)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


@pytest.fixture
def book(clock):
    return InMemoryTokenStore(clock)


def test_twenty_cold_callers_fetch_once(platform, http, clock, book):
    serve_tokens(platform)
    got = run_concurrently(20, lambda: make_access_tokens(http, clock, book).get())
    assert got == [make_token(1)] * 20
    (asked,) = platform.requests_to(STABLE_TOKEN_PATH)
    assert asked.method == "POST"
    assert asked.json == {
        "grant_type": "client_credential",
        "appid": APPID,
        "secret": SECRET,
        "force_refresh": False,
    }


def test_twenty_cold_callers_without_a_shared_book_fetch_twenty_times(platform, http, clock):
    serve_tokens(platform)
    run_concurrently(20, lambda: make_access_tokens(http, clock).get())
    assert len(platform.requests_to(STABLE_TOKEN_PATH)) == 20


def test_token_is_kept_until_ten_minutes_before_its_end(platform, http, clock):
    serve_tokens(platform)
    tokens = make_access_tokens(http, clock)
    tokens.get()
    clock.advance(minutes=109)
    tokens.get()
    assert len(platform.requests_to(STABLE_TOKEN_PATH)) == 1
    clock.advance(minutes=2)
    tokens.get()
    assert len(platform.requests_to(STABLE_TOKEN_PATH)) == 2


def test_one_refreshes_early_while_the_others_go_on(platform, http, clock, book):
    book.write("old", clock() + timedelta(minutes=5))
    clock.advance(minutes=2)
    asked, let_go = threading.Event(), threading.Event()

    def slowly(_):
        asked.set()
        let_go.wait(5)
        return {"access_token": "new", "expires_in": 7200}

    platform.prepare(STABLE_TOKEN_PATH, slowly)
    first = threading.Thread(target=make_access_tokens(http, clock, book).get)
    first.start()
    asked.wait(5)
    others = run_concurrently(10, lambda: make_access_tokens(http, clock, book).get())
    let_go.set()
    first.join()
    assert others == ["old"] * 10
    assert make_access_tokens(http, clock, book).get() == "new"
    assert len(platform.requests_to(STABLE_TOKEN_PATH)) == 1


def test_token_that_wechat_will_not_renew_yet_is_not_asked_for_by_every_call(platform, http, clock):
    serve_tokens(platform, life_s=400)
    tokens = make_access_tokens(http, clock)
    assert {tokens.get() for _ in range(5)} == {make_token(1)}
    assert len(platform.requests_to(STABLE_TOKEN_PATH)) == 1
    clock.advance(seconds=61)
    tokens.get()
    assert len(platform.requests_to(STABLE_TOKEN_PATH)) == 2


def test_old_token_serves_while_wechat_is_down(platform, http, clock, book):
    book.write("old", clock() + timedelta(minutes=5))
    clock.advance(minutes=2)
    platform.prepare(STABLE_TOKEN_PATH, PreparedResponse(b"", 502))
    tokens = make_access_tokens(http, clock, book)
    assert [tokens.get() for _ in range(5)] == ["old"] * 5
    assert len(platform.requests_to(STABLE_TOKEN_PATH)) == 1
    clock.advance(seconds=LEASE_S + 1)
    assert tokens.get() == "old"
    assert len(platform.requests_to(STABLE_TOKEN_PATH)) == 2


def test_dead_wechat_is_asked_once_and_everybody_is_freed(silent, clock, book):
    with PlatformSession(base_url=silent, read_timeout_s=0.3) as http:
        got = run_concurrently(10, lambda: make_access_tokens(http, clock, book).get())
        assert all(isinstance(failure, CircuitOpenError) for failure in got)
        assert sum(failure.code == "timeout" for failure in got) == 1
        with pytest.raises(CircuitOpenError):
            make_access_tokens(http, clock, book).get()


def test_holder_that_died_does_not_block_the_others_for_ever(platform, http, clock, book):
    serve_tokens(platform)
    assert book.claim(LEASE_S)
    start = time.monotonic()
    with pytest.raises(CircuitOpenError):
        make_access_tokens(http, clock, book).get()
    assert time.monotonic() - start < 3.5
    assert not platform.requests
    clock.advance(seconds=LEASE_S + 1)
    assert make_access_tokens(http, clock, book).get() == make_token(1)


def test_invalid_token_is_replaced_by_force(platform, http, clock):
    serve_tokens(platform)
    tokens = make_access_tokens(http, clock)
    first = tokens.get()
    clock.advance(minutes=1)
    assert tokens.refresh_after_40001(first) == make_token(2)
    assert [asked.json["force_refresh"] for asked in platform.requests_to(STABLE_TOKEN_PATH)] == [False, True]


def test_token_that_another_process_replaced_is_taken_from_the_book(platform, http, clock, book):
    book.write("newer", clock() + timedelta(hours=2))
    assert make_access_tokens(http, clock, book).refresh_after_40001("used") == "newer"
    assert not platform.requests


class OvertakenBook(InMemoryTokenStore):
    """Another process writes a token between our look into the book and our claim."""

    def claim(self, lease_s: float) -> bool:
        self.write("theirs", self._clock() + timedelta(hours=2))
        return super().claim(lease_s)


@pytest.mark.parametrize(
    "call", [lambda tokens: tokens.get(), lambda tokens: tokens.refresh_after_40001("old")]
)
def test_overtaken_caller_takes_the_token_of_the_other_and_frees_the_claim(platform, http, clock, call):
    book = OvertakenBook(clock)
    assert call(make_access_tokens(http, clock, book)) == "theirs"
    assert not platform.requests
    assert book.claim(LEASE_S)


def test_many_callers_with_an_invalid_token_force_once(platform, http, clock, book):
    serve_tokens(platform)
    first = make_access_tokens(http, clock, book).get()
    clock.advance(minutes=1)
    got = run_concurrently(20, lambda: make_access_tokens(http, clock, book).refresh_after_40001(first))
    assert got == [make_token(2)] * 20
    assert len(platform.requests_to(STABLE_TOKEN_PATH)) == 2


def test_force_is_used_once_a_minute_at_most(platform, http, clock, book, monkeypatch):
    monkeypatch.setattr("platforms.wechat.access_token.MAX_WAIT_S", 0.1)
    serve_tokens(platform)
    tokens = make_access_tokens(http, clock, book)
    first = tokens.get()
    clock.advance(minutes=1)
    second = tokens.refresh_after_40001(first)
    raised = tokens.open_circuit_after_40001()
    assert raised.until == clock() + timedelta(seconds=60)
    with pytest.raises(CircuitOpenError):
        tokens.get()
    with pytest.raises(CircuitOpenError):
        tokens.refresh_after_40001(second)
    clock.advance(seconds=50)
    book.pause(clock())  # as if another process had not heard of the pause yet
    with pytest.raises(CircuitOpenError):
        tokens.refresh_after_40001(second)
    assert book.paused_until() == clock() + timedelta(seconds=10)
    assert len(platform.requests_to(STABLE_TOKEN_PATH)) == 2
    clock.advance(seconds=61)
    assert tokens.refresh_after_40001(second) == make_token(3)


def test_failed_force_pauses_for_a_minute(platform, http, clock, book):
    serve_tokens(platform)
    tokens = make_access_tokens(http, clock, book)
    first = tokens.get()
    platform.prepare(STABLE_TOKEN_PATH, PreparedResponse(b"", 502))
    with pytest.raises(CircuitOpenError):
        tokens.refresh_after_40001(first)
    with pytest.raises(CircuitOpenError):
        tokens.get()
    clock.advance(seconds=61)
    serve_tokens(platform)
    assert tokens.get() == first


@pytest.mark.parametrize("code", [40013, 40125, 40164, 40243])
def test_wrong_settings_pause_without_asking_again(platform, http, clock, code):
    platform.prepare(STABLE_TOKEN_PATH, {"errcode": code, "errmsg": "no"})
    tokens = make_access_tokens(http, clock)
    with pytest.raises(CircuitOpenError) as caught:
        tokens.get()
    assert (caught.value.code, caught.value.until) == (code, clock() + timedelta(seconds=60))
    for _ in range(5):
        with pytest.raises(CircuitOpenError):
            tokens.get()
    assert len(platform.requests_to(STABLE_TOKEN_PATH)) == 1


def test_corrected_settings_end_the_pause(platform, http, clock):
    platform.prepare(STABLE_TOKEN_PATH, {"errcode": 40125, "errmsg": "no"})
    tokens = make_access_tokens(http, clock)
    with pytest.raises(PlatformRejectedError):
        tokens.check_credentials()
    with pytest.raises(CircuitOpenError):
        tokens.get()
    serve_tokens(platform)
    tokens.check_credentials()
    assert tokens.get() == make_token(1)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"access_token": "", "expires_in": 7200},
        {"access_token": 7, "expires_in": 7200},
        {"access_token": "t", "expires_in": "7200"},
        {"access_token": "t", "expires_in": 0},
        {"errcode": [], "errmsg": "no"},
        {"errcode": -1, "errmsg": "system error"},
    ],
)
def test_half_an_answer_is_no_token(platform, http, clock, answer):
    platform.prepare(STABLE_TOKEN_PATH, answer)
    with pytest.raises(OutcomeUnknownError):
        make_access_tokens(http, clock).check_credentials()
    with pytest.raises(CircuitOpenError):
        make_access_tokens(http, clock).get()
