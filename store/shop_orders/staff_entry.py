"""Orders that staff enter for a customer (代客下单): what a shop offers, and the order with who entered it."""

from dataclasses import dataclass, replace

from store.catalog import shop_goods, shop_product_list
from store.catalog.skus import Sku
from store.core.database import db
from store.customers import members
from store.delivery import rules
from store.orders.fulfilments import KINDS, Fulfilment
from store.orders.tables import Order
from store.shop_orders import submission
from store.shop_orders.submission import Choice, Preview
from store.shops.shops import Shop
from store.stock import levels
from store.tenants import audit

SOURCE = "staff"
MAX_PRODUCTS = 20


@dataclass(frozen=True)
class Offer:
    """A SKU that a shop sells now, with its prices in fen and the units that can be ordered."""

    sku: Sku
    price_fen: int
    member_fen: int | None
    available: int


def list_offers(shop: Shop, text: str = "") -> list[Offer]:
    """Return the SKUs of a shop that a search finds by name, pinyin, code or bar code, those of the first products."""
    products, _ = shop_product_list.list_products(shop, text=text, page_size=MAX_PRODUCTS)
    sold = shop_product_list.list_sold_skus(shop, [product.id for product in products])
    pairs = [pair for product in products for pair in sold.get(product.id, ())]
    left = levels.read_available(shop=shop, sku_ids=[sku.id for sku, _ in pairs])
    found = []
    for sku, row in pairs:
        prices = shop_goods.read_prices(sku, row)
        found.append(Offer(sku, prices.price_fen, prices.member_fen, left[sku.id]))
    return found


def list_ways(shop: Shop) -> list[str]:
    """Return the ways of fulfilment that a shop offers."""
    row = rules.get(shop)
    return [kind for kind in KINDS if row.is_offered(kind) and getattr(shop, kind, True)]


def preview(choice: Choice) -> Preview:
    """Return what an order of a customer would cost now. Nothing is held. Raises as `submission.preview`."""
    return submission.preview(_to_entry(choice))


@db.transactional
def place(choice: Choice, *, key: str) -> Fulfilment:
    """Place an order for a customer with the lines `choice` names. Idempotent by `key`.

    It takes none of the customer's coupons, points or stored value. Raises as `submission.submit`.
    """
    members.lock(members.get_or_create(choice.customer).id)
    is_repeat = Order.find(key=key) is not None
    row = submission.submit(_to_entry(choice), key=key)
    if not is_repeat:
        order, units = row.order, sum(line.quantity for line in choice.lines)
        audit.record(
            "shop_orders.create", f"order:{order.number}",
            after={"total_fen": order.total_fen, "shop": choice.shop.code, "units": units},
        )  # fmt: skip
    return row


def _to_entry(choice: Choice) -> Choice:
    return replace(choice, source=SOURCE, coupon_codes=frozenset(), points=0, stored_value_fen=0)
