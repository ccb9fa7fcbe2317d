"""Sign-in by WeChat: who gets a session, who does not, and where nobody can be led."""

from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from h5.oauth import JOURNEY_COOKIE
from miniprogram_api.caller import COOKIE
from platforms import errors
from platforms.wechat_official import OAuthIdentity
from store.company import channels, settings, tenants
from store.people import fans, identities, sessions
from store.people.customers import Customer
from tests.h5.conftest import PUBLIC_URL, WeChat

START = "/m/oauth/start?a=acme-mp&to=/m/me"
OPENID = "o-visitor"


def person(*, openid: str = OPENID, virtual: bool = False) -> OAuthIdentity:
    return OAuthIdentity(openid=openid, unionid=None, virtual=virtual, scope="snsapi_base")


def state_of(browser: FlaskClient, path: str = START) -> str:
    """Set out, and return the state that WeChat was told."""
    sent = parse_qs(urlsplit(browser.get(path).headers["Location"]).query)
    assert sent["redirect_uri"] == [f"{PUBLIC_URL}/m/oauth/return"]
    return sent["state"][0]


def back(browser: FlaskClient, *, state: str, code: str = "c1") -> TestResponse:
    return browser.get("/m/oauth/return", query_string={"state": state, "code": code})


def customers() -> int:
    with tenants.using("acme"):
        return Customer.select().count()


def test_a_follower_is_recognised(browser: FlaskClient, wechat: WeChat) -> None:
    with tenants.using("acme"):
        follower = fans.follow(channel=channels.of_key("acme-mp"), openid=OPENID).customer
    wechat.codes["c1"] = person()
    answer = back(browser, state=state_of(browser))
    assert answer.headers["Location"] == "/m/me?a=acme-mp"
    with tenants.using("acme"):
        assert sessions.of_token(browser.get_cookie(COOKIE).value).customer == follower


def test_somebody_new_is_known_from_then_on(browser: FlaskClient, wechat: WeChat) -> None:
    wechat.codes |= {"c1": person(), "c2": person()}
    back(browser, state=state_of(browser))
    back(browser, state=state_of(browser), code="c2")
    assert customers() == 1
    with tenants.using("rival"):
        assert Customer.select().count() == 0


def test_scripts_and_other_sites_do_not_get_the_session(browser: FlaskClient, wechat: WeChat) -> None:
    wechat.codes["c1"] = person()
    answer = back(browser, state=state_of(browser))
    cookies = SimpleCookie("\n".join(answer.headers.getlist("Set-Cookie")))
    cookie = cookies[COOKIE]
    assert cookie["httponly"]
    assert cookie["secure"]
    assert cookie["samesite"] == "Lax"
    assert int(cookie["max-age"]) == 30 * 24 * 3600
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_second_sign_in_ends_the_session_before(browser: FlaskClient, wechat: WeChat) -> None:
    wechat.codes |= {"c1": person(), "c2": person()}
    back(browser, state=state_of(browser))
    back(browser, state=state_of(browser), code="c2")
    with tenants.using("acme"):
        assert sessions.Session.select().count() == 1


def test_a_return_that_this_browser_did_not_set_out_for_is_refused(
    browser: FlaskClient, wechat: WeChat
) -> None:
    """An attacker's link with the attacker's own code must not sign the victim in as the attacker."""
    attacker = browser.application.test_client()
    wechat.codes["c1"] = person(openid="o-attacker")
    answer = back(browser, state=state_of(attacker))
    assert answer.status_code == 400
    assert wechat.asked == []
    assert browser.get_cookie(COOKIE) is None


def test_a_wrong_state_is_refused_and_spends_the_journey(browser: FlaskClient, wechat: WeChat) -> None:
    state = state_of(browser)
    assert back(browser, state="acme-mp.guessed").status_code == 400
    assert back(browser, state=state).status_code == 400
    assert wechat.asked == []


def test_a_tampered_cookie_is_refused(browser: FlaskClient, wechat: WeChat) -> None:
    state = state_of(browser)
    signed = browser.get_cookie(JOURNEY_COOKIE, path="/m/oauth").value
    content, _, signature = signed.rpartition(".")
    other = "B" if signature[0] == "A" else "A"
    browser.set_cookie(JOURNEY_COOKIE, f"{content}.{other}{signature[1:]}", path="/m/oauth")
    assert back(browser, state=state).status_code == 400
    assert wechat.asked == []


