"""What the browser test of orders of the shop finds: `python -m tests.browser.seed_shop_orders TENANT`.

Shop S4 offers every way and sells tea and milk. The first member has bought teas with an invoice, and has an unpaid
delivery. Prints the numbers of both orders as JSON.
"""

import json
import sys

import config
from bootstrap import bootstrap
from store.core import actors
from store.customers import identities, members, phones
from store.orders.fulfilments import Fulfilment
from store.orders.tables import Order
from store.payments import cash
from store.shops import shops
from store.tenants import registry
from tasks import wakeup
from tasks.subscriptions import SUBSCRIPTIONS
from tests.browser.seed_console import FIRST_PHONE
from tests.support import shop_order_fixtures

INVOICE = {
    "kind": "company",
    "title": "上海梅花茶叶有限公司",
    "tax_number": "91310000MA1K35XX0X",
    "email": "mei@example.com",
}


def seed_shop_orders() -> dict[str, str]:
    """Make everything by operations."""
    shop = shops.get_by_code("S4")
    shop_order_fixtures.offer_all(shop, zones=[{"up_to_metres": 50_000, "fee_fen": 500}])
    tea = shop_order_fixtures.publish_sku(shop, "SO-TEA", name="碧螺春", price_fen=5_000)
    milk = shop_order_fixtures.publish_sku(shop, "SO-MILK", name="酸奶", price_fen=600, stock=20)
    customer = identities.find_by_phone(phones.normalize(str(FIRST_PHONE)))
    assert customer is not None
    member = members.get_or_create(customer)
    paid = shop_order_fixtures.submit(
        shop, member, (tea, 2), (milk, 1), invoice=INVOICE, remark="请用礼盒装"
    ).order
    cash.record_cash(
        payable_kind="order", payable_number=paid.number, received_fen=paid.due_fen, key="seed-shop-orders"
    )
    near = {"latitude": shop.lat, "longitude": shop.lng + 0.01}
    unpaid = shop_order_fixtures.submit(
        shop, member, (milk, 5), kind="delivery", recipient={**shop_order_fixtures.NEARBY, **near}
    ).order
    code = Fulfilment.get(Fulfilment.order == paid.id).pickup_code
    return {"paid": str(Order.get_by_id(paid.id).number), "unpaid": str(unpaid.number), "code": code}


if __name__ == "__main__":
    here = config.read()
    bootstrap(here, subscriptions=SUBSCRIPTIONS, wake=wakeup.make_notifier(here.redis_url))
    with registry.use_tenant(sys.argv[1]), actors.acting_as(actors.Actor(kind="customer", name="")):
        sys.stdout.write(json.dumps(seed_shop_orders()) + "\n")
