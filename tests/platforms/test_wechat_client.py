"""A stale token costs one retry, a used-up quota a pause, and no answer is never a success."""

from datetime import UTC, datetime

import pytest

from platforms.errors import Paused, Unknown
from platforms.wechat_client import Client
from platforms.wechat_official import OfficialAccount

from .conftest import Answer
from .wechat_account import APPID, STABLE, give_tokens, token_number, tokens_for

FINE = {"errcode": 0, "errmsg": "ok"}
SEND = "/cgi-bin/message/custom/send"
SHOPPER = "oABCDEFGHIJKLMNOPQRSTUVWXYZ1"


@pytest.fixture
def official(platform, http, clock) -> OfficialAccount:
    give_tokens(platform)
    return OfficialAccount(APPID, tokens_for(http, clock), http)


@pytest.mark.parametrize("answer", [Answer(b"", 502), Answer(b"<html>"), {"errcode": -1}, {"errcode": "x"}])
def test_message_without_a_clear_answer_may_have_been_sent(platform, official, answer):
    platform.say(SEND, answer)
    with pytest.raises(Unknown):
        official.send_text(SHOPPER, "您好")
    assert len(platform.asked_at(SEND)) == 1


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_stale_token_is_refreshed_once_and_the_call_repeated(platform, official, code):
    platform.say(SEND, {"errcode": code, "errmsg": "invalid credential"}, FINE)
    official.send_text(SHOPPER, "您好")
    first, second = platform.asked_at(SEND)
    assert (first.query["access_token"], second.query["access_token"]) == (token_number(1), token_number(2))
    assert first.json == second.json
    assert len(platform.asked_at(STABLE)) == 2


def test_lasting_40001_costs_one_forced_fetch_a_minute(platform, official, clock):
    platform.say(SEND, {"errcode": 40001, "errmsg": "invalid credential"})
    for _ in range(50):
        with pytest.raises(Paused):
            official.send_text(SHOPPER, "您好")
    forced = [asked for asked in platform.asked_at(STABLE) if asked.json["force_refresh"]]
    assert len(forced) == 1
    assert len(platform.asked_at(SEND)) == 2
    clock.forward(seconds=61)
    with pytest.raises(Paused):
        official.send_text(SHOPPER, "您好")
    assert len([asked for asked in platform.asked_at(STABLE) if asked.json["force_refresh"]]) == 2


def test_used_up_quota_pauses_until_midnight_in_shanghai(platform, official, clock):
    platform.say(SEND, {"errcode": 45009, "errmsg": "reach max api daily quota limit"})
    for _ in range(3):
        with pytest.raises(Paused) as caught:
            official.send_text(SHOPPER, "您好")
        assert caught.value.until == datetime(2026, 9, 21, 16, 0, tzinfo=UTC)
    assert len(platform.asked_at(SEND)) == 1
    clock.forward(hours=2)
    platform.say(SEND, FINE)
    official.send_text(SHOPPER, "您好")


def test_message_that_never_left_is_not_in_doubt(platform, official):
    platform.say(STABLE, Answer(b"", 502))
    platform.say(SEND, FINE)
    with pytest.raises(Paused):
        official.send_text(SHOPPER, "您好")
    assert not platform.asked_at(SEND)


def test_other_parts_of_wechatpy_work_through_it(platform, http, clock):
    give_tokens(platform)
    platform.say("/cgi-bin/tags/get", {"tags": [{"id": 2, "name": "星标", "count": 0}]})
    tags = Client(tokens_for(http, clock), http).tag.get()
    assert tags[0]["name"] == "星标"
