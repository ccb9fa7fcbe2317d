"""No tenant reaches another through a route: every route is tried with the rival's names and forged tokens.

A route that this page does not know how to try fails the test, so none is added untried.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from store.customers import customers, followers, sessions
from store.tenants import channels
from tests.isolation.other_tenant import DENIED_STATUSES, PHONE
from tests.support.booking_fixtures import PERSON


@dataclass(frozen=True)
class Attempt:
    """How a stranger would knock: `{store}` and `{account}` in path, query and body become the rival's."""

    query: dict[str, str] = field(default_factory=dict)
    body: Any = None
    needs_token: bool = True
    answers: frozenset[int] = frozenset(DENIED_STATUSES)


OWN_DATA, PUBLIC_DATA = Attempt(), Attempt(needs_token=False)
# A code of acme's mini-program proves nothing at the rival's: WeChat itself rejects it.
ENTRY = Attempt(
    needs_token=False,
    body={"account": "{account}", "code": "{code}"},
    answers=frozenset({422, *DENIED_STATUSES}),
)
# Pages carry no records of customers: they fetch them from the JSON routes tried above. What they may be
# asked for is the rival's public data, so here a foreign session must simply not count.
PAGE_REASON = (
    "a page: shows a tenant's public data to any visitor, and to a foreign session no more than that"
)
CODE_REASON = "reads what the platform answers to a code of its own, of a card of the account in the address"
NOTICE_REASON = (
    "names the merchant itself: what is forged leaves an alarm there, tried in test_payment_notices_hostile"
)
PROCESS_REASON = "tells of the process and of no record"

GOODS_WANTED = {"store_id": "{store}", "lines": [{"sku_id": "sku_rival", "quantity": 1}]}

ADDRESS = {"name": "梅", "phone": "13800138000", "region": ["沪", "沪", "黄浦"], "detail": "一号"}
CARD_APPLICATION = {
    "name": "梅", "id_number": "11010519491231002X", "phone": "13800138000", "email": "mei@example.com",
    "region": ["沪", "沪", "黄浦"], "detail": "一号",
}  # fmt: skip

