"""The page of a collection code tells the browsers apart, and signs WeChat and Alipay in."""

from urllib.parse import parse_qs, urlsplit

import pytest

from platforms.wechat.official_account import OAuthIdentity
from store.customers import followers, sessions
from store.payments import merchants
from store.shops import shops
from store.tenants import channels, registry
from store.tills import collection_codes
from tests.h5.conftest import open_session_token
from tests.h5.test_oauth import call_back
from web.auth import SESSION_COOKIE

WECHAT, ALIPAY = {"User-Agent": "MicroMessenger/8.0"}, {"User-Agent": "AlipayClient/10.3"}


@pytest.fixture
def code(shop_ids, monkeypatch):
    monkeypatch.setattr(merchants, "choose", lambda **_: merchants.Merchant(app_id="wx-other"))
    with registry.use_tenant("acme"):
        return collection_codes.get_or_create(shops.get_by_public_id(shop_ids["acme"])).code


def start(browser, code, headers=WECHAT, query=""):
    return browser.get(f"/pay/{code}{query}", headers=headers)


def test_wechat_is_signed_in_and_comes_back(browser, wechat, code):
    sent = start(browser, code)
    assert (sent.status_code, sent.headers["Location"]) == (302, f"/m/oauth/start?a=acme-mp&to=/pay/{code}")
    there = browser.get(sent.headers["Location"])
    state = parse_qs(urlsplit(there.headers["Location"]).query)["state"][0]
    wechat.codes["c1"] = OAuthIdentity("o-9", None, False, "snsapi_base")
    back = call_back(browser, state=state)
    assert back.headers["Location"] == f"/pay/{code}?a=acme-mp"
    page = browser.get(back.headers["Location"], headers=WECHAT)
    assert (page.status_code, 'data-signed-in="yes"' in page.text) == (200, True)
    assert f'data-shop="{code}"' in page.text
    assert "<script>alert" not in page.text


def test_a_session_of_another_account_is_not_the_payer(browser, wechat, code):
    with registry.use_tenant("acme"):
        mini = channels.get_by_key("acme-mini")
        customer = followers.get_or_create_customer(channel=mini, openid="o-2", source="wechat_miniprogram")
        token = sessions.open_session(customer=customer, channel_id=mini.id)
    browser.set_cookie(SESSION_COOKIE, token)
    assert start(browser, code).status_code == 302
    browser.set_cookie(SESSION_COOKIE, open_session_token("rival"))
    assert start(browser, code).status_code == 302
    browser.set_cookie(SESSION_COOKIE, open_session_token("acme"))
    assert start(browser, code).status_code == 200


def test_a_person_who_does_not_sign_in_stays_without_a_loop(browser, wechat, code):
    page = start(browser, code, query="?a=acme-mp&stay=out")
    assert (page.status_code, 'data-signed-in=""' in page.text) == (200, True)


def test_a_tenant_without_an_account_of_alipay_says_so(browser, code):
    page = start(browser, code, ALIPAY)
    assert (page.status_code, "尚未开通支付宝付款" in page.text) == (503, True)


def test_alipay_is_signed_in_by_the_account_of_alipay(browser, code):
    with registry.use_tenant("acme"):
        channels.add(
            kind="alipay", name="小二", appid="2021000000000001", secret="s", key="acme-alipay",
            platform_public_key="p",
        )  # fmt: skip
    assert start(browser, code, ALIPAY).headers["Location"].startswith("/m/oauth/start?a=acme-alipay")


def test_another_browser_is_asked_to_scan_with_wechat_or_alipay(browser, code):
    page = start(browser, code, {"User-Agent": "Mozilla/5.0"})
    assert (page.status_code, "请用微信或支付宝扫一扫付款" in page.text) == (200, True)


@pytest.mark.parametrize("code", ["acme.nothing", "nowhere.token", "x", "rival."])
def test_an_unknown_code_is_not_found(browser, app, code):
    page = start(browser, code)
    assert (page.status_code, "收款码已失效" in page.text) == (404, True)
