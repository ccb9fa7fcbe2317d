"""The till of the browser tests: a terminal, two cashiers, merchants of the sandbox, and a member who has everything.

`python -m tests.browser.seed_till TENANT SHOP SANDBOX PHONE OPENID` prints the sign-in and the member as JSON,
`python -m tests.browser.seed_till TENANT CARD` a code of the member for stored value.
"""

import json
import sys
import urllib.request
from typing import Any

import config
from bootstrap import bootstrap
from store.core import actors
from store.coupons import coupons
from store.customers import followers, programmes
from store.customers.members import Member
from store.membership import registration
from store.payments import merchants
from store.points import points
from store.points import rules as point_rules
from store.shops import shops
from store.stored_value import payment_codes, top_up_payments
from store.tenants import channels, cost_centres, registry, settings
from store.tills import cashiers, terminals
from store.tills.till_settings import TillSettings
from tasks import wakeup
from tasks.subscriptions import SUBSCRIPTIONS
from tests.support import coupon_fixtures

PIN, MANAGER_PIN = "258036", "741852"


def seed_till(*, tenant: str, shop_code: str, sandbox: str, phone: str, openid: str) -> dict[str, str]:
    """Return what a cashier types, and the numbers of the member."""
    settings.change(TillSettings, round_down_to_fen=100)
    _add_merchants(channels.get_by_key(tenant).appid, sandbox)
    shop = shops.get_by_code(shop_code)
    cashiers.add(number="1101", name="小李", pin=PIN, rights=["sell"], shop=shop)
    cashiers.add(number="9101", name="王店长", pin=MANAGER_PIN, rights=["manager"], shop=shop)
    issued = terminals.add(code="T9", name="一号收银台", shop=shop)
    return {"terminal": "T9", "secret": issued.secret} | _make_member(tenant, phone, openid)


def _make_member(tenant: str, phone: str, openid: str) -> dict[str, str]:
    """Return a member with points, stored value and a coupon of five yuan; each yuan earns a point."""
    follower = followers.get_or_create_customer(
        channel=channels.get_by_key(tenant), openid=openid, source="wechat_official"
    )
    member: Member = registration.register_by_platform(phone=phone, source="clerk", customer=follower)
    points.earn(member=member, kind="behaviour_increase", value=1_000, key="seed-till")
    top_up_payments.take_cash(member=member, amount_fen=5_000, key="seed-till")
    point_rules.add_rule(
        group=points.list_groups(programmes.get_default())[0], name="消费积分", basis="amount", points=1,
        per_units=100, cost_centre=cost_centres.create(code="till", name="收银"),
    )  # fmt: skip
    rule = coupon_fixtures.create_listed_rule(name="满减五元券")
    coupon = coupons.issue(rule=rule, member=member, key="seed-till")
    return {"coupon": coupon.code, "card": member.card_number}


def make_payment_code(card: str) -> str:
    """Return a code of the member for stored value."""
    return str(payment_codes.issue_code(member=Member.get(Member.card_number == card)).code)


def _add_merchants(app_id: str, sandbox: str) -> None:
    given = _post(f"{sandbox}/sandbox/wechat-pay/merchants", {"app_ids": [app_id]})["credentials"]
    merchants.add(
        platform="wechat_pay", name="小二便利", merchant_id=given.pop("merchant_id"), app_id=app_id,
        credentials=given,
    )  # fmt: skip
    given = _post(f"{sandbox}/sandbox/alipay/apps", {})["credentials"]
    merchants.add(
        platform="alipay", name="小二便利", merchant_id=given["seller_id"], app_id=given.pop("app_id"),
        credentials=given,
    )  # fmt: skip


def _post(url: str, body: dict[str, Any]) -> dict[str, Any]:
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, data=json.dumps(body).encode(), headers=headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        made: dict[str, Any] = json.load(answer)
    return made


if __name__ == "__main__":
    here = config.read()
    bootstrap(here, subscriptions=SUBSCRIPTIONS, wake=wakeup.make_notifier(here.redis_url))
    tenant, first, *others = sys.argv[1:]
    with registry.use_tenant(tenant), actors.acting_as(actors.Actor(kind="staff", name="小李")):
        if others:
            sandbox, phone, openid = others
            made: object = seed_till(
                tenant=tenant, shop_code=first, sandbox=sandbox, phone=phone, openid=openid
            )
        else:
            made = make_payment_code(first)
        sys.stdout.write(json.dumps(made) + "\n")
