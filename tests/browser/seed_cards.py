"""The member card of the browser tests, live in both packs of the sandbox.

`python -m tests.browser.seed_cards PHONE OPENID` prints the sign-in of a till and the card number of the
member. Each yuan earns a point, by a rule like that of `seed_till`: of two such rules the newer one applies.
"""

import json
import sys

import config
from bootstrap import bootstrap
from store.core import actors
from store.customers import followers, programmes
from store.member_cards import pack_templates, templates
from store.membership import registration
from store.points import points
from store.points import rules as point_rules
from store.shops import shops
from store.stored_value import top_up_payments
from store.tenants import channels, cost_centres, registry
from store.tiers.validity import Validity
from store.tills import cashiers, terminals
from tasks import wakeup
from tasks.subscriptions import SUBSCRIPTIONS
from tests.browser.seed_till import PIN, _post
from tests.support.card_fixtures import VALUES
from tests.support.card_packs import save_picture

SHOP = "S4"


def seed_cards(phone: str, openid: str) -> dict[str, str]:
    """Return what a cashier types, and the card number of the member with 100 points and 50 yuan."""
    app = _post(f"{config.current().sandbox_url}/sandbox/alipay/apps", {})["credentials"]
    channels.add(
        kind="alipay", name="小二便利", appid=app["app_id"], secret=app["private_key_pem"],
        platform_public_key=app["public_keys"][0],
    )  # fmt: skip
    urls = {"logo_url": save_picture((500, 500)), "cover_url": save_picture((1024, 643))}
    row = templates.add(**{**VALUES, **urls, "activations": ("jump",), "can_gift": True})
    pack_templates.activate(public_id=row.public_id)
    shop = shops.get_by_code(SHOP)
    point_rules.add_rule(
        group=points.list_groups(programmes.get_default())[0], name="消费积分", basis="amount", points=1,
        per_units=100, cost_centre=cost_centres.create(code="cards", name="会员卡"), validity=Validity(days=20),
    )  # fmt: skip
    cashiers.add(number="1204", name="小周", pin=PIN, rights=["sell"], shop=shop)
    issued = terminals.add(code="T4", name="一号收银台", shop=shop)
    follower = followers.get_or_create_customer(
        channel=channels.get_by_key("walk"), openid=openid, source="wechat_official"
    )
    member = registration.register_by_platform(phone=phone, source="clerk", customer=follower)
    points.earn(member=member, kind="behaviour_increase", value=100, key="seed-cards")
    top_up_payments.take_cash(member=member, amount_fen=5_000, key="seed-cards")
    return {"terminal": "T4", "secret": issued.secret, "cashier": "1204", "card": member.card_number}


if __name__ == "__main__":
    here = config.read()
    bootstrap(here, subscriptions=SUBSCRIPTIONS, wake=wakeup.make_notifier(here.redis_url))
    with registry.use_tenant("walk"), actors.acting_as(actors.Actor(kind="staff", name="小周")):
        sys.stdout.write(json.dumps(seed_cards(*sys.argv[1:])) + "\n")
