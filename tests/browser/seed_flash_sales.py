"""What the browser test of flash sales finds: `python -m tests.browser.seed_flash_sales TENANT STEP [SALE]`.

The step `staff` adds a maker, an approver and goods, `begin` lets a sale begin in a moment, `rest` lets another member
buy what is left.
"""

import json
import sys
from datetime import timedelta

import config
from bootstrap import bootstrap
from store.core import actors, clock
from store.customers.customers import Customer
from store.flash_sales import flash_sales
from store.flash_sales.items import FlashSaleItem
from store.membership import registration
from store.orders.goods_lines import WantedSku
from store.shop_orders import submission
from store.shop_orders.submission import Choice
from store.shops import shops
from store.shops.shops import Shop
from store.staff import account_changes, accounts
from store.tenants import registry
from tasks import wakeup
from tasks.subscriptions import SUBSCRIPTIONS
from tests.support import shop_order_fixtures

PASSWORD = "correct horse 7"
MAKER, APPROVER = "flashmaker", "flashboss"
OTHER_PHONE = "13700000009"
BEGINS_IN_S = 4


def add_staff() -> dict[str, str]:
    """Add a maker, an approver, and tea in shop S1."""
    shop = shops.get_by_code("S1")
    for login, nickname in ((MAKER, "小何"), (APPROVER, "老何")):
        account = account_changes.add(login=login, role_keys=["admin"], nickname=nickname)
        accounts.set_password(account, password=PASSWORD)
    shop_order_fixtures.offer_all(shop, zones=[{"up_to_metres": 50_000, "fee_fen": 500}])
    shop_order_fixtures.publish_sku(shop, "FLASH-TEA", name="明前龙井", price_fen=8_800, stock=10)
    return {"store": shop.public_id}


def begin(sale_id: str) -> dict[str, str]:
    """Let a published sale begin a few seconds from now, instead of making the test wait for it."""
    sale = flash_sales.get_by_public_id(sale_id)
    sale.update_fields(starts_at=clock.now() + timedelta(seconds=BEGINS_IN_S))
    return {}


def buy_the_rest(sale_id: str) -> dict[str, str]:
    """Let another member buy one unit of what is left."""
    sale = flash_sales.get_by_public_id(sale_id)
    item = FlashSaleItem.get(FlashSaleItem.sale == sale.id)
    member = registration.register_at_desk(phone=OTHER_PHONE)
    choice = Choice(
        shop=Shop.get_by_id(item.shop_id), customer=Customer.get_by_id(member.customer_id),
        lines=(WantedSku(item.sku_id, 1, item.id),), kind="pickup", coupon_codes=frozenset(),
    )  # fmt: skip
    submission.submit(choice, key="flash-rest")
    return {}


if __name__ == "__main__":
    here = config.read()
    bootstrap(here, subscriptions=SUBSCRIPTIONS, wake=wakeup.make_notifier(here.redis_url))
    with registry.use_tenant(sys.argv[1]), actors.acting_as(actors.Actor(kind="staff", name="王店长")):
        step = {"staff": add_staff, "begin": begin, "rest": buy_the_rest}[sys.argv[2]]
        sys.stdout.write(json.dumps(step(*sys.argv[3:])) + "\n")
