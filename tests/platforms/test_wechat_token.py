"""One token for everybody: fetched once, refreshed early, never in a war."""

import threading
import time
from datetime import timedelta

import pytest

from platforms.errors import Paused, Refused, Unknown
from platforms.http import Http
from platforms.wechat_token import LEASE_S, MemoryTokenBook

from .conftest import Answer
from .wechat_account import APPID, SECRET, STABLE, give_tokens, token_number, tokens_for


def at_once(count: int, work) -> list:
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
    return MemoryTokenBook(clock)


def test_twenty_cold_callers_fetch_once(platform, http, clock, book):
    give_tokens(platform)
    got = at_once(20, lambda: tokens_for(http, clock, book).get())
    assert got == [token_number(1)] * 20
    (asked,) = platform.asked_at(STABLE)
    assert asked.method == "POST"
    assert asked.json == {
        "grant_type": "client_credential",
        "appid": APPID,
        "secret": SECRET,
        "force_refresh": False,
    }


def test_twenty_cold_callers_without_a_shared_book_fetch_twenty_times(platform, http, clock):
    give_tokens(platform)
    at_once(20, lambda: tokens_for(http, clock).get())
    assert len(platform.asked_at(STABLE)) == 20


def test_token_is_kept_until_ten_minutes_before_its_end(platform, http, clock):
    give_tokens(platform)
    tokens = tokens_for(http, clock)
    tokens.get()
    clock.forward(minutes=109)
    tokens.get()
    assert len(platform.asked_at(STABLE)) == 1
    clock.forward(minutes=2)
    tokens.get()
    assert len(platform.asked_at(STABLE)) == 2


def test_one_refreshes_early_while_the_others_go_on(platform, http, clock, book):
    book.write("old", clock() + timedelta(minutes=5))
    clock.forward(minutes=2)
    asked, let_go = threading.Event(), threading.Event()

    def slowly(_):
        asked.set()
        let_go.wait(5)
        return {"access_token": "new", "expires_in": 7200}

    platform.say(STABLE, slowly)
    first = threading.Thread(target=tokens_for(http, clock, book).get)
    first.start()
    asked.wait(5)
    others = at_once(10, lambda: tokens_for(http, clock, book).get())
    let_go.set()
    first.join()
    assert others == ["old"] * 10
    assert tokens_for(http, clock, book).get() == "new"
    assert len(platform.asked_at(STABLE)) == 1


def test_token_that_wechat_will_not_renew_yet_is_not_asked_for_by_every_call(platform, http, clock):
    give_tokens(platform, life_s=400)
    tokens = tokens_for(http, clock)
    assert {tokens.get() for _ in range(5)} == {token_number(1)}
    assert len(platform.asked_at(STABLE)) == 1
    clock.forward(seconds=61)
    tokens.get()
    assert len(platform.asked_at(STABLE)) == 2


def test_old_token_serves_while_wechat_is_down(platform, http, clock, book):
    book.write("old", clock() + timedelta(minutes=5))
    clock.forward(minutes=2)
    platform.say(STABLE, Answer(b"", 502))
    tokens = tokens_for(http, clock, book)
    assert [tokens.get() for _ in range(5)] == ["old"] * 5
    assert len(platform.asked_at(STABLE)) == 1
    clock.forward(seconds=LEASE_S + 1)
    assert tokens.get() == "old"
    assert len(platform.asked_at(STABLE)) == 2


def test_dead_wechat_is_asked_once_and_everybody_is_freed(silent, clock, book):
    with Http(base_url=silent, read_s=0.3) as http:
        got = at_once(10, lambda: tokens_for(http, clock, book).get())
        assert all(isinstance(failure, Paused) for failure in got)
        assert sum(failure.code == "timeout" for failure in got) == 1
        with pytest.raises(Paused):
            tokens_for(http, clock, book).get()


def test_holder_that_died_does_not_block_the_others_for_ever(platform, http, clock, book):
    give_tokens(platform)
    assert book.claim(LEASE_S)
    start = time.monotonic()
    with pytest.raises(Paused):
        tokens_for(http, clock, book).get()
    assert time.monotonic() - start < 3.5
    assert not platform.asked
    clock.forward(seconds=LEASE_S + 1)
    assert tokens_for(http, clock, book).get() == token_number(1)


