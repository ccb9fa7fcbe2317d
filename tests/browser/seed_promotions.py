"""What the test of promotions finds: `python -m tests.browser.seed_promotions TENANT PHONE`.

Shop S4 sells goods of which each is in a promotion of another kind, and has a till. Two cups are there as gifts. The
member of the phone has bought tea at its full price two days ago.
"""

import json
import sys
from datetime import timedelta
from typing import Any

import config
from bootstrap import bootstrap
from store.core import actors, clock
from store.customers import identities
from store.customers.members import Member
from store.shop_orders import submission
from store.shops import shops
from store.stored_value import top_up_payments
from store.stored_value.authorization import PaymentAuthorization
from store.tenants import registry
from store.tills import cashiers, terminals
from tasks import wakeup
from tasks.subscriptions import SUBSCRIPTIONS
from tests.browser.seed_till import PIN
from tests.support import promotion_fixtures, shop_order_fixtures
from tests.support.shop_order_fixtures import publish_sku

# Name, price in fen and bar code by the code of the SKU.
GOODS = {
    "PRO-TEA": ("铁观音", 5_000, "6901234600001"),
    "PRO-MILK": ("鲜牛奶", 600, "6901234600002"),
    "PRO-EGG": ("茶叶蛋", 200, "6901234600003"),
    "PRO-BREAD": ("吐司面包", 1_000, "6901234600004"),
    "PRO-JAM": ("草莓果酱", 1_500, "6901234600005"),
    "PRO-RICE": ("东北大米", 6_000, "6901234600006"),
    "PRO-OIL": ("花生油", 8_000, "6901234600007"),
    "PRO-SOAP": ("香皂", 1_000, "6901234600008"),
    "PRO-CUP": ("茶杯", 1_200, "6901234600009"),
}
PROMOTIONS: tuple[dict[str, Any], ...] = (
    {"name": "茶叶节", "parameters": {
        "kind": "special_price", "prices": [{"product": "P-PRO-TEA", "price_fen": 4_000, "per_order": 2}]}},
    {"name": "早餐", "parameters": {"kind": "second_half"}, "products": ["P-PRO-MILK"]},
    {"name": "买二送一", "parameters": {"kind": "buy_get", "buy": 2, "get": 1}, "products": ["P-PRO-EGG"]},
    {"name": "面包果酱", "parameters": {"kind": "bundle", "price_fen": 2_000, "parts": [
        {"products": ["P-PRO-BREAD"]}, {"products": ["P-PRO-JAM"]}]}},
    {"name": "粮油满减", "parameters": {"kind": "reduction", "steps": [
        {"from_fen": 5_000, "off_fen": 1_000}, {"from_fen": 10_000, "off_fen": 2_500}]},
     "products": ["P-PRO-RICE"]},
    {"name": "好油", "parameters": {"kind": "discount", "steps": [{"percent": 10}]}, "products": ["P-PRO-OIL"]},
    {"name": "会员日", "parameters": {"kind": "member_day", "steps": [{"percent": 20}]}, "products": ["P-PRO-SOAP"]},
    {"name": "大米有礼", "parameters": {"kind": "gift", "steps": [
        {"from_fen": 6_000, "gifts": [{"sku": "PRO-CUP"}]}]}, "products": ["P-PRO-RICE"]},
)  # fmt: skip


def seed_promotions(phone: str) -> dict[str, Any]:
    """Make it by operations."""
    shop = shops.get_by_code("S4")
    shop_order_fixtures.offer_all(shop, zones=[{"up_to_metres": 50_000, "fee_fen": 500}])
    skus = {
        code: publish_sku(
            shop, code, name=name, price_fen=fen, barcode=barcode, stock=2 if code == "PRO-CUP" else 20
        )
        for code, (name, fen, barcode) in GOODS.items()
    }
    customer = identities.find_by_phone(f"+86{phone}")
    member = Member.get(Member.customer == customer.id)
    with clock.use_moment(clock.now() - timedelta(days=2)):
        top_up_payments.take_cash(member=member, amount_fen=5_000, key=f"promotions-{phone}")
        choice = shop_order_fixtures.choose(shop, member, (skus["PRO-TEA"], 1), stored_value_fen=5_000)
        session = PaymentAuthorization(kind="session", member_id=member.id)
        submission.submit(choice, key=f"promotions-{phone}", authorization=session)
    for values in PROMOTIONS:
        promotion_fixtures.run(**values, shops=["S4"])
    secret = terminals.add(code="T6", name="六号台", shop=shop).secret
    cashiers.add(number="1116", name="小周", pin=PIN, shop=shop)
    return {
        "secret": secret, "terminal": "T6", "store": shop.public_id,
        "skus": {code: sku.public_id for code, sku in skus.items()},
    }  # fmt: skip


if __name__ == "__main__":
    here = config.read()
    bootstrap(here, subscriptions=SUBSCRIPTIONS, wake=wakeup.make_notifier(here.redis_url))
    with registry.use_tenant(sys.argv[1]), actors.acting_as(actors.Actor(kind="staff", name="小周")):
        sys.stdout.write(json.dumps(seed_promotions(sys.argv[2])) + "\n")