ROUTES: dict[str, Attempt | str] = {
    "POST /api/sessions": ENTRY,
    "DELETE /api/sessions/current": OWN_DATA,
    "POST /api/sms-codes": Attempt(needs_token=False, body={"phone": "13800138000", "purpose": "register"}),
    "POST /api/captchas": "gives a new picture to any visitor, and reads nothing of a tenant",
    "GET /api/me": OWN_DATA,
    "PATCH /api/me": Attempt(body={"nickname": "对门"}),
    "DELETE /api/me": Attempt(body={"confirm": True}),
    "GET /api/agreements": PUBLIC_DATA,
    "GET /api/me/consents": OWN_DATA,
    "POST /api/me/consents": Attempt(body={"terms": 1, "privacy": 1}),
    "GET /api/me/closing": OWN_DATA,
    "POST /api/me/closing": Attempt(body={"confirm": True, "listing_version": "0" * 16}),
    "DELETE /api/me/closing": OWN_DATA,
    "POST /api/me/phone": Attempt(body={"code": "x"}),
    "POST /api/me/registration": Attempt(body={"phone": PHONE, "code": "{sms_code}"}),
    "POST /api/me/phone-claims/<claim_id>/purchase-proofs": Attempt(
        body={"store_id": "{store}", "amount_fen": 1000}
    ),
    "POST /api/me/phone-claims/<claim_id>/new-memberships": OWN_DATA,
    "POST /api/me/phone-confirmations/<claim_id>": Attempt(body={"is_mine": True}),
    "POST /api/me/check-ins": OWN_DATA,
    "GET /api/me/check-ins": OWN_DATA,
    "GET /api/me/card": OWN_DATA,
    "POST /api/me/card/packs/wechat": Attempt(body={"page_url": ""}),
    "POST /api/me/card/packs/alipay": OWN_DATA,
    "POST /api/me/check-ins/make-ups": Attempt(body={"day": "2026-11-01"}),
    "GET /api/me/points": OWN_DATA,
    "GET /api/me/points/entries": OWN_DATA,
    "GET /api/me/points/entries/<entry_id>": OWN_DATA,
    "GET /api/me/points/expiring": OWN_DATA,
    "GET /api/me/tier": OWN_DATA,
    "GET /api/me/tier/history": OWN_DATA,
    "GET /api/me/stored-value": OWN_DATA,
    "GET /api/me/stored-value/entries": OWN_DATA,
    "GET /api/me/stored-value/statement.csv": OWN_DATA,
    "GET /api/me/stored-value/top-up-offers": Attempt(query={"amount_fen": "100"}),
    "POST /api/me/stored-value/payment-codes": OWN_DATA,
    "GET /api/me/stored-value/payment-codes/latest-use": OWN_DATA,
    "GET /api/me/member-code": OWN_DATA,
    "POST /api/me/stored-value/loss-reports": OWN_DATA,
    "GET /api/me/stored-value/refund-requests": OWN_DATA,
    "POST /api/me/stored-value/refund-requests": OWN_DATA,
    "GET /api/me/stored-value/top-ups": OWN_DATA,
    "POST /api/me/stored-value/top-ups": Attempt(body={"amount_fen": 100, "method": "wechat_jsapi"}),
    "GET /api/me/stored-value/top-ups/<number>": OWN_DATA,
    "GET /api/me/messages": OWN_DATA,
    "GET /api/me/messages/<message_id>": OWN_DATA,
    "PATCH /api/me/messages/<message_id>": Attempt(body={"read": True}),
    "DELETE /api/me/messages/<message_id>": OWN_DATA,
    "POST /api/me/messages/read": OWN_DATA,
    "GET /api/me/message-subscriptions": OWN_DATA,
    "POST /api/me/message-subscriptions": Attempt(body={"template_ids": ["t"], "accepted": True}),
    "GET /api/me/message-settings": OWN_DATA,
    "PUT /api/me/message-settings": Attempt(body={"marketing": True, "opted_out_media": []}),
    "GET /api/me/payer-claims": OWN_DATA,
    "POST /api/me/payer-claims/<claim_id>/answers": Attempt(body={"answer": "no"}),
    "POST /api/me/payer-claims/<claim_id>/sms-codes": OWN_DATA,
    "POST /api/me/payer-claims/<claim_id>/undos": OWN_DATA,
    "GET /api/me/red-packets": OWN_DATA,
    "GET /api/me/red-packets/<packet_id>": OWN_DATA,
    "GET /api/me/red-packets/<packet_id>/confirmation": OWN_DATA,
    "POST /api/me/red-packets/<packet_id>/queries": OWN_DATA,
    "GET /api/me/orders": OWN_DATA,
    "GET /api/me/orders/<number>": OWN_DATA,
    "GET /api/me/orders/counts": OWN_DATA,
    "DELETE /api/me/orders/<number>": OWN_DATA,
    "GET /api/me/cart": OWN_DATA,
    "PUT /api/me/favourites/goods/<goods_id>": Attempt(query={"store_id": "{store}"}),
    "DELETE /api/me/favourites/goods/<goods_id>": OWN_DATA,
    "GET /api/me/favourites/goods": OWN_DATA,
    "GET /api/me/footprints": OWN_DATA,
    "DELETE /api/me/footprints": OWN_DATA,
    "PUT /api/me/arrival-notices/<sku_id>": Attempt(query={"store_id": "{store}"}),
    "DELETE /api/me/arrival-notices/<sku_id>": Attempt(query={"store_id": "{store}"}),
    "POST /api/me/cart/lines": Attempt(body={"store_id": "{store}", "sku_id": "sku_rival", "quantity": 1}),
    "PATCH /api/me/cart/lines/<line_id>": Attempt(body={"quantity": 1}),
    "DELETE /api/me/cart/lines/<line_id>": OWN_DATA,
    "POST /api/me/cart/merges": Attempt(
        body={"lines": [{"store_id": "{store}", "sku_id": "sku_rival", "quantity": 1}]},
        answers=frozenset({201, *DENIED_STATUSES}),  # of foreign goods nothing is taken over
    ),
    "GET /api/me/addresses": OWN_DATA,
    "POST /api/me/addresses": Attempt(body=ADDRESS),
    "PATCH /api/me/addresses/<address_id>": Attempt(body={"detail": "对门"}),
    "DELETE /api/me/addresses/<address_id>": OWN_DATA,
    "GET /api/services": Attempt(needs_token=False, query={"store_id": "{store}"}),
    "GET /api/services/<service_id>": PUBLIC_DATA,
    "GET /api/services/<service_id>/slots": Attempt(needs_token=False, query={"day": "2030-01-01"}),
    "GET /api/me/appointments": OWN_DATA,
    "POST /api/me/appointments": Attempt(
        body={"service_id": "svc_rival", "starts_at": "2030-01-01T10:00:00+08:00", **PERSON}
    ),
    "GET /api/me/appointments/<appointment_id>": OWN_DATA,
    "POST /api/me/appointments/<appointment_id>/cancellation": OWN_DATA,
    "POST /api/reservations": Attempt(body={**PERSON, "store_id": "{store}"}),
    "GET /api/me/reservations": OWN_DATA,
    "GET /api/me/reservations/<reservation_id>": OWN_DATA,
    "POST /api/me/reservations/<reservation_id>/cancellation": OWN_DATA,
    "GET /api/queues": Attempt(needs_token=False, query={"store_id": "{store}"}),
    "GET /api/queues/code": Attempt(needs_token=False, query={"store_id": "{store}"}),
    "GET /api/me/queue-tickets": OWN_DATA,
    "POST /api/me/queue-tickets": Attempt(body={"queue_id": "que_rival"}),
    "DELETE /api/me/queue-tickets/<ticket_id>": OWN_DATA,
    "GET /till/appointments": OWN_DATA,
    **{
        f"POST /till/appointments/<appointment_id>/{step}": OWN_DATA
        for step in ("confirmation", "arrival", "no-show")
    },
    "GET /till/queues": OWN_DATA,
    "POST /till/queues/<queue_id>/tickets": Attempt(body={"people": 1}),
    "POST /till/queues/<queue_id>/calls": Attempt(body={"after": ""}),
    "POST /till/queue-tickets/<ticket_id>/calls": Attempt(body={"calls": 1}),
    "POST /till/queue-tickets/<ticket_id>/arrival": OWN_DATA,
    "POST /till/queue-tickets/<ticket_id>/skip": OWN_DATA,
    "GET /api/me/card/applications": OWN_DATA,
    "POST /api/me/card/applications": Attempt(body=CARD_APPLICATION),
    "PATCH /api/me/card/applications/<application>": Attempt(body={"detail": "对门"}),
    "POST /api/me/card/applications/<application>/cancellation": OWN_DATA,
    "POST /api/me/card/applications/<application>/receipt": OWN_DATA,
    "POST /api/me/card/loss-reports": Attempt(body={"freeze_stored_value": True}),
    "POST /api/me/card/activations": Attempt(body={"number": "6200000000000009002", "code": "123456"}),
    "GET /api/stores/<store_id>/fulfilments": PUBLIC_DATA,
    "POST /api/me/orders/previews": Attempt(body=GOODS_WANTED),
    "POST /api/me/orders": Attempt(body={**GOODS_WANTED, "expected_total_fen": 100}),
    "POST /api/me/orders/<number>/payments": Attempt(body={"method": "wechat"}),
    "POST /api/me/orders/<number>/cancellation": Attempt(body={"reason": "对门"}),
    "POST /api/me/orders/<number>/arrival": OWN_DATA,
    "POST /api/me/orders/<number>/reorder": OWN_DATA,
    "GET /api/collection-codes/<collection_code>": OWN_DATA,
    "POST /api/collection-codes/<collection_code>/payments": Attempt(body={"amount_fen": 100}),
    "GET /api/stores": PUBLIC_DATA,
    "GET /api/stores/nearby": Attempt(needs_token=False, query={"lng": "121.4737", "lat": "31.2304"}),
    "GET /api/stores/<store_id>/promotions": PUBLIC_DATA,
    "GET /api/promotions/nearby": Attempt(needs_token=False, query={"lng": "121.4737", "lat": "31.2304"}),
    "GET /api/stores/cities": PUBLIC_DATA,
    "GET /api/stores/<store_id>": PUBLIC_DATA,
    "GET /api/categories": Attempt(needs_token=False, query={"store_id": "{store}"}),
    "GET /api/goods": Attempt(needs_token=False, query={"store_id": "{store}"}),
    "GET /api/goods/<goods_id>": Attempt(needs_token=False, query={"store_id": "{store}"}),
    "GET /api/goods/barcodes": Attempt(
        needs_token=False, query={"store_id": "{store}", "barcode": "6901234567892"}
    ),
    "GET /api/me/favourites/stores": OWN_DATA,
    "PUT /api/me/favourites/stores/<store_id>": OWN_DATA,
    "DELETE /api/me/favourites/stores/<store_id>": OWN_DATA,
    "GET /api/flash-sales": PUBLIC_DATA,
    "GET /api/flash-sales/<sale_id>": PUBLIC_DATA,
    "GET /api/activities/<activity_id>": PUBLIC_DATA,
    "GET /api/activities/<activity_id>/winners": PUBLIC_DATA,
    "GET /api/activities/<activity_id>/draws": OWN_DATA,
    "POST /api/activities/<activity_id>/draws": Attempt(body={"with_points": False}),
    "POST /api/activities/<activity_id>/shares": OWN_DATA,
    "POST /api/activities/<activity_id>/visits": Attempt(body={"share_code": "{share_code}"}),
    "GET /api/me/prizes": OWN_DATA,
    "POST /api/me/prizes/<prize_id>/claims": Attempt(body={"way": "shop"}),
    "GET /api/me/coupons": OWN_DATA,
    "GET /api/me/coupons/<code>": OWN_DATA,
    "POST /api/me/coupons/quotes": Attempt(
        body={"store_id": "{store}", "lines": [{"product": "tea", "quantity": 1, "total_fen": 100}]}
    ),
    "POST /api/me/coupons/<code>/gifts": OWN_DATA,
    "DELETE /api/me/coupons/<code>/gifts/current": OWN_DATA,
    "GET /api/me/gifts": OWN_DATA,
    "GET /api/mall/home": Attempt(query={"store_id": "{store}"}, needs_token=False),
    "POST /api/carts/previews": Attempt(
        needs_token=False,
        body={"lines": [{"store_id": "{store}", "sku_id": "sku_rival", "quantity": 1}]},
        answers=frozenset({200, *DENIED_STATUSES}),  # foreign goods are left out
    ),
    "GET /api/coupons": PUBLIC_DATA,
    "GET /api/coupons/<rule_id>": PUBLIC_DATA,
    "POST /api/coupons/<rule_id>/claims": OWN_DATA,
    "POST /api/gifts/openings": Attempt(needs_token=False, body={"secret": "{gift_secret}"}),
    "POST /api/gifts/acceptances": Attempt(body={"secret": "{gift_secret}"}),
    "POST /api/gifts/refusals": Attempt(body={"secret": "{gift_secret}"}),
    "POST /till/sessions": Attempt(
        needs_token=False,
        body={"terminal": "T1", "secret": "{terminal_secret}", "cashier": "1001", "pin": "258036"},
    ),
    "GET /till/session": OWN_DATA,
    "DELETE /till/session": OWN_DATA,
    "GET /till/shifts/current": OWN_DATA,
    "POST /till/shifts": Attempt(body={"opening_fen": 1}),
    "POST /till/shifts/current/closing": Attempt(body={"counted_fen": 1}),
    "GET /till/shifts/latest/slip": OWN_DATA,
    "GET /till/members": Attempt(query={"q": PHONE}),
    "POST /till/members": Attempt(body={"phone": PHONE, "consent": True}),
    "POST /till/members/<card>/sms-codes": OWN_DATA,
    "POST /till/members/<card>/points": Attempt(body={"points": 1, "reason": "对门"}),
    "POST /till/coupon-redemptions": Attempt(body={"code": "{coupon}", "amount_fen": 100}),
    "GET /till/news": OWN_DATA,
    "GET /till/payments": OWN_DATA,
    "GET /till/sales": OWN_DATA,
    "POST /till/sales": Attempt(body={"amount_fen": 100}),
    "GET /till/sales/<number>": OWN_DATA,
    "PATCH /till/sales/<number>": Attempt(body={"parked": True}),
    "DELETE /till/sales/<number>": OWN_DATA,
    "GET /till/sales/<number>/slip": OWN_DATA,
    "POST /till/sales/<number>/charges": Attempt(body={"auth_code": "130000000000000000"}),
    "POST /till/sales/<number>/codes": Attempt(body={"platform": "wechat"}),
    "POST /till/sales/<number>/cash": Attempt(body={"received_fen": 100}),
    "POST /till/sales/<number>/bank-cards": Attempt(body={"amount_fen": 1, "reference": "r", "tail": "4242"}),
    "POST /till/sales/<number>/reversal": OWN_DATA,
    "POST /till/sales/<number>/refunds": Attempt(
        body={"lines": [{"line": "1", "units": 1}], "reason": "对门"}
    ),
    "GET /till/goods": Attempt(query={"q": "rival"}),
    "GET /till/orders": OWN_DATA,
    "GET /till/orders/<number>": OWN_DATA,
    **{f"POST /till/orders/<number>/{step}": OWN_DATA for step in ("acceptance", "ready")},
    **{
        f"POST /till/orders/<number>/{step}": Attempt(body={"reason": "对门"})
        for step in ("refusal", "cancellation")
    },
    "GET /till/orders/<number>/slip": OWN_DATA,
    "POST /till/orders/<number>/shipments": Attempt(body={"company": "", "number": ""}),
    "POST /till/orders/<number>/handover": Attempt(body={"pickup_code": "123456"}),
    "POST /till/orders/<number>/refunds": Attempt(
        body={"lines": [{"line": "1", "units": 1}], "reason": "对门"}
    ),
    "POST /till/members/<card>/top-ups": Attempt(
        body={"amount_fen": 100, "method": "cash", "received_fen": 100}
    ),
    "GET /wechat/<account>": Attempt(
        needs_token=False, query={"signature": "0" * 40, "timestamp": "1", "nonce": "2"}
    ),
    "POST /wechat/<account>": Attempt(
        needs_token=False, query={"signature": "0" * 40, "timestamp": "1", "nonce": "2"}
    ),
    "POST /alipay/<account>": NOTICE_REASON,
    "POST /notify/wechat-pay/<merchant_key>": NOTICE_REASON,
    "POST /notify/alipay/<merchant_key>": NOTICE_REASON,
    "POST /notify/alipay-cards/<account_key>": NOTICE_REASON,
    "POST /notify/sms/<account_key>/<secret>/reports": NOTICE_REASON,
    "POST /notify/sms/<account_key>/<secret>/replies": NOTICE_REASON,
    "GET /m/messages": PAGE_REASON,
    "GET /m/message-settings": PAGE_REASON,
    "GET /m/payer-claims": PAGE_REASON,
    "GET /m/red-packets": PAGE_REASON,
    "GET /till": "a page without a tenant and without data",
    "GET /pictures/<tenant>/<name>": "a picture that pages show to any visitor, by a name that is not guessed",
    "GET /console": "a page without a tenant and without data",
    "GET /console/<path:path>": "a page without a tenant and without data",
    "GET /m/": PAGE_REASON,
    "GET /m/nearby": PAGE_REASON,
    "GET /m/newest": PAGE_REASON,
    "GET /m/stores/<public_id>": PAGE_REASON,
    "GET /m/appointments": PAGE_REASON,
    "GET /m/reservations": PAGE_REASON,
    "GET /m/queue-tickets": PAGE_REASON,
    "GET /m/stores/<public_id>/booking": PAGE_REASON,
    "GET /m/stores/<public_id>/queue": PAGE_REASON,
    "GET /m/stores/<public_id>/queue-screen": PAGE_REASON,
    "GET /m/me": PAGE_REASON,
    "GET /m/card": PAGE_REASON,
    "GET /m/card/activation/<account_key>": CODE_REASON,
    "GET /m/card/opening/<account_key>": CODE_REASON,
    "GET /m/coupons": PAGE_REASON,
    "GET /m/gifts": PAGE_REASON,
    "GET /m/tier": PAGE_REASON,
    "GET /m/points": PAGE_REASON,
    "GET /m/wallet": PAGE_REASON,
    "GET /m/orders": PAGE_REASON,
    "GET /m/orders/<number>": PAGE_REASON,
    "GET /m/physical-card": PAGE_REASON,
    "GET /m/cart": PAGE_REASON,
    "GET /m/promotions": PAGE_REASON,
    "GET /m/favourites": PAGE_REASON,
    "GET /m/footprints": PAGE_REASON,
    "GET /m/checkout": PAGE_REASON,
    "GET /m/addresses": PAGE_REASON,
    "GET /m/stores/<public_id>/goods": PAGE_REASON,
    "GET /m/stores/<public_id>/goods/<goods_id>": PAGE_REASON,
    "GET /pay/<code>": PAGE_REASON,
    "GET /m/flash-sales": PAGE_REASON,
    "GET /m/flash-sales/<sale_id>": PAGE_REASON,
    "GET /m/activities/<activity_id>": PAGE_REASON,
    "GET /m/activities/<activity_id>/<share_code>": PAGE_REASON,
    "GET /m/prizes": PAGE_REASON,
    "GET /m/profile": PAGE_REASON,
    "GET /m/closing": PAGE_REASON,
    "GET /m/erasure": PAGE_REASON,
    "GET /m/terms": PAGE_REASON,
    "GET /m/privacy": PAGE_REASON,
    "GET /m/<path:path>": PAGE_REASON,
    "GET /m/oauth/start": PAGE_REASON,
    "GET /m/oauth/return": PAGE_REASON,
    "POST /m/sign-out": PAGE_REASON,
    "GET /health/live": PROCESS_REASON,
    "GET /health/ready": PROCESS_REASON,
    "GET /metrics": PROCESS_REASON,
    "GET /openapi.json": PROCESS_REASON,
    "GET /docs": PROCESS_REASON,
    "GET /docs/error-codes": PROCESS_REASON,
    "GET /": PROCESS_REASON,
    "GET /static/<path:filename>": PROCESS_REASON,
    "GET /static/v/<version_hash>/<path:name>": PROCESS_REASON,
}


