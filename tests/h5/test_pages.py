"""The pages' own answers: whose they are, what they forbid, what they say when there is nothing."""

import re

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from store.core.errors import DomainError
from store.customers import sessions
from store.tenants import registry, settings
from store.tenants.branding import BrandingSettings
from tests.h5.conftest import XSS_PAYLOAD, open_session_token
from web.auth import SESSION_COOKIE

ME = "/m/me?a=acme-mp&stay=out"


def policy(answer: object) -> dict[str, str]:
    rules = answer.headers["Content-Security-Policy"].split("; ")
    return dict(rule.split(" ", 1) for rule in rules)


def test_only_scripts_of_this_answer_run(browser: FlaskClient) -> None:
    first, second = (browser.get("/m/nearby?a=acme-mp") for _ in range(2))
    nonce = re.fullmatch(r"'nonce-(.{16,})'", policy(first)["script-src"]).group(1)
    scripts = re.findall(r"<script\b[^>]*>", first.text)
    assert scripts
    assert all(f'nonce="{nonce}"' in script and " src=" in script for script in scripts)
    assert nonce not in second.text


def test_only_our_pages_may_frame_a_page(browser: FlaskClient) -> None:
    assert policy(browser.get("/m/nearby?a=acme-mp"))["frame-ancestors"] == "'self'"


def test_the_sandbox_may_frame_a_page_where_there_is_one(app: APIFlask, browser: FlaskClient) -> None:
    app.config["SANDBOX_URL"] = "http://127.0.0.1:8100/anything"
    rules = policy(browser.get("/m/nearby?a=acme-mp"))
    assert rules["frame-ancestors"] == "'self' http://127.0.0.1:8100"


