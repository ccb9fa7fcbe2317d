"""A stale token costs one retry, a used-up quota a pause, and no answer is never a success."""

from datetime import UTC, datetime

import pytest

from platforms.errors import CircuitOpenError, OutcomeUnknownError
from platforms.wechat.client import Client
from platforms.wechat.official_account import OfficialAccount
from tests.platforms.conftest import PreparedResponse
from tests.platforms.wechat.token_samples import (
    APPID,
    STABLE_TOKEN_PATH,
    make_access_tokens,
    make_token,
    serve_tokens,
)

FINE = {"errcode": 0, "errmsg": "ok"}
SEND = "/cgi-bin/message/custom/send"
SHOPPER = "oABCDEFGHIJKLMNOPQRSTUVWXYZ1"


@pytest.fixture
def official(platform, http, clock) -> OfficialAccount:
    serve_tokens(platform)
    return OfficialAccount(APPID, make_access_tokens(http, clock), http)


@pytest.mark.parametrize(
    "answer", [PreparedResponse(b"", 502), PreparedResponse(b"<html>"), {"errcode": -1}, {"errcode": "x"}]
)
def test_message_without_a_clear_answer_may_have_been_sent(platform, official, answer):
    platform.prepare(SEND, answer)
    with pytest.raises(OutcomeUnknownError):
        official.send_text(SHOPPER, "您好")
    assert len(platform.requests_to(SEND)) == 1


def fetch_token_earlier(official: OfficialAccount, clock) -> None:
    """Fetch the token a minute ago: a younger one is not replaced."""
    official._tokens.get()
    clock.advance(minutes=1)


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_stale_token_is_refreshed_once_and_the_call_repeated(platform, official, clock, code):
    fetch_token_earlier(official, clock)
    platform.prepare(SEND, {"errcode": code, "errmsg": "invalid credential"}, FINE)
    official.send_text(SHOPPER, "您好")
    first, second = platform.requests_to(SEND)
    assert (first.query["access_token"], second.query["access_token"]) == (make_token(1), make_token(2))
    assert first.json == second.json
    assert len(platform.requests_to(STABLE_TOKEN_PATH)) == 2


def test_lasting_40001_costs_one_forced_fetch_a_minute(platform, official, clock):
    fetch_token_earlier(official, clock)
    platform.prepare(SEND, {"errcode": 40001, "errmsg": "invalid credential"})
    for _ in range(50):
        with pytest.raises(CircuitOpenError):
            official.send_text(SHOPPER, "您好")
    forced = [asked for asked in platform.requests_to(STABLE_TOKEN_PATH) if asked.json["force_refresh"]]
    assert len(forced) == 1
    assert len(platform.requests_to(SEND)) == 2
    clock.advance(seconds=61)
    with pytest.raises(CircuitOpenError):
        official.send_text(SHOPPER, "您好")
    assert (
        len([asked for asked in platform.requests_to(STABLE_TOKEN_PATH) if asked.json["force_refresh"]]) == 2
    )


def test_used_up_quota_pauses_until_midnight_in_shanghai(platform, official, clock):
    platform.prepare(SEND, {"errcode": 45009, "errmsg": "reach max api daily quota limit"})
    for _ in range(3):
        with pytest.raises(CircuitOpenError) as caught:
            official.send_text(SHOPPER, "您好")
        assert caught.value.until == datetime(2026, 9, 21, 16, 0, tzinfo=UTC)
    assert len(platform.requests_to(SEND)) == 1
    clock.advance(hours=2)
    platform.prepare(SEND, FINE)
    official.send_text(SHOPPER, "您好")


def test_message_that_never_left_is_not_in_doubt(platform, official):
    platform.prepare(STABLE_TOKEN_PATH, PreparedResponse(b"", 502))
    platform.prepare(SEND, FINE)
    with pytest.raises(CircuitOpenError):
        official.send_text(SHOPPER, "您好")
    assert not platform.requests_to(SEND)


def test_other_parts_of_wechatpy_work_through_it(platform, http, clock):
    serve_tokens(platform)
    platform.prepare("/cgi-bin/tags/get", {"tags": [{"id": 2, "name": "星标", "count": 0}]})
    tags = Client(make_access_tokens(http, clock), http).tag.get()
    assert tags[0]["name"] == "星标"