def list_routes(web) -> set[str]:
    """All routes but those below `/console/api`, which `test_console` tries by itself."""
    return {
        f"{method} {rule.rule}"
        for rule in web.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if not rule.rule.startswith("/console/api/")
    }


def test_every_route_is_known_here(web):
    assert list_routes(web) == ROUTES.keys()


@pytest.mark.parametrize("route", [name for name, how in ROUTES.items() if isinstance(how, Attempt)])
def test_a_route_gives_nothing_of_the_rival(web, rival, rival_unchanged, sandbox, route):
    how = ROUTES[route]
    for knock in attempts(route, how, rival, sandbox):
        answer = web.test_client(use_cookies=False).open(**knock)
        assert answer.status_code in how.answers, f"{knock} → {answer.status_code} {answer.text}"
        assert answer.status_code < 300 or rival.shop.name not in answer.text


def attempts(route: str, attempt: Attempt, rival: SimpleNamespace, sandbox) -> Iterator[dict[str, Any]]:
    """The rival's token in our name and ours in the rival's; our own token with the rival's names."""
    acme = sessions.open_session(
        customer=create_follower_of_acme(), channel_id=channels.get_by_key("acme-mini").id
    )
    forged = [f"acme.{rival.token.partition('.')[2]}", f"rival.{acme.partition('.')[2]}"]
    names = {
        "account": "rival-mini", "code": sandbox.login_code("xiaomei"), "sms_code": rival.sms_code,
        "store": rival.shop.public_id, "gift_secret": rival.gift_token, "coupon": rival.coupon.code,
        "share_code": rival.draws.share.code,
        "terminal_secret": f"acme.{rival.terminal_secret.partition('.')[2]}",
    }  # fmt: skip
    method, _, rule = route.partition(" ")
    path = rule
    for part, name in path_values(rival).items():
        path = path.replace(part, name)
    body = json.loads(fill_placeholders(json.dumps(attempt.body), names)) if attempt.body else None
    query = json.loads(fill_placeholders(json.dumps(attempt.query), names))
    if rule.startswith("/api/"):
        for token in forged:
            yield build_request(method, path, query, body, token)
        yield build_request(method, path, query | {"account": "rival-mini"}, body, acme)
    if rule.startswith("/api/") and names_other_tenant(rule, attempt):
        yield build_request(method, path, query, body, acme)
    if rule.startswith("/till/"):
        for token in (f"acme.{rival.till_token.partition('.')[2]}", *forged, acme):
            yield build_request(method, path, query, body, token)
    if not rule.startswith("/api/"):
        yield build_request(method, path, query, body, None)
    if attempt.needs_token:
        yield build_request(method, path, query, body, None)