@pytest.mark.parametrize("path", ["/m/nearby?a=unknown", "/m/stores/sho_x?a=acme-mp", "/m/elsewhere"])
def test_a_page_that_is_not_there_says_so_in_chinese(browser: FlaskClient, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 404
    assert answer.mimetype == "text/html"
    assert "没有找到" in answer.text
    assert policy(answer)["default-src"] == "'none'"


def test_a_shops_name_is_text_wherever_it_is(browser: FlaskClient, shop_ids: dict[str, str]) -> None:
    page = browser.get(f"/m/stores/{shop_ids['acme']}?a=acme-mp").text
    assert XSS_PAYLOAD not in page
    assert "alert(1)" in page


def test_a_page_passes_on_what_was_asked_as_text_only(browser: FlaskClient) -> None:
    page = browser.get("/m/me", query_string={"a": "acme-mp", "stay": XSS_PAYLOAD}).text
    assert XSS_PAYLOAD not in page


def test_n22_title_colour_and_logo_are_the_tenants(browser: FlaskClient) -> None:
    with registry.use_tenant("acme"):
        settings.change(BrandingSettings, display_name="小二优选", colour="#1971c2", logo_url="/logo.png")
    answer = browser.get("/m/nearby?a=acme-mp")
    assert "<title>附近门店 · 小二优选</title>" in answer.text
    assert "--brand: #1971c2;" in answer.text
    assert 'data-brand="小二优选" data-logo="/logo.png"' in answer.text
    nonce = re.search(r'<style nonce="(.{16,}?)">', answer.text).group(1)
    assert f"'nonce-{nonce}'" in policy(answer)["style-src"]
    other = browser.get("/m/newest?a=rival-mp").text
    assert "<title>最新门店 · 对门超市</title>" in other
    assert "--brand: #e8532c;" in other


def test_a_shop_of_another_tenant_is_not_found(browser: FlaskClient, shop_ids: dict[str, str]) -> None:
    assert browser.get(f"/m/stores/{shop_ids['rival']}?a=acme-mp").status_code == 404
    assert browser.get(f"/m/stores/{shop_ids['rival']}?a=rival-mp").status_code == 200


def test_without_an_account_and_with_two_tenants_the_link_is_incomplete(browser: FlaskClient) -> None:
    answer = browser.get("/m/nearby")
    assert answer.status_code == 404
    assert "请从公众号重新打开" in answer.text
    assert 'href="/m/' not in answer.text  # a way on that would lead here again


def test_without_an_account_an_only_tenant_is_meant(
    browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "list_slugs", lambda: ["acme"])
    assert 'data-account="acme-mp"' in browser.get("/m/nearby").text


def test_without_an_account_the_session_tells_the_tenant(browser: FlaskClient) -> None:
    browser.set_cookie(SESSION_COOKIE, open_session_token("rival"))
    assert 'data-account="rival-mp"' in browser.get("/m/nearby").text


def test_a_session_of_another_tenant_is_none_here(browser: FlaskClient) -> None:
    browser.set_cookie(SESSION_COOKIE, open_session_token("rival"))
    assert 'data-signed-in=""' in browser.get(ME).text
    browser.set_cookie(SESSION_COOKIE, open_session_token("acme"))
    assert 'data-signed-in="yes"' in browser.get(ME).text


def test_in_wechat_my_page_asks_wechat_who_is_there(browser: FlaskClient) -> None:
    answer = browser.get("/m/me?a=acme-mp", headers={"User-Agent": "MicroMessenger/8.0"})
    assert answer.headers["Location"] == "/m/oauth/start?a=acme-mp&to=/m/me"


def test_in_wechat_coupons_ask_who_is_there_and_come_back(browser: FlaskClient) -> None:
    answer = browser.get("/m/coupons?a=acme-mp", headers={"User-Agent": "MicroMessenger/8.0"})
    assert answer.headers["Location"] == "/m/oauth/start?a=acme-mp&to=/m/coupons"
    assert browser.get("/m/coupons?a=acme-mp").status_code == 200


@pytest.mark.parametrize("path", ["/m/messages", "/m/message-settings"])
def test_in_wechat_messages_ask_who_is_there_and_come_back(browser: FlaskClient, path: str) -> None:
    answer = browser.get(f"{path}?a=acme-mp", headers={"User-Agent": "MicroMessenger/8.0"})
    assert answer.headers["Location"] == f"/m/oauth/start?a=acme-mp&to={path}"
    assert browser.get(f"{path}?a=acme-mp").status_code == 200


def test_a_gift_is_shown_before_anybody_signs_in(browser: FlaskClient) -> None:
    """The way over WeChat would lose what follows `#`; the page keeps it first."""
    assert browser.get("/m/gifts?a=acme-mp", headers={"User-Agent": "MicroMessenger/8.0"}).status_code == 200


def test_the_sandboxs_phone_counts_as_wechat(app: APIFlask, browser: FlaskClient) -> None:
    framed = {"Sec-Fetch-Dest": "iframe"}
    assert browser.get("/m/me?a=acme-mp", headers=framed).status_code == 200
    app.config["SANDBOX_URL"] = "http://127.0.0.1:8100"
    assert browser.get("/m/me?a=acme-mp", headers=framed).status_code == 302


def test_elsewhere_my_page_offers_to_sign_in(browser: FlaskClient) -> None:
    answer = browser.get("/m/me?a=acme-mp")
    assert answer.status_code == 200
    assert 'data-signed-in=""' in answer.text


def test_signing_out_ends_the_session_on_both_sides(browser: FlaskClient) -> None:
    token = open_session_token("acme")
    browser.set_cookie(SESSION_COOKIE, token)
    answer = browser.post("/m/sign-out?a=acme-mp")
    assert answer.headers["Location"] == "/m/me?a=acme-mp&stay=out"
    assert browser.get_cookie(SESSION_COOKIE) is None
    with registry.use_tenant("acme"), pytest.raises(DomainError) as rejection:
        sessions.get_by_token(token)
    assert rejection.value.code == "unauthorized"
    assert browser.post("/m/sign-out?a=acme-mp").status_code == 303


def test_a_link_cannot_sign_anybody_out(browser: FlaskClient) -> None:
    assert browser.get("/m/sign-out?a=acme-mp").status_code in (404, 405)


@pytest.mark.parametrize("path", ["/m/stores/%00?a=acme-mp", "/m/nearby?a=%00", "/m/oauth/return?state=%00"])
def test_a_zero_byte_is_refused_on_a_page(browser: FlaskClient, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 400
    assert answer.mimetype == "text/html"
    assert policy(answer)["default-src"] == "'none'"


def test_a_page_that_knows_its_visitor_is_kept_nowhere(browser: FlaskClient) -> None:
    assert browser.get(ME).headers["Cache-Control"] == "no-store"


def test_a_fault_is_reported_without_its_text(app: APIFlask, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(key: str) -> str:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(registry, "get_slug_by_account_key", break_down)
    answer = app.test_client().get("/m/nearby?a=acme-mp")
    assert answer.status_code == 500
    assert "系统出了点问题" in answer.text
    assert "secret detail" not in answer.text


def test_the_mall_begins_with_its_home_page(browser: FlaskClient) -> None:
    answer = browser.get("/m/?a=acme-mp")
    assert answer.status_code == 200
    assert "<title>商城" in answer.text


def test_a_visitor_has_a_cart_and_no_favourites(browser: FlaskClient) -> None:
    assert browser.get("/m/cart?a=acme-mp").status_code == 200
    for page in ("favourites", "footprints", "checkout"):
        answer = browser.get(f"/m/{page}?a=acme-mp", headers={"User-Agent": "MicroMessenger/8.0"})
        assert answer.headers["Location"].startswith("/m/oauth/start")
