"""What a visitor of the mall orders besides milk: `python -m tests.browser.seed_visitor TENANT`."""

import json
import sys

import config
from bootstrap import bootstrap
from store.core import actors
from store.shops import shops
from store.tenants import registry
from tasks import wakeup
from tasks.subscriptions import SUBSCRIPTIONS
from tests.support import shop_order_fixtures

if __name__ == "__main__":
    here = config.read()
    bootstrap(here, subscriptions=SUBSCRIPTIONS, wake=wakeup.make_notifier(here.redis_url))
    with registry.use_tenant(sys.argv[1]), actors.acting_as(actors.Actor(kind="staff", name="小陈")):
        shop = shops.get_by_code("S1")
        shop_order_fixtures.publish_sku(shop, "MALL-JASMINE", name="茉莉花茶", price_fen=5_000)
        sys.stdout.write(json.dumps({"store": shop.public_id}) + "\n")