def path_values(rival: SimpleNamespace) -> dict[str, str]:
    """The values of the parts of a path: the rival's names."""
    return {
        "<store_id>": rival.shop.public_id, "<account>": "rival-mp", "<code>": rival.coupon.code,
        "<sale_id>": rival.flash.sale.public_id,
        "<activity_id>": rival.draws.activity.public_id, "<prize_id>": rival.draws.win.public_id,
        "<rule_id>": rival.coupon_rule.public_id, "<entry_id>": rival.point_entry,
        "<claim_id>": rival.phone_claim.public_id, "<card>": rival.member.card_number,
        "<message_id>": rival.message_row.number, "<goods_id>": rival.product.public_id,
        "<number>": rival.sale.number, "<merchant_key>": rival.merchant.key,
        "<collection_code>": rival.collection_code.code, "<packet_id>": rival.red_packet.public_id,
        "<application>": rival.card_application.number,
    }  # fmt: skip


def names_other_tenant(rule: str, attempt: Attempt) -> bool:
    """Whether our own token is tried with something of the rival's, which then is not there for us."""
    return "<" in rule or any(
        word in json.dumps([attempt.body, attempt.query]) for word in ("{store}", "{gift_secret}")
    )


def fill_placeholders(text: str, names: dict[str, str]) -> str:
    for name, value in names.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def build_request(
    method: str, path: str, query: dict[str, str], body: Any, token: str | None
) -> dict[str, Any]:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    request = {"path": path, "method": method, "query_string": query, "headers": headers}
    return request if body is None else request | {"json": body}


