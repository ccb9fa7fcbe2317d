"""The mini-program tells who signed in and keeps the session key to itself."""

import logging
from dataclasses import asdict

import pytest

from platforms.errors import OutcomeUnknownError, PlatformRejectedError
from platforms.wechat.mini_program import Login, MiniProgram
from tests.platforms.wechat.token_samples import (
    APPID,
    SECRET,
    SESSION_KEY,
    STABLE_TOKEN_PATH,
    make_access_tokens,
    make_token,
    serve_tokens,
)

SESSION = "/sns/jscode2session"
PHONE = "/wxa/business/getuserphonenumber"


@pytest.fixture
def mini(platform, http, clock) -> MiniProgram:
    serve_tokens(platform)
    return MiniProgram(APPID, SECRET, make_access_tokens(http, clock), http)


def test_login_needs_no_access_token(platform, mini):
    platform.prepare(SESSION, {"openid": "o1", "session_key": SESSION_KEY, "unionid": "u1"})
    assert mini.login("C") == Login(openid="o1", unionid="u1")
    assert platform.requests_to(SESSION)[0].query == {
        "appid": APPID,
        "secret": SECRET,
        "js_code": "C",
        "grant_type": "authorization_code",
    }
    assert not platform.requests_to(STABLE_TOKEN_PATH)


def test_session_key_and_secret_go_nowhere(platform, mini, caplog):
    caplog.set_level(logging.DEBUG)
    platform.prepare(SESSION, {"openid": "o1", "session_key": SESSION_KEY}, {"session_key": SESSION_KEY})
    login = mini.login("C")
    result = repr(login) + repr(asdict(login)) + repr(vars(mini).keys()) + repr(mini)
    with pytest.raises(OutcomeUnknownError) as caught:
        mini.login("C")
    for hidden in (SESSION_KEY, SECRET):
        assert hidden not in result + str(caught.value) + caplog.text


@pytest.mark.parametrize("code", [40029, 40163, 40226])
def test_bad_login_code_is_refused(platform, mini, code):
    platform.prepare(SESSION, {"errcode": code, "errmsg": "no"})
    with pytest.raises(PlatformRejectedError) as caught:
        mini.login("C")
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("info", "phone"),
    [
        (
            {"phoneNumber": "13800138000", "purePhoneNumber": "13800138000", "countryCode": "86"},
            "+8613800138000",
        ),
        ({"phoneNumber": "+85251234567", "purePhoneNumber": "51234567", "countryCode": 852}, "+85251234567"),
        (
            {"phoneNumber": "+85281123456", "purePhoneNumber": "81123456", "countryCode": "852"},
            "+85281123456",
        ),
    ],
)
def test_phone_is_international(platform, mini, info, phone):
    platform.prepare(PHONE, {"errcode": 0, "errmsg": "ok", "phone_info": info})
    assert mini.get_phone_number("C") == phone
    (asked,) = platform.requests_to(PHONE)
    assert (asked.json, asked.query) == ({"code": "C"}, {"access_token": make_token(1)})


@pytest.mark.parametrize("info", [None, [], {}, {"purePhoneNumber": "12"}, {"purePhoneNumber": "abc"}])
def test_unreadable_phone_is_unknown(platform, mini, info):
    platform.prepare(PHONE, {"errcode": 0, "phone_info": info})
    with pytest.raises(OutcomeUnknownError):
        mini.get_phone_number("C")


def test_phone_with_a_stale_token_is_asked_again(platform, mini, clock):
    mini._tokens.get()
    clock.advance(minutes=1)  # a younger token is not replaced
    info = {"purePhoneNumber": "13800138000", "countryCode": "86"}
    platform.prepare(PHONE, {"errcode": 40001, "errmsg": "stale"}, {"errcode": 0, "phone_info": info})
    assert mini.get_phone_number("C") == "+8613800138000"
    assert platform.requests_to(PHONE)[1].query == {"access_token": make_token(2)}


def test_wrong_secret_is_reported(platform, mini):
    platform.prepare(STABLE_TOKEN_PATH, {"errcode": 40125, "errmsg": "invalid appsecret"})
    assert "AppSecret" in mini.check_credentials()
