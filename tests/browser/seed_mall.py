"""What the story of the mall finds: `python -m tests.browser.seed_mall TENANT PHONE`.

Shop S1 offers every way, sells tea and milk, and has a till. The member of the phone has points, a coupon and money.
An administrator of the console can add the other goods.
"""

import json
import sys

import config
from bootstrap import bootstrap
from store.catalog import products
from store.core import actors
from store.customers import identities
from store.customers.members import Member
from store.mall.settings import MallSettings
from store.points import points
from store.shops import shops
from store.staff import account_changes, accounts
from store.stored_value import top_up_payments
from store.tenants import registry, settings
from store.tills import cashiers, terminals
from tasks import wakeup
from tasks.subscriptions import SUBSCRIPTIONS
from tests.browser.seed_console import PASSWORD
from tests.browser.seed_till import PIN
from tests.support import order_fixtures, shop_order_fixtures


def seed_mall(phone: str) -> dict[str, str]:
    """Make it by operations. The shop is prepared once, the member each time."""
    shop = shops.get_by_code("S1")
    customer = identities.find_by_phone(f"+86{phone}")
    member = Member.get(Member.customer == customer.id)
    points.earn(member=member, kind="behaviour_increase", value=1_000, key=f"mall-points-{phone}")
    top_up_payments.take_cash(member=member, amount_fen=2_000, key=f"mall-value-{phone}")
    order_fixtures.issue_coupon(member)
    if products.find_by_code("P-MALL-MILK") is not None:
        return {"store": shop.public_id}
    settings.change(
        MallSettings, notices=[{"label": "满 69 元免运费"}], recommended=[{"code": "P-MALL-MILK"}]
    )
    shop_order_fixtures.offer_all(shop, zones=[{"up_to_metres": 50_000, "fee_fen": 500}])
    shop_order_fixtures.publish_sku(shop, "MALL-TEA", name="铁观音", price_fen=5_000, barcode="6901234500001")
    shop_order_fixtures.publish_sku(shop, "MALL-MILK", name="鲜牛奶", price_fen=600, stock=3)
    secret = terminals.add(code="T7", name="七号台", shop=shop).secret
    cashiers.add(number="1117", name="小陈", pin=PIN, shop=shop)
    account = account_changes.add(login="mall", role_keys=["admin"], nickname="陈店长")
    accounts.set_password(account, password=PASSWORD)
    return {"secret": secret, "terminal": "T7", "store": shop.public_id}


if __name__ == "__main__":
    here = config.read()
    bootstrap(here, subscriptions=SUBSCRIPTIONS, wake=wakeup.make_notifier(here.redis_url))
    with registry.use_tenant(sys.argv[1]), actors.acting_as(actors.Actor(kind="staff", name="小陈")):
        sys.stdout.write(json.dumps(seed_mall(sys.argv[2])) + "\n")
