"""Whoever types in an appid and a secret is told what is wrong with them."""

import pytest

from platforms.errors import Paused
from platforms.wechat_credentials import credentials_fault

from .conftest import Answer
from .wechat_account import STABLE, give_tokens, token_number, tokens_for


def test_right_credentials_have_no_fault(platform, http, clock):
    give_tokens(platform)
    tokens = tokens_for(http, clock)
    assert credentials_fault(tokens) is None
    assert tokens.get() == token_number(1)


def test_credentials_are_checked_even_while_calls_are_paused(platform, http, clock):
    platform.say(STABLE, {"errcode": 40125, "errmsg": "no"})
    tokens = tokens_for(http, clock)
    with pytest.raises(Paused):
        tokens.get()
    give_tokens(platform)
    assert credentials_fault(tokens) is None


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ({"errcode": 40013, "errmsg": "invalid appid"}, "AppID"),
        ({"errcode": 40125, "errmsg": "invalid appsecret"}, "AppSecret"),
        (
            {"errcode": 40164, "errmsg": "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in"},
            "203.0.113.7",
        ),
        ({"errcode": 50007, "errmsg": "account frozen"}, "50007"),
        (Answer(b"", 502), "连不上"),
    ],
)
def test_fault_of_the_credentials_is_told(platform, http, clock, answer, word):
    platform.say(STABLE, answer)
    assert word in credentials_fault(tokens_for(http, clock))
