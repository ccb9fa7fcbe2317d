"""Sign-in by Alipay on pages: the same way there and back as by WeChat, with Alipay's code."""

from types import SimpleNamespace

import pytest

import platform_clients
from platforms.alipay.person import AlipayPerson
from platforms.errors import OutcomeUnknownError
from store.customers import identities, sessions
from store.customers.customers import Customer
from store.tenants import channels, registry
from tests.h5.test_oauth import start_oauth
from web.auth import SESSION_COOKIE

START = "/m/oauth/start?a=acme-alipay&to=/m/wallet"
USER_ID = "2088000000000001"


@pytest.fixture
def alipay(app, monkeypatch):
    """An Alipay account of the tenant, and the codes that Alipay knows."""
    with registry.use_tenant("acme"):
        channels.add(
            kind="alipay", name="小二", appid="2021000000000001", secret="s", key="acme-alipay",
            platform_public_key="p",
        )  # fmt: skip
    codes = {"c1": AlipayPerson(USER_ID, "")}

    def exchange(code):
        if code not in codes:
            raise OutcomeUnknownError("alipay", "timeout", "没有应答")
        return codes.pop(code)

    client = SimpleNamespace(
        exchange_code=exchange,
        authorization_url=lambda url, state: f"https://alipay.example.com/?redirect_uri={url}&state={state}",
    )
    monkeypatch.setattr(platform_clients, "alipay_sign_in_client", lambda channel: client)


def call_back(browser, state, **query):
    return browser.get("/m/oauth/return", query_string={"state": state, **query})


def test_a_person_of_alipay_gets_a_session(browser, alipay):
    answer = call_back(browser, start_oauth(browser, START), auth_code="c1")
    assert answer.headers["Location"] == "/m/wallet?a=acme-alipay"
    with registry.use_tenant("acme"):
        customer = sessions.get_by_token(browser.get_cookie(SESSION_COOKIE).value).customer
        assert [row.subject for row in identities.list_for(customer, identities.ALIPAY)] == [USER_ID]


@pytest.mark.parametrize("query", [{}, {"code": "c1"}])
def test_a_person_without_a_code_stays_a_visitor(browser, alipay, query):
    answer = call_back(browser, start_oauth(browser, START), **query)
    assert answer.headers["Location"] == "/m/wallet?a=acme-alipay&stay=out"
    with registry.use_tenant("acme"):
        assert Customer.select().count() == 0


def test_an_alipay_that_does_not_answer_is_named(browser, alipay):
    answer = call_back(browser, start_oauth(browser, START), auth_code="unknown")
    assert answer.status_code == 503
    assert "支付宝暂时没有响应" in answer.text


@pytest.mark.parametrize(("agent", "status"), [("AlipayClient/10", 302), ("MicroMessenger/8", 200)])
def test_the_browser_of_alipay_signs_in_by_itself(browser, alipay, agent, status):
    answer = browser.get("/m/wallet?a=acme-alipay", headers={"User-Agent": agent})
    assert answer.status_code == status