def test_invalid_token_is_replaced_by_force(platform, http, clock):
    give_tokens(platform)
    tokens = tokens_for(http, clock)
    first = tokens.get()
    assert tokens.refresh_after_40001(first) == token_number(2)
    assert [asked.json["force_refresh"] for asked in platform.asked_at(STABLE)] == [False, True]


def test_token_that_somebody_else_replaced_is_taken_from_the_book(platform, http, clock, book):
    book.write("newer", clock() + timedelta(hours=2))
    assert tokens_for(http, clock, book).refresh_after_40001("used") == "newer"
    assert not platform.asked


class OvertakenBook(MemoryTokenBook):
    """Somebody else writes a token between our look into the book and our claim."""

    def claim(self, lease_s: float) -> bool:
        self.write("theirs", self._clock() + timedelta(hours=2))
        return super().claim(lease_s)


@pytest.mark.parametrize(
    "wish", [lambda tokens: tokens.get(), lambda tokens: tokens.refresh_after_40001("old")]
)
def test_overtaken_caller_takes_the_token_of_the_other_and_frees_the_claim(platform, http, clock, wish):
    book = OvertakenBook(clock)
    assert wish(tokens_for(http, clock, book)) == "theirs"
    assert not platform.asked
    assert book.claim(LEASE_S)


def test_many_callers_with_an_invalid_token_force_once(platform, http, clock, book):
    give_tokens(platform)
    first = tokens_for(http, clock, book).get()
    got = at_once(20, lambda: tokens_for(http, clock, book).refresh_after_40001(first))
    assert got == [token_number(2)] * 20
    assert len(platform.asked_at(STABLE)) == 2


def test_force_is_used_once_a_minute_at_most(platform, http, clock, book, monkeypatch):
    monkeypatch.setattr("platforms.wechat_token.WAIT_S", 0.1)
    give_tokens(platform)
    tokens = tokens_for(http, clock, book)
    second = tokens.refresh_after_40001(tokens.get())
    raised = tokens.pause_after_40001()
    assert raised.until == clock() + timedelta(seconds=60)
    with pytest.raises(Paused):
        tokens.get()
    with pytest.raises(Paused):
        tokens.refresh_after_40001(second)
    clock.forward(seconds=50)
    book.pause(clock())  # as if another process had not heard of the pause yet
    with pytest.raises(Paused):
        tokens.refresh_after_40001(second)
    assert book.paused_until() == clock() + timedelta(seconds=60)
    assert len(platform.asked_at(STABLE)) == 2
    clock.forward(seconds=61)
    assert tokens.refresh_after_40001(second) == token_number(3)


def test_failed_force_pauses_for_a_minute(platform, http, clock, book):
    give_tokens(platform)
    tokens = tokens_for(http, clock, book)
    first = tokens.get()
    platform.say(STABLE, Answer(b"", 502))
    with pytest.raises(Paused):
        tokens.refresh_after_40001(first)
    with pytest.raises(Paused):
        tokens.get()
    clock.forward(seconds=61)
    give_tokens(platform)
    assert tokens.get() == first


@pytest.mark.parametrize("code", [40013, 40125, 40164, 40243])
def test_wrong_settings_pause_without_asking_again(platform, http, clock, code):
    platform.say(STABLE, {"errcode": code, "errmsg": "no"})
    tokens = tokens_for(http, clock)
    with pytest.raises(Paused) as caught:
        tokens.get()
    assert (caught.value.code, caught.value.until) == (code, clock() + timedelta(seconds=60))
    for _ in range(5):
        with pytest.raises(Paused):
            tokens.get()
    assert len(platform.asked_at(STABLE)) == 1


def test_corrected_settings_end_the_pause(platform, http, clock):
    platform.say(STABLE, {"errcode": 40125, "errmsg": "no"})
    tokens = tokens_for(http, clock)
    with pytest.raises(Refused):
        tokens.check()
    with pytest.raises(Paused):
        tokens.get()
    give_tokens(platform)
    tokens.check()
    assert tokens.get() == token_number(1)


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
    platform.say(STABLE, answer)
    with pytest.raises(Unknown):
        tokens_for(http, clock).check()
    with pytest.raises(Paused):
        tokens_for(http, clock).get()
