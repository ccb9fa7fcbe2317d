"""The official account says what we mean and tells what WeChat answered."""

import logging
from urllib.parse import parse_qs, urlsplit

import pytest

from platforms.errors import OutcomeUnknownError, PlatformRejectedError
from platforms.wechat.official_account import Follower, OAuthIdentity, OfficialAccount, QrTicket
from platforms.wechat.reply import Article
from tests.platforms.conftest import PreparedResponse
from tests.platforms.wechat.token_samples import (
    APPID,
    SECRET,
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


def test_menu_is_published_as_given(platform, official):
    platform.prepare("/cgi-bin/menu/create", FINE)
    buttons = [{"type": "click", "name": "附近门店", "key": "NEARBY"}]
    official.create_menu(buttons)
    (asked,) = platform.requests_to("/cgi-bin/menu/create")
    assert asked.json == {"button": buttons}
    assert "附近门店".encode() in asked.body  # WeChat shows \\uXXXX as it is
    assert asked.query == {"access_token": make_token(1)}


def test_live_menu_is_none_when_there_is_none(platform, official):
    live = {"menu": {"button": []}}
    platform.prepare("/cgi-bin/menu/get", live, {"errcode": 46003, "errmsg": "menu no exist"})
    assert official.find_menu() == live
    assert official.find_menu() is None


def test_menu_is_deleted(platform, official):
    platform.prepare("/cgi-bin/menu/delete", FINE)
    official.delete_menu()
    assert len(platform.requests_to("/cgi-bin/menu/delete")) == 1


def test_wrong_menu_is_refused_with_a_reason(platform, official):
    platform.prepare("/cgi-bin/menu/create", {"errcode": 40018, "errmsg": "invalid button name size"})
    with pytest.raises(PlatformRejectedError) as caught:
        official.create_menu([])
    assert (caught.value.code, caught.value.message) == (40018, "菜单名称太长或不合法")


def test_messages_are_sent_as_customer_service(platform, official):
    platform.prepare(SEND, FINE)
    official.send_text(SHOPPER, "您好")
    official.send_articles(SHOPPER, [Article("标题", "描述", "https://x/p.jpg", "https://x/")])
    official.send_image(SHOPPER, "MEDIA")
    official.send_mini_program_card(
        SHOPPER, appid="wxmini", page="pages/me", title="会员", thumb_media_id="T"
    )
    text, news, image, card = (asked.json for asked in platform.requests_to(SEND))
    assert text == {"touser": SHOPPER, "msgtype": "text", "text": {"content": "您好"}}
    assert news["news"]["articles"] == [
        {"title": "标题", "description": "描述", "url": "https://x/", "picurl": "https://x/p.jpg"}
    ]
    assert image["image"] == {"media_id": "MEDIA"}
    assert card["miniprogrampage"]["pagepath"] == "pages/me"


@pytest.mark.parametrize("code", [45015, 45047])
def test_silent_shopper_cannot_be_written_to(platform, official, code):
    platform.prepare(SEND, {"errcode": code, "errmsg": "response out of time limit"})
    with pytest.raises(PlatformRejectedError) as caught:
        official.send_text(SHOPPER, "您好")
    assert caught.value.code == code
    assert len(platform.requests_to(SEND)) == 1


def test_permanent_code_has_no_end(platform, official):
    platform.prepare("/cgi-bin/qrcode/create", {"ticket": "T", "url": "http://weixin.qq.com/q/1"})
    code = official.create_qr_code("table-7", permanent=True)
    assert code == QrTicket(ticket="T", url="http://weixin.qq.com/q/1", expires_s=None)
    assert platform.requests_to("/cgi-bin/qrcode/create")[0].json == {
        "action_name": "QR_LIMIT_STR_SCENE",
        "action_info": {"scene": {"scene_str": "table-7"}},
    }


@pytest.mark.parametrize(("requested", "asked_s"), [(600, 600), (None, 2_592_000), (10**9, 2_592_000)])
def test_temporary_code_lasts_thirty_days_at_most(platform, official, requested, asked_s):
    answer = {"ticket": "T", "url": "http://weixin.qq.com/q/1", "expire_seconds": asked_s}
    platform.prepare("/cgi-bin/qrcode/create", answer)
    assert official.create_qr_code("s", permanent=False, expires_s=requested).expires_s == asked_s
    assert platform.requests_to("/cgi-bin/qrcode/create")[0].json["expire_seconds"] == asked_s


def test_code_without_ticket_is_unknown(platform, official):
    platform.prepare("/cgi-bin/qrcode/create", FINE)
    with pytest.raises(OutcomeUnknownError):
        official.create_qr_code("s", permanent=True)


def test_follower_is_distinguished_from_stranger(platform, official):
    platform.prepare(
        "/cgi-bin/user/info", {"subscribe": 1, "openid": SHOPPER, "unionid": "u1"}, {"subscribe": 0}
    )
    assert official.get_follower(SHOPPER) == Follower(subscribed=True, unionid="u1")
    assert official.get_follower(SHOPPER) == Follower(subscribed=False, unionid=None)


def test_sign_in_address_quotes_what_it_carries(platform, official):
    url = official.oauth_url(
        "https://shop.cn/m/back?to=/me&a=1", "snsapi_base", "a b&scope=snsapi_userinfo#x"
    )
    parts = urlsplit(url)
    asked = parse_qs(parts.query)
    assert url.startswith(platform.base_url + "/connect/oauth2/authorize?appid=")
    assert asked["redirect_uri"] == ["https://shop.cn/m/back?to=/me&a=1"]
    assert asked["state"] == ["a b&scope=snsapi_userinfo#x"]
    assert asked["scope"] == ["snsapi_base"]
    assert parts.fragment == "wechat_redirect"


def test_sign_in_code_tells_who_came_without_an_access_token(platform, official):
    path = "/sns/oauth2/access_token"
    answer = {"access_token": "O", "openid": SHOPPER, "scope": "snsapi_userinfo", "unionid": "u1"}
    platform.prepare(path, answer, {"openid": SHOPPER, "scope": "snsapi_base", "is_snapshotuser": 1})
    known = OAuthIdentity(openid=SHOPPER, unionid="u1", virtual=False, scope="snsapi_userinfo")
    assert official.exchange_oauth_code("C&1") == known
    assert official.exchange_oauth_code("C2").virtual
    assert platform.requests_to(path)[0].query == {
        "appid": APPID,
        "secret": SECRET,
        "code": "C&1",
        "grant_type": "authorization_code",
    }
    assert not platform.requests_to(STABLE_TOKEN_PATH)


def test_used_sign_in_code_is_refused(platform, official):
    platform.prepare("/sns/oauth2/access_token", {"errcode": 40163, "errmsg": "code been used"})
    with pytest.raises(PlatformRejectedError) as caught:
        official.exchange_oauth_code("C")
    assert caught.value.code == 40163


def test_wrong_secret_is_reported(platform, official):
    assert official.check_credentials() is None
    platform.prepare(STABLE_TOKEN_PATH, {"errcode": 40125, "errmsg": "invalid appsecret"})
    assert "AppSecret" in official.check_credentials()


def test_secret_and_tokens_stay_out_of_logs_and_errors(platform, official, caplog):
    caplog.set_level(logging.DEBUG)
    platform.prepare(
        SEND, {"errcode": 49999, "errmsg": f"new trouble with {make_token(1)}"}, PreparedResponse(b"<html>")
    )
    platform.prepare("/sns/oauth2/access_token", {"errcode": 40029, "errmsg": f"invalid {SECRET}"})
    result = repr(official)
    for call in (official.send_text, official.send_text):
        with pytest.raises((PlatformRejectedError, OutcomeUnknownError)) as caught:
            call(SHOPPER, "您好")
        result += str(caught.value) + str(caught.value.__context__)
    with pytest.raises(PlatformRejectedError) as caught:
        official.exchange_oauth_code("C")
    result += str(caught.value)
    for hidden in (SECRET, make_token(1), SHOPPER):
        assert hidden not in result + caplog.text
