"""The official account says what we mean and tells what WeChat answered."""

import logging
from urllib.parse import parse_qs, urlsplit

import pytest

from platforms.errors import Refused, Unknown
from platforms.wechat_inbound import Article
from platforms.wechat_official import Code, Follower, OAuthIdentity, OfficialAccount

from .conftest import Answer
from .wechat_account import APPID, SECRET, STABLE, give_tokens, token_number, tokens_for

FINE = {"errcode": 0, "errmsg": "ok"}
SEND = "/cgi-bin/message/custom/send"
SHOPPER = "oABCDEFGHIJKLMNOPQRSTUVWXYZ1"


@pytest.fixture
def official(platform, http, clock) -> OfficialAccount:
    give_tokens(platform)
    return OfficialAccount(APPID, tokens_for(http, clock), http)


def test_menu_is_published_as_given(platform, official):
    platform.say("/cgi-bin/menu/create", FINE)
    buttons = [{"type": "click", "name": "附近门店", "key": "NEARBY"}]
    official.menu_publish(buttons)
    (asked,) = platform.asked_at("/cgi-bin/menu/create")
    assert asked.json == {"button": buttons}
    assert "附近门店".encode() in asked.body  # WeChat shows \\uXXXX as it stands
    assert asked.query == {"access_token": token_number(1)}


def test_live_menu_is_none_when_there_is_none(platform, official):
    live = {"menu": {"button": []}}
    platform.say("/cgi-bin/menu/get", live, {"errcode": 46003, "errmsg": "menu no exist"})
    assert official.menu_live() == live
    assert official.menu_live() is None


def test_menu_is_deleted(platform, official):
    platform.say("/cgi-bin/menu/delete", FINE)
    official.menu_delete()
    assert len(platform.asked_at("/cgi-bin/menu/delete")) == 1


def test_wrong_menu_is_refused_with_a_reason(platform, official):
    platform.say("/cgi-bin/menu/create", {"errcode": 40018, "errmsg": "invalid button name size"})
    with pytest.raises(Refused) as caught:
        official.menu_publish([])
    assert (caught.value.code, caught.value.message) == (40018, "菜单名称太长或不合法")


def test_messages_are_sent_as_customer_service(platform, official):
    platform.say(SEND, FINE)
    official.send_text(SHOPPER, "您好")
    official.send_articles(SHOPPER, [Article("标题", "描述", "https://x/p.jpg", "https://x/")])
    official.send_image(SHOPPER, "MEDIA")
    official.send_miniprogram_card(SHOPPER, appid="wxmini", page="pages/me", title="会员", thumb_media_id="T")
    text, news, image, card = (asked.json for asked in platform.asked_at(SEND))
    assert text == {"touser": SHOPPER, "msgtype": "text", "text": {"content": "您好"}}
    assert news["news"]["articles"] == [
        {"title": "标题", "description": "描述", "url": "https://x/", "picurl": "https://x/p.jpg"}
    ]
    assert image["image"] == {"media_id": "MEDIA"}
    assert card["miniprogrampage"]["pagepath"] == "pages/me"


@pytest.mark.parametrize("code", [45015, 45047])
def test_silent_shopper_cannot_be_written_to(platform, official, code):
    platform.say(SEND, {"errcode": code, "errmsg": "response out of time limit"})
    with pytest.raises(Refused) as caught:
        official.send_text(SHOPPER, "您好")
    assert caught.value.code == code
    assert len(platform.asked_at(SEND)) == 1


def test_permanent_code_has_no_end(platform, official):
    platform.say("/cgi-bin/qrcode/create", {"ticket": "T", "url": "http://weixin.qq.com/q/1"})
    code = official.create_code("table-7", permanent=True)
    assert code == Code(ticket="T", url="http://weixin.qq.com/q/1", expires_s=None)
    assert platform.asked_at("/cgi-bin/qrcode/create")[0].json == {
        "action_name": "QR_LIMIT_STR_SCENE",
        "action_info": {"scene": {"scene_str": "table-7"}},
    }


@pytest.mark.parametrize(("wished", "asked_s"), [(600, 600), (None, 2_592_000), (10**9, 2_592_000)])
def test_passing_code_lives_thirty_days_at_most(platform, official, wished, asked_s):
    answer = {"ticket": "T", "url": "http://weixin.qq.com/q/1", "expire_seconds": asked_s}
    platform.say("/cgi-bin/qrcode/create", answer)
    assert official.create_code("s", permanent=False, expires_s=wished).expires_s == asked_s
    assert platform.asked_at("/cgi-bin/qrcode/create")[0].json["expire_seconds"] == asked_s


def test_code_without_ticket_is_unknown(platform, official):
    platform.say("/cgi-bin/qrcode/create", FINE)
    with pytest.raises(Unknown):
        official.create_code("s", permanent=True)


def test_follower_is_told_from_stranger(platform, official):
    platform.say("/cgi-bin/user/info", {"subscribe": 1, "openid": SHOPPER, "unionid": "u1"}, {"subscribe": 0})
    assert official.user_info(SHOPPER) == Follower(subscribed=True, unionid="u1")
    assert official.user_info(SHOPPER) == Follower(subscribed=False, unionid=None)


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
    platform.say(path, answer, {"openid": SHOPPER, "scope": "snsapi_base", "is_snapshotuser": 1})
    known = OAuthIdentity(openid=SHOPPER, unionid="u1", virtual=False, scope="snsapi_userinfo")
    assert official.oauth_identity("C&1") == known
    assert official.oauth_identity("C2").virtual
    assert platform.asked_at(path)[0].query == {
        "appid": APPID,
        "secret": SECRET,
        "code": "C&1",
        "grant_type": "authorization_code",
    }
    assert not platform.asked_at(STABLE)


def test_used_sign_in_code_is_refused(platform, official):
    platform.say("/sns/oauth2/access_token", {"errcode": 40163, "errmsg": "code been used"})
    with pytest.raises(Refused) as caught:
        official.oauth_identity("C")
    assert caught.value.code == 40163


def test_wrong_secret_is_told(platform, official):
    assert official.check_credentials() is None
    platform.say(STABLE, {"errcode": 40125, "errmsg": "invalid appsecret"})
    assert "AppSecret" in official.check_credentials()


def test_secret_and_tokens_stay_out_of_logs_and_errors(platform, official, caplog):
    caplog.set_level(logging.DEBUG)
    platform.say(SEND, {"errcode": 49999, "errmsg": f"new trouble with {token_number(1)}"}, Answer(b"<html>"))
    platform.say("/sns/oauth2/access_token", {"errcode": 40029, "errmsg": f"invalid {SECRET}"})
    told = repr(official)
    for call in (official.send_text, official.send_text):
        with pytest.raises((Refused, Unknown)) as caught:
            call(SHOPPER, "您好")
        told += str(caught.value) + str(caught.value.__context__)
    with pytest.raises(Refused) as caught:
        official.oauth_identity("C")
    told += str(caught.value)
    for hidden in (SECRET, token_number(1), SHOPPER):
        assert hidden not in told + caplog.text
