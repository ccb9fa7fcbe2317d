"""What the browser test of stock finds: `python -m tests.browser.seed_stock TENANT`.

Shop S4 has tea, of which an order reserves two units and one has bought three, and few bottles of milk.
"""

import json
import sys

import config
from bootstrap import bootstrap
from store.core import actors
from store.shops import shops
from store.stock import changes, reservations
from store.tenants import registry
from tasks import wakeup
from tasks.subscriptions import SUBSCRIPTIONS
from tests.support import stock_fixtures


def seed_stock() -> dict[str, str]:
    """Make the stock by operations."""
    shop = shops.get_by_code("S4")
    tea = stock_fixtures.create_sku(
        "ST-TEA", name="西湖龙井", specification=["250g"], barcode="6901234567892"
    )
    milk = stock_fixtures.create_sku("ST-MILK", name="鲜牛奶")
    stock_fixtures.receive(shop, tea, 40)
    stock_fixtures.receive(shop, milk, 6)
    stock_fixtures.reserve(shop, "20261129000000000001", (tea, 3))
    reservations.commit("20261129000000000001")
    stock_fixtures.reserve(shop, "20261129000000000002", (tea, 2))
    changes.adjust(shop=shop, sku=tea, difference=-1, reason="包装破损", key="seed-stock")
    return {"shop": shop.code}


if __name__ == "__main__":
    here = config.read()
    bootstrap(here, subscriptions=SUBSCRIPTIONS, wake=wakeup.make_notifier(here.redis_url))
    with registry.use_tenant(sys.argv[1]), actors.acting_as(actors.Actor(kind="staff", name="小周")):
        sys.stdout.write(json.dumps(seed_stock()) + "\n")
