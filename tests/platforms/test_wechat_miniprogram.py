"""The mini-program tells who signed in and keeps the session key to itself."""

import logging
from dataclasses import asdict

import pytest

from platforms.errors import Refused, Unknown
from platforms.wechat_miniprogram import Login, MiniProgram

from .wechat_account import APPID, SECRET, SESSION_KEY, STABLE, give_tokens, token_number, tokens_for

SESSION = "/sns/jscode2session"
PHONE = "/wxa/business/getuserphonenumber"


@pytest.fixture
def mini(platform, http, clock) -> MiniProgram:
    give_tokens(platform)
    return MiniProgram(APPID, SECRET, tokens_for(http, clock), http)


def test_login_needs_no_access_token(platform, mini):
    platform.say(SESSION, {"openid": "o1", "session_key": SESSION_KEY, "unionid": "u1"})
    assert mini.login("C") == Login(openid="o1", unionid="u1")
    assert platform.asked_at(SESSION)[0].query == {
        "appid": APPID,
        "secret": SECRET,
        "js_code": "C",
        "grant_type": "authorization_code",
    }
    assert not platform.asked_at(STABLE)


def test_session_key_and_secret_go_nowhere(platform, mini, caplog):
    caplog.set_level(logging.DEBUG)
    platform.say(SESSION, {"openid": "o1", "session_key": SESSION_KEY}, {"session_key": SESSION_KEY})
    login = mini.login("C")
    told = repr(login) + repr(asdict(login)) + repr(vars(mini).keys()) + repr(mini)
    with pytest.raises(Unknown) as caught:
        mini.login("C")
    for hidden in (SESSION_KEY, SECRET):
        assert hidden not in told + str(caught.value) + caplog.text


@pytest.mark.parametrize("code", [40029, 40163, 40226])
def test_bad_login_code_is_refused(platform, mini, code):
    platform.say(SESSION, {"errcode": code, "errmsg": "no"})
    with pytest.raises(Refused) as caught:
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
    ],
)
def test_phone_is_international(platform, mini, info, phone):
    platform.say(PHONE, {"errcode": 0, "errmsg": "ok", "phone_info": info})
    assert mini.phone("C") == phone
    (asked,) = platform.asked_at(PHONE)
    assert (asked.json, asked.query) == ({"code": "C"}, {"access_token": token_number(1)})


@pytest.mark.parametrize("info", [None, [], {}, {"purePhoneNumber": "12"}, {"purePhoneNumber": "abc"}])
def test_unreadable_phone_is_unknown(platform, mini, info):
    platform.say(PHONE, {"errcode": 0, "phone_info": info})
    with pytest.raises(Unknown):
        mini.phone("C")


def test_phone_with_a_stale_token_is_asked_again(platform, mini):
    info = {"purePhoneNumber": "13800138000", "countryCode": "86"}
    platform.say(PHONE, {"errcode": 40001, "errmsg": "stale"}, {"errcode": 0, "phone_info": info})
    assert mini.phone("C") == "+8613800138000"
    assert platform.asked_at(PHONE)[1].query == {"access_token": token_number(2)}


def test_wrong_secret_is_told(platform, mini):
    platform.say(STABLE, {"errcode": 40125, "errmsg": "invalid appsecret"})
    assert "AppSecret" in mini.check_credentials()