def test_a_journey_ends_after_ten_minutes(browser: FlaskClient, wechat: WeChat) -> None:
    wechat.codes["c1"] = person()
    began = datetime.now(UTC)
    with time_machine.travel(began, tick=False):
        state = state_of(browser)
        kept = browser.get_cookie(JOURNEY_COOKIE, path="/m/oauth").value
    with time_machine.travel(began + timedelta(seconds=601), tick=False):
        browser.set_cookie(JOURNEY_COOKIE, kept, path="/m/oauth")
        assert back(browser, state=state).status_code == 400
    assert wechat.asked == []


def test_the_same_return_twice_signs_in_once_and_harms_nobody(browser: FlaskClient, wechat: WeChat) -> None:
    wechat.codes["c1"] = person()
    state = state_of(browser)
    back(browser, state=state)
    token = browser.get_cookie(COOKIE).value
    again = back(browser, state=state)
    assert again.headers["Location"] == "/m/me?a=acme-mp"
    assert wechat.asked == ["c1"]
    assert browser.get_cookie(COOKIE).value == token


@pytest.mark.parametrize(
    "to",
    [
        "//evil.example.com",
        "https://evil.example.com/m/me",
        "/m/me/../../console",
        "/\\evil",
        "/m/oauth/start",
        "/m/me\n",
        "",
    ],
)
def test_nobody_is_led_elsewhere_afterwards(browser: FlaskClient, wechat: WeChat, to: str) -> None:
    wechat.codes["c1"] = person()
    browser_state = browser.get("/m/oauth/start", query_string={"a": "acme-mp", "to": to})
    state = parse_qs(urlsplit(browser_state.headers["Location"]).query)["state"][0]
    assert back(browser, state=state).headers["Location"] == "/m/me?a=acme-mp"


@pytest.mark.parametrize("page", ["/m/stores/sho_abc", "/m/coupons", "/m/gifts"])
def test_one_comes_back_to_the_page_where_one_was(browser: FlaskClient, wechat: WeChat, page: str) -> None:
    wechat.codes["c1"] = person()
    state = state_of(browser, f"/m/oauth/start?a=acme-mp&to={page}")
    assert back(browser, state=state).headers["Location"] == f"{page}?a=acme-mp"


def test_a_snapshot_of_wechat_is_bound_to_nobody(browser: FlaskClient, wechat: WeChat) -> None:
    wechat.codes["c1"] = person(virtual=True)
    answer = back(browser, state=state_of(browser))
    assert answer.headers["Location"] == "/m/me?a=acme-mp&stay=guest"
    assert browser.get_cookie(COOKIE) is None
    assert customers() == 0


@pytest.mark.parametrize("failure", [errors.Refused, errors.Unknown])
def test_when_wechat_fails_one_may_try_again(
    browser: FlaskClient, wechat: WeChat, failure: type[errors.PlatformError]
) -> None:
    wechat.codes["c1"] = failure("wechat", 40029, "invalid code")
    answer = back(browser, state=state_of(browser))
    assert answer.status_code == 503
    assert "/m/oauth/start?a=acme-mp&amp;to=/m/me" in answer.text
    assert "40029" not in answer.text
    assert browser.get_cookie(COOKIE) is None
    assert customers() == 0


def test_who_knocks_too_often_has_to_wait(browser: FlaskClient, wechat: WeChat) -> None:
    with tenants.using("acme"):
        settings.change(sessions.SessionRules, per_address_a_minute=1)
    wechat.codes["c1"] = person()
    back(browser, state=state_of(browser))
    answer = back(browser, state=state_of(browser), code="c2")
    assert answer.status_code == 429
    assert "登录过于频繁" in answer.text
    assert wechat.asked == ["c1"]


def test_who_declines_stays_signed_out(browser: FlaskClient, wechat: WeChat) -> None:
    answer = browser.get("/m/oauth/return", query_string={"state": state_of(browser)})
    assert answer.headers["Location"] == "/m/me?a=acme-mp&stay=out"
    assert wechat.asked == []


def test_a_mini_program_is_no_place_to_sign_in_by_page(browser: FlaskClient) -> None:
    answer = browser.get("/m/oauth/start?a=acme-mini")
    assert answer.status_code == 404
    assert "请从公众号打开" in answer.text


def test_the_openid_is_bound_under_the_accounts_appid(browser: FlaskClient, wechat: WeChat) -> None:
    wechat.codes["c1"] = person()
    back(browser, state=state_of(browser))
    with tenants.using("acme"):
        channel = channels.of_key("acme-mp")
        holder = identities.holder(provider=identities.WECHAT, account=channel.appid, subject=OPENID)
        assert holder is not None
