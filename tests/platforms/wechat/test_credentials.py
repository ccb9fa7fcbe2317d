"""The check of an appid and a secret reports what is wrong with them."""

import pytest

from platforms.errors import CircuitOpenError
from platforms.wechat.credentials import credentials_error
from tests.platforms.conftest import PreparedResponse
from tests.platforms.wechat.token_samples import (
    STABLE_TOKEN_PATH,
    make_access_tokens,
    make_token,
    serve_tokens,
)


def test_right_credentials_have_no_fault(platform, http, clock):
    serve_tokens(platform)
    tokens = make_access_tokens(http, clock)
    assert credentials_error(tokens) is None
    assert tokens.get() == make_token(1)


def test_credentials_are_checked_even_while_calls_are_paused(platform, http, clock):
    platform.prepare(STABLE_TOKEN_PATH, {"errcode": 40125, "errmsg": "no"})
    tokens = make_access_tokens(http, clock)
    with pytest.raises(CircuitOpenError):
        tokens.get()
    serve_tokens(platform)
    assert credentials_error(tokens) is None


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
        (PreparedResponse(b"", 502), "连不上"),
    ],
)
def test_fault_of_the_credentials_is_reported(platform, http, clock, answer, word):
    platform.prepare(STABLE_TOKEN_PATH, answer)
    assert word in credentials_error(make_access_tokens(http, clock))
