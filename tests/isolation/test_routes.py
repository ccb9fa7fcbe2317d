"""No company reaches another through a door: every route is tried with the rival's names and forged tokens.

A route that this page does not know how to try fails the test, so none is added untried.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from store.company import channels
from store.people import customers, fans, sessions
from tests.isolation.rival import DENIED, PHONE


@dataclass(frozen=True)
class Try:
    """How a stranger would knock: `{store}` and `{account}` in path, query and body become the rival's."""

    query: dict[str, str] = field(default_factory=dict)
    body: Any = None
    needs_token: bool = True
    answers: frozenset[int] = frozenset(DENIED)


ME, SHOPPING = Try(), Try(needs_token=False)
# A code of acme's mini-program proves nothing at the rival's: WeChat itself refuses it.
ENTRY = Try(
    needs_token=False, body={"account": "{account}", "code": "{code}"}, answers=frozenset({422, *DENIED})
)
# Pages carry no records of customers: they fetch them from the JSON doors tried above. What they may be
# asked for is the rival's public face, so here a foreign session must simply not count.
PAGE = "a page: shows a company's public face to anybody, and to a foreign session no more than that"
HOUSE = "tells of the process and of no record"

ROUTES: dict[str, Try | str] = {
    "POST /api/sessions": ENTRY,
    "DELETE /api/sessions/current": ME,
    "POST /api/sms-codes": Try(needs_token=False, body={"phone": "13800138000", "purpose": "register"}),
    "GET /api/me": ME,
    "PATCH /api/me": Try(body={"nickname": "对门"}),
    "DELETE /api/me": Try(body={"confirm": True}),
    "POST /api/me/phone": Try(body={"code": "x"}),
    "POST /api/me/registration": Try(body={"phone": PHONE, "code": "{sms_code}"}),
    "POST /api/me/check-ins": ME,
    "GET /api/me/check-ins": ME,
    "POST /api/me/check-ins/make-ups": Try(body={"day": "2026-11-01"}),
    "GET /api/me/points": ME,
    "GET /api/me/points/entries": ME,
    "GET /api/me/points/entries/<entry_id>": ME,
    "GET /api/me/points/expiring": ME,
    "GET /api/me/tier": ME,
    "GET /api/me/tier/history": ME,
    "GET /api/me/stored-value": ME,
    "GET /api/me/stored-value/entries": ME,
    "GET /api/me/stored-value/statement.csv": ME,
    "GET /api/me/stored-value/top-up-offers": Try(query={"amount_fen": "100"}),
    "POST /api/me/stored-value/payment-codes": ME,
    "POST /api/me/stored-value/loss-reports": ME,
    "GET /api/stores": SHOPPING,
    "GET /api/stores/nearby": Try(needs_token=False, query={"lng": "121.4737", "lat": "31.2304"}),
    "GET /api/stores/cities": SHOPPING,
    "GET /api/stores/<store_id>": SHOPPING,
    "GET /api/me/favourites/stores": ME,
    "PUT /api/me/favourites/stores/<store_id>": ME,
    "DELETE /api/me/favourites/stores/<store_id>": ME,
    "GET /api/me/coupons": ME,
    "GET /api/me/coupons/<code>": ME,
    "POST /api/me/coupons/quotes": Try(
        body={"store_id": "{store}", "lines": [{"product": "tea", "quantity": 1, "total_fen": 100}]}
    ),
    "POST /api/me/coupons/<code>/gifts": ME,
    "DELETE /api/me/coupons/<code>/gifts/current": ME,
    "GET /api/me/gifts": ME,
    "GET /api/coupons": SHOPPING,
    "GET /api/coupons/<rule_id>": SHOPPING,
    "POST /api/coupons/<rule_id>/claims": ME,
    "POST /api/gifts/openings": Try(needs_token=False, body={"secret": "{gift_secret}"}),
    "POST /api/gifts/acceptances": Try(body={"secret": "{gift_secret}"}),
    "POST /api/gifts/refusals": Try(body={"secret": "{gift_secret}"}),
    "GET /wechat/<account>": Try(
        needs_token=False, query={"signature": "0" * 40, "timestamp": "1", "nonce": "2"}
    ),
    "POST /wechat/<account>": Try(
        needs_token=False, query={"signature": "0" * 40, "timestamp": "1", "nonce": "2"}
    ),
    "GET /m/": PAGE,
    "GET /m/nearby": PAGE,
    "GET /m/stores/<public_id>": PAGE,
    "GET /m/me": PAGE,
    "GET /m/coupons": PAGE,
    "GET /m/gifts": PAGE,
    "GET /m/tier": PAGE,
    "GET /m/points": PAGE,
    "GET /m/wallet": PAGE,
    "GET /m/<path:elsewhere>": PAGE,
    "GET /m/oauth/start": PAGE,
    "GET /m/oauth/return": PAGE,
    "POST /m/sign-out": PAGE,
    "GET /health/live": HOUSE,
    "GET /health/ready": HOUSE,
    "GET /metrics": HOUSE,
    "GET /openapi.json": HOUSE,
    "GET /docs": HOUSE,
    "GET /static/<path:filename>": HOUSE,
}


