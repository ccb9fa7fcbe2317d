"""Orders of the shop for tests: published goods with stock, and customers who order them."""

from itertools import count
from typing import Any

from store.catalog import categories, changes, shop_goods
from store.catalog.categories import Category
from store.catalog.skus import Sku
from store.customers.customers import Customer
from store.customers.members import Member
from store.delivery import rules
from store.orders.fulfilments import Fulfilment
from store.orders.goods_lines import WantedSku
from store.orders.tables import Order
from store.shop_orders import submission
from store.shop_orders.submission import Choice
from store.shops.shops import Shop
from tests.support import order_fixtures, stock_fixtures

_numbers = count(1)


def publish_sku(
    shop: Shop, code: str, *, name: str = "", price_fen: int = 1_000, stock: int = 10, **more: Any
) -> Sku:
    """A SKU that a shop sells, with stock."""
    category = Category.find(code="DRINKS") or categories.create_category(code="DRINKS", name="饮料")
    skus = [{"code": code, "specification": [], "list_price_fen": price_fen, **more}]
    product = changes.create_product(code=f"P-{code}", name=name or code, skus=skus, category=category)
    shop_goods.take_over(shop, [product])
    changes.publish(product)
    sku = Sku.get(Sku.code == code)
    if stock:
        stock_fixtures.receive(shop, sku, stock)
    return sku


NEARBY = {
    "name": "梅", "phone": "+8613800138000", "region": ["上海市", "上海市", "黄浦区"], "detail": "南京东路 1 号",
    "latitude": 31.2310, "longitude": 121.4740,
}  # fmt: skip


def offer_all(shop: Shop, **values: Any) -> None:
    """Every way of fulfilment, with free deliveries up to five kilometres unless said otherwise."""
    ways = dict.fromkeys(
        ("pickup_on", "delivery_on", "dine_in_on", "takeaway_on", "cash_on_delivery_on"), True
    )
    rules.save(shop, **{**ways, "zones": [{"up_to_metres": 5_000}], **values})


def choose(shop: Shop, member: Member, *wanted: tuple[Sku, int], **more: Any) -> Choice:
    """A pickup without coupons, unless said otherwise."""
    facts = {"kind": "pickup", "coupon_codes": frozenset(), **more}
    if facts["kind"] == "delivery":
        facts.setdefault("recipient", NEARBY)
    lines = tuple(WantedSku(sku.id, quantity) for sku, quantity in wanted)
    return Choice(shop=shop, customer=Customer.get_by_id(member.customer_id), lines=lines, **facts)


def submit(
    shop: Shop, member: Member, *wanted: tuple[Sku, int], key: str | None = None, **more: Any
) -> Fulfilment:
    return submission.submit(choose(shop, member, *wanted, **more), key=key or f"shop-order-{next(_numbers)}")


def pay(row: Fulfilment) -> Fulfilment:
    """The money of a platform for all that is due."""
    attempt = order_fixtures.start_attempt(Order.get_by_id(row.order_id), key=f"pay-{next(_numbers)}")
    order_fixtures.settle(attempt, "succeeded")
    return reload(row)


def reload(row: Fulfilment) -> Fulfilment:
    return Fulfilment.get_by_id(row.id)
