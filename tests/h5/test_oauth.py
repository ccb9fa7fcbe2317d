"""Sign-in by WeChat: who gets a session, who does not, and that no redirect leads elsewhere."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from threading import Barrier, Lock
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from h5 import oauth
from h5.oauth import STATE_COOKIE
from platforms import errors as platforms_errors
from platforms.wechat.official_account import OAuthIdentity
from store.customers import followers, identities, sessions
from store.customers.customers import Customer
from store.tenants import channels, registry, settings
from tests.h5.conftest import PUBLIC_URL, WeChat
from web.auth import SESSION_COOKIE

START = "/m/oauth/start?a=acme-mp&to=/m/me"
OPENID = "o-visitor"


def person(*, openid: str = OPENID, virtual: bool = False) -> OAuthIdentity:
    return OAuthIdentity(openid=openid, unionid=None, virtual=virtual, scope="snsapi_base")


def start_oauth(browser: FlaskClient, path: str = START) -> str:
    """Set out, and return the state that WeChat was sent."""
    sent = parse_qs(urlsplit(browser.get(path).headers["Location"]).query)
    assert sent["redirect_uri"] == [f"{PUBLIC_URL}/m/oauth/return"]
    return sent["state"][0]


def call_back(browser: FlaskClient, *, state: str, code: str = "c1") -> TestResponse:
    return browser.get("/m/oauth/return", query_string={"state": state, "code": code})


def customers() -> int:
    with registry.use_tenant("acme"):
        return Customer.select().count()


def test_a_follower_is_recognised(browser: FlaskClient, wechat: WeChat) -> None:
    with registry.use_tenant("acme"):
        follower = followers.follow(channel=channels.get_by_key("acme-mp"), openid=OPENID).customer
    wechat.codes["c1"] = person()
    answer = call_back(browser, state=start_oauth(browser))
    assert answer.headers["Location"] == "/m/me?a=acme-mp"
    with registry.use_tenant("acme"):
        assert sessions.get_by_token(browser.get_cookie(SESSION_COOKIE).value).customer == follower


def test_a_new_person_is_known_from_then_on(browser: FlaskClient, wechat: WeChat) -> None:
    wechat.codes |= {"c1": person(), "c2": person()}
    call_back(browser, state=start_oauth(browser))
    call_back(browser, state=start_oauth(browser), code="c2")
    assert customers() == 1
    with registry.use_tenant("rival"):
        assert Customer.select().count() == 0


def test_scripts_and_other_sites_do_not_get_the_session(browser: FlaskClient, wechat: WeChat) -> None:
    wechat.codes["c1"] = person()
    answer = call_back(browser, state=start_oauth(browser))
    cookies = SimpleCookie("\n".join(answer.headers.getlist("Set-Cookie")))
    cookie = cookies[SESSION_COOKIE]
    assert cookie["httponly"]
    assert cookie["secure"]
    assert cookie["samesite"] == "Lax"
    assert int(cookie["max-age"]) == 30 * 24 * 3600
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_second_sign_in_ends_the_session_before(browser: FlaskClient, wechat: WeChat) -> None:
    wechat.codes |= {"c1": person(), "c2": person()}
    call_back(browser, state=start_oauth(browser))
    call_back(browser, state=start_oauth(browser), code="c2")
    with registry.use_tenant("acme"):
        assert sessions.Session.select().count() == 1


def test_a_return_that_this_browser_did_not_set_out_for_is_refused(
    browser: FlaskClient, wechat: WeChat
) -> None:
    """An attacker's link with the attacker's own code must not sign the victim in as the attacker."""
    attacker = browser.application.test_client()
    wechat.codes["c1"] = person(openid="o-attacker")
    answer = call_back(browser, state=start_oauth(attacker))
    assert answer.status_code == 400
    assert wechat.asked == []
    assert browser.get_cookie(SESSION_COOKIE) is None


def test_a_wrong_state_is_refused_and_spends_the_journey(browser: FlaskClient, wechat: WeChat) -> None:
    state = start_oauth(browser)
    assert call_back(browser, state="acme-mp.guessed").status_code == 400
    assert call_back(browser, state=state).status_code == 400
    assert wechat.asked == []


def test_a_tampered_cookie_is_refused(browser: FlaskClient, wechat: WeChat) -> None:
    state = start_oauth(browser)
    signed = browser.get_cookie(STATE_COOKIE, path="/m/oauth").value
    content, _, signature = signed.rpartition(".")
    other = "B" if signature[0] == "A" else "A"
    browser.set_cookie(STATE_COOKIE, f"{content}.{other}{signature[1:]}", path="/m/oauth")
    assert call_back(browser, state=state).status_code == 400
    assert wechat.asked == []


def test_a_journey_ends_after_ten_minutes(browser: FlaskClient, wechat: WeChat) -> None:
    wechat.codes["c1"] = person()
    began = datetime.now(UTC)
    with time_machine.travel(began, tick=False):
        state = start_oauth(browser)
        kept = browser.get_cookie(STATE_COOKIE, path="/m/oauth").value
    with time_machine.travel(began + timedelta(seconds=601), tick=False):
        browser.set_cookie(STATE_COOKIE, kept, path="/m/oauth")
        assert call_back(browser, state=state).status_code == 400
    assert wechat.asked == []


def test_the_same_return_twice_signs_in_once(browser: FlaskClient, wechat: WeChat) -> None:
    wechat.codes["c1"] = person()
    state = start_oauth(browser)
    call_back(browser, state=state)
    token = browser.get_cookie(SESSION_COOKIE).value
    again = call_back(browser, state=state)
    assert again.headers["Location"] == "/m/me?a=acme-mp"
    assert wechat.asked == ["c1"]
    assert browser.get_cookie(SESSION_COOKIE).value == token


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
def test_no_redirect_leads_elsewhere_afterwards(browser: FlaskClient, wechat: WeChat, to: str) -> None:
    wechat.codes["c1"] = person()
    browser_state = browser.get("/m/oauth/start", query_string={"a": "acme-mp", "to": to})
    state = parse_qs(urlsplit(browser_state.headers["Location"]).query)["state"][0]
    assert call_back(browser, state=state).headers["Location"] == "/m/me?a=acme-mp"


@pytest.mark.parametrize(
    "page",
    [
        "/m/stores/sho_abc",
        "/m/coupons",
        "/m/gifts",
        "/m/",
        "/m/cart",
        "/m/checkout",
        "/m/orders/90000000000000000001",
        "/m/stores/sho_abc/goods/prd_abc",
    ],
)
def test_one_comes_back_to_the_page_where_one_was(browser: FlaskClient, wechat: WeChat, page: str) -> None:
    wechat.codes["c1"] = person()
    state = start_oauth(browser, f"/m/oauth/start?a=acme-mp&to={page}")
    assert call_back(browser, state=state).headers["Location"] == f"{page}?a=acme-mp"


def test_a_snapshot_of_wechat_is_bound_to_no_customer(browser: FlaskClient, wechat: WeChat) -> None:
    wechat.codes["c1"] = person(virtual=True)
    answer = call_back(browser, state=start_oauth(browser))
    assert answer.headers["Location"] == "/m/me?a=acme-mp&stay=guest"
    assert browser.get_cookie(SESSION_COOKIE) is None
    assert customers() == 0


@pytest.mark.parametrize(
    "failure", [platforms_errors.PlatformRejectedError, platforms_errors.OutcomeUnknownError]
)
def test_when_wechat_fails_one_may_try_again(
    browser: FlaskClient, wechat: WeChat, failure: type[platforms_errors.PlatformError]
) -> None:
    wechat.codes["c1"] = failure("wechat", 40029, "invalid code")
    answer = call_back(browser, state=start_oauth(browser))
    assert answer.status_code == 503
    assert "/m/oauth/start?a=acme-mp&amp;to=/m/me" in answer.text
    assert "40029" not in answer.text
    assert browser.get_cookie(SESSION_COOKIE) is None
    assert customers() == 0


def test_who_knocks_too_often_has_to_wait(browser: FlaskClient, wechat: WeChat) -> None:
    with registry.use_tenant("acme"):
        settings.change(sessions.SessionSettings, max_per_ip_per_minute=1)
    wechat.codes["c1"] = person()
    call_back(browser, state=start_oauth(browser))
    answer = call_back(browser, state=start_oauth(browser), code="c2")
    assert answer.status_code == 429
    assert "登录过于频繁" in answer.text
    assert wechat.asked == ["c1"]


def test_who_declines_stays_signed_out(browser: FlaskClient, wechat: WeChat) -> None:
    answer = browser.get("/m/oauth/return", query_string={"state": start_oauth(browser)})
    assert answer.headers["Location"] == "/m/me?a=acme-mp&stay=out"
    assert wechat.asked == []


def test_a_mini_program_is_no_place_to_sign_in_by_page(browser: FlaskClient) -> None:
    answer = browser.get("/m/oauth/start?a=acme-mini")
    assert answer.status_code == 404
    assert "请从公众号打开" in answer.text


def test_the_openid_is_bound_under_the_accounts_appid(browser: FlaskClient, wechat: WeChat) -> None:
    wechat.codes["c1"] = person()
    call_back(browser, state=start_oauth(browser))
    with registry.use_tenant("acme"):
        channel = channels.get_by_key("acme-mp")
        holder = identities.find_customer(provider=identities.WECHAT, account=channel.appid, subject=OPENID)
        assert holder is not None


class OneTimeCodes:
    """A platform where each code is exchanged once, and a second exchange is refused with 40163."""

    def __init__(self, *, waits_for: int = 1) -> None:
        self.asked: list[str] = []
        self.lock, self.barrier = Lock(), Barrier(waits_for)

    def exchange(self, code: str) -> OAuthIdentity:
        self.barrier.wait(10)
        with self.lock:
            self.asked.append(code)
            if self.asked.count(code) > 1:
                raise platforms_errors.PlatformRejectedError("wechat", 40163, "code been used")
        return person()


def load_twice_at_once(browser: FlaskClient, state: str) -> list[TestResponse]:
    """Load the return address twice with the cookies that the browser had before either answer."""
    signed = browser.get_cookie(STATE_COOKIE, path="/m/oauth").value

    def load(_: int) -> TestResponse:
        copy = browser.application.test_client()
        copy.set_cookie(STATE_COOKIE, signed, path="/m/oauth")
        return call_back(copy, state=state)

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(load, range(2)))


@pytest.mark.parametrize("page", ["/m/me", "/m/wallet", "/m/messages", "/m/message-settings"])
def test_f03_a_return_loaded_twice_at_once_leads_to_the_page_both_times(
    browser: FlaskClient, wechat: WeChat, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    platform = OneTimeCodes(waits_for=2)
    monkeypatch.setattr(wechat, "_identity", platform.exchange)
    answers = load_twice_at_once(browser, start_oauth(browser, f"/m/oauth/start?a=acme-mp&to={page}"))
    assert [answer.headers["Location"] for answer in answers] == [f"{page}?a=acme-mp"] * 2
    assert platform.asked == ["c1", "c1"]
    with registry.use_tenant("acme"):
        assert sessions.Session.select().count() == 1
    assert customers() == 1


def test_f03_without_the_guard_one_of_two_loads_fails(
    browser: FlaskClient, wechat: WeChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wechat, "_identity", OneTimeCodes(waits_for=2).exchange)
    monkeypatch.setattr(oauth, "CODE_USED", 0)
    answers = load_twice_at_once(browser, start_oauth(browser))
    assert sorted(answer.status_code for answer in answers) == [302, 503]


@pytest.mark.parametrize("page", ["/m/nearby", "/m/gifts", "/m/stores/sho_abc"])
def test_f03_a_reload_after_a_lost_answer_signs_in_on_the_way(
    browser: FlaskClient, wechat: WeChat, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    """A public page does not sign in by itself, so the reload passes through WeChat once more."""
    monkeypatch.setattr(wechat, "_identity", OneTimeCodes().exchange)
    state = start_oauth(browser, f"/m/oauth/start?a=acme-mp&to={page}")
    signed = browser.get_cookie(STATE_COOKIE, path="/m/oauth").value
    call_back(browser, state=state)
    browser.delete_cookie(SESSION_COOKIE)
    browser.set_cookie(STATE_COOKIE, signed, path="/m/oauth")
    on_the_way = call_back(browser, state=state).headers["Location"]
    assert on_the_way == f"/m/oauth/start?a=acme-mp&to={page}"
    again = call_back(browser, state=start_oauth(browser, on_the_way), code="c2")
    assert again.headers["Location"] == f"{page}?a=acme-mp"
    assert browser.get_cookie(SESSION_COOKIE) is not None


def test_f03_a_reload_leads_to_the_wanted_page(browser: FlaskClient, wechat: WeChat) -> None:
    wechat.codes["c1"] = person()
    state = start_oauth(browser, "/m/oauth/start?a=acme-mp&to=/m/nearby")
    answers = [call_back(browser, state=state) for _ in range(3)]
    assert {answer.headers["Location"] for answer in answers} == {"/m/nearby?a=acme-mp"}
    assert wechat.asked == ["c1"]


def test_f03_a_finished_state_exchanges_no_further_code(browser: FlaskClient, wechat: WeChat) -> None:
    wechat.codes |= {"c1": person(), "c2": person(openid="o-attacker")}
    state = start_oauth(browser)
    call_back(browser, state=state)
    call_back(browser, state=state, code="c2")
    assert wechat.asked == ["c1"]


def test_f03_a_reload_after_no_response_of_wechat_may_succeed(browser: FlaskClient, wechat: WeChat) -> None:
    state = start_oauth(browser)
    wechat.codes["c1"] = platforms_errors.OutcomeUnknownError("wechat", "timeout", "timeout")
    assert call_back(browser, state=state).status_code == 503
    wechat.codes["c1"] = person()
    assert call_back(browser, state=state).headers["Location"] == "/m/me?a=acme-mp"