@pytest.mark.parametrize("route", [name for name, how in ROUTES.items() if how == PAGE_REASON])
def test_a_page_takes_a_foreign_session_for_none(web, rival, rival_unchanged, route):
    """With acme's session in the cookie the rival's page is what it is for a stranger, and so the other way."""
    acme = sessions.open_session(
        customer=create_follower_of_acme(), channel_id=channels.get_by_key("acme-mini").id
    )
    forged = f"rival.{acme.partition('.')[2]}"
    stranger, others = (get_page(web, route, rival, token) for token in (None, acme)), [forged]
    status, body = next(stranger)
    assert next(stranger) == (status, body)
    for token in others:
        assert get_page(web, route, rival, token) == (status, body)
    assert rival.customer.public_id not in body
    assert "对门的客人" not in body


def get_page(web, route: str, rival: SimpleNamespace, token: str | None) -> tuple[int, str]:
    """What is shown, without what is random in every answer."""
    method, _, rule = route.partition(" ")
    path = rule.replace("<public_id>", rival.shop.public_id).replace("<path:path>", "nowhere")
    headers = {"Cookie": f"xiaoer_session={token}"} if token else {}
    answer = web.test_client(use_cookies=False).open(
        path, method=method, query_string={"a": "rival-mp"}, headers=headers
    )
    if answer.status_code in (302, 303):
        return answer.status_code, answer.headers["Location"].partition("state=")[0]
    policy = answer.headers.get("Content-Security-Policy", "")
    nonce = policy.partition("'nonce-")[2].partition("'")[0] or "no nonce"
    text = re.sub(r'data-now="[^"]*"', "", answer.text)
    return answer.status_code, text.replace(nonce, "").replace(answer.headers["X-Request-Id"], "")


def create_follower_of_acme() -> customers.Customer:
    return followers.get_or_create_customer(
        channel=channels.get_by_key("acme-mini"), openid="o-1", source="wechat_miniprogram"
    )
