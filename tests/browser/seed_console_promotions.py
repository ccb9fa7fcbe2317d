"""Who writes promotions and who approves them, and goods: `python -m tests.browser.seed_console_promotions TENANT`.

With the word `end` after the tenant all promotions end, so that other tests sell at the usual prices.
"""

import json
import sys

import config
from bootstrap import bootstrap
from store.catalog import products
from store.core import actors
from store.promotions import promotions
from store.promotions.tables import Promotion
from store.shops import shops
from store.staff import account_changes, accounts
from store.tenants import registry
from tasks import wakeup
from tasks.subscriptions import SUBSCRIPTIONS
from tests.support import shop_order_fixtures

AUTHOR, APPROVER, PASSWORD = "promoter", "promo_chief", "correct horse 7"
TEA, MILK = "青瓷茶", "雪山牛奶"


def seed() -> dict[str, str]:
    """Add an author, an approver and two goods."""
    for login, role, nickname in ((AUTHOR, "marketing", "小周"), (APPROVER, "approver", "老孙")):
        account = account_changes.add(login=login, role_keys=[role], nickname=nickname)
        accounts.set_password(account, password=PASSWORD)
    shop = shops.get_by_code("S1")
    if products.find_by_code("P-PRO-TEA") is None:
        shop_order_fixtures.publish_sku(shop, "PRO-TEA", name=TEA, price_fen=5_000)
        shop_order_fixtures.publish_sku(shop, "PRO-MILK", name=MILK, price_fen=800)
    return {"shop": shop.code}


def end_all() -> dict[str, str]:
    """End every approved promotion."""
    for row in Promotion.select().where(Promotion.state.in_(("approved", "paused"))):
        promotions.end(row)
    return {}


if __name__ == "__main__":
    here = config.read()
    bootstrap(here, subscriptions=SUBSCRIPTIONS, wake=wakeup.make_notifier(here.redis_url))
    with registry.use_tenant(sys.argv[1]), actors.acting_as(actors.Actor(kind="staff", name="王店长")):
        sys.stdout.write(json.dumps(end_all() if sys.argv[2:] == ["end"] else seed()) + "\n")