def routes(web) -> set[str]:
    return {
        f"{method} {rule.rule}"
        for rule in web.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }


def test_every_route_is_known_here(web):
    assert routes(web) == ROUTES.keys()


@pytest.mark.parametrize("route", [name for name, how in ROUTES.items() if isinstance(how, Try)])
def test_a_route_gives_nothing_of_the_rival(web, rival, unchanged, sandbox, route):
    how = ROUTES[route]
    for knock in knocks(route, how, rival, sandbox):
        answer = web.test_client(use_cookies=False).open(**knock)
        assert answer.status_code in how.answers, f"{knock} → {answer.status_code} {answer.text}"
        assert answer.status_code < 300 or rival.shop.name not in answer.text


def knocks(route: str, how: Try, rival: SimpleNamespace, sandbox) -> Iterator[dict[str, Any]]:
    """The rival's token in our name and ours in the rival's; our own token with the rival's names."""
    acme = sessions.open_session(customer=fan_of_acme(), channel_id=channels.of_key("acme-mini").id)
    forged = [f"acme.{rival.token.partition('.')[2]}", f"rival.{acme.partition('.')[2]}"]
    names = {
        "account": "rival-mini", "code": sandbox.login_code("xiaomei"), "sms_code": rival.sms_code,
        "store": rival.shop.public_id, "gift_secret": rival.gift_token,
    }  # fmt: skip
    method, _, rule = route.partition(" ")
    path = rule
    for part, name in in_path(rival).items():
        path = path.replace(part, name)
    body = json.loads(fill(json.dumps(how.body), names)) if how.body else None
    if rule.startswith("/api/"):
        for token in forged:
            yield request_of(method, path, how.query, body, token)
        yield request_of(method, path, how.query | {"account": "rival-mini"}, body, acme)
    if rule.startswith("/api/") and names_the_rival(rule, how):
        yield request_of(method, path, how.query, body, acme)
    if not rule.startswith("/api/"):
        yield request_of(method, path, how.query, body, None)
    if how.needs_token:
        yield request_of(method, path, how.query, body, None)


def in_path(rival: SimpleNamespace) -> dict[str, str]:
    """What stands for the parts of a path: the rival's names."""
    return {
        "<store_id>": rival.shop.public_id, "<account>": "rival-mp", "<code>": rival.coupon.code,
        "<rule_id>": rival.coupon_rule.public_id, "<entry_id>": rival.point_entry,
    }  # fmt: skip


def names_the_rival(rule: str, how: Try) -> bool:
    """Whether our own token is tried with something of the rival's, which then is not there for us."""
    return "<" in rule or any(word in json.dumps(how.body) for word in ("{store}", "{gift_secret}"))


def fill(text: str, names: dict[str, str]) -> str:
    for name, value in names.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def request_of(method: str, path: str, query: dict[str, str], body: Any, token: str | None) -> dict[str, Any]:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    request = {"path": path, "method": method, "query_string": query, "headers": headers}
    return request if body is None else request | {"json": body}


@pytest.mark.parametrize("route", [name for name, how in ROUTES.items() if how == PAGE])
def test_a_page_takes_a_foreign_session_for_none(web, rival, unchanged, route):
    """With acme's session in the cookie the rival's page is what it is for a stranger, and so the other way."""
    acme = sessions.open_session(customer=fan_of_acme(), channel_id=channels.of_key("acme-mini").id)
    forged = f"rival.{acme.partition('.')[2]}"
    stranger, others = (knock_at_page(web, route, rival, token) for token in (None, acme)), [forged]
    status, body = next(stranger)
    assert next(stranger) == (status, body)
    for token in others:
        assert knock_at_page(web, route, rival, token) == (status, body)
    assert rival.customer.public_id not in body
    assert "对门的客人" not in body


def knock_at_page(web, route: str, rival: SimpleNamespace, token: str | None) -> tuple[int, str]:
    """What is shown, without what is random in every answer."""
    method, _, rule = route.partition(" ")
    path = rule.replace("<public_id>", rival.shop.public_id).replace("<path:elsewhere>", "nowhere")
    headers = {"Cookie": f"xiaoer_session={token}"} if token else {}
    answer = web.test_client(use_cookies=False).open(
        path, method=method, query_string={"a": "rival-mp"}, headers=headers
    )
    if answer.status_code in (302, 303):
        return answer.status_code, answer.headers["Location"].partition("state=")[0]
    policy = answer.headers.get("Content-Security-Policy", "")
    nonce = policy.partition("'nonce-")[2].partition("'")[0] or "no nonce"
    return answer.status_code, answer.text.replace(nonce, "").replace(answer.headers["X-Request-Id"], "")


def fan_of_acme() -> customers.Customer:
    return fans.known(channel=channels.of_key("acme-mini"), openid="o-1", source="wechat_miniprogram")
