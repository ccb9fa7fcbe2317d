"""Flash sales for tests: drafts, published sales, and orders of their items."""

from datetime import timedelta
from typing import Any

from store.core import actors, clock
from store.customers.customers import Customer
from store.customers.members import Member
from store.flash_sales import flash_sales, submissions
from store.flash_sales.flash_sales import FlashSale
from store.flash_sales.items import FlashSaleItem
from store.orders.fulfilments import Fulfilment
from store.orders.goods_lines import WantedSku
from store.shop_orders import submission
from store.shop_orders.submission import Choice
from store.shops.shops import Shop
from tests.support import shop_order_fixtures

MAKER, APPROVER = (actors.Actor(kind="staff", name=name) for name in ("maker", "boss"))


def sale_values(shop: Shop, *goods: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What someone fills in for a sale that has begun: five teas at 5 yuan, one for each member."""
    now = clock.now()
    return {
        "name": "周五抢购", "announced_at": (now - timedelta(hours=2)).isoformat(),
        "starts_at": (now - timedelta(hours=1)).isoformat(), "ends_at": (now + timedelta(hours=2)).isoformat(),
        "rules_text": "数量有限，抢完为止。", "shops": [shop.code],
        "goods": list(goods) or [{"sku": "tea", "price_fen": 500, "quantity": 5, "limit": 1}],
    } | changes  # fmt: skip


def create_draft(shop: Shop, *goods: dict[str, Any], **changes: Any) -> FlashSale:
    return flash_sales.create_draft(values=sale_values(shop, *goods, **changes))


def publish(sale: FlashSale) -> FlashSale:
    """Submit a draft and let another person approve it."""
    with actors.acting_as(MAKER):
        approval = submissions.submit(sale, approver=APPROVER.name)
    with actors.acting_as(APPROVER):
        return submissions.approve(approval, version=approval.version)


def create_running(shop: Shop, *goods: dict[str, Any], **changes: Any) -> FlashSale:
    return publish(create_draft(shop, *goods, **changes))


def item_of(sale: FlashSale, place: int = 0) -> FlashSaleItem:
    """An item of a sale as it is now."""
    return FlashSaleItem.get((FlashSaleItem.sale == sale.id) & (FlashSaleItem.position == place))


def choose(shop: Shop, member: Member, item: FlashSaleItem, quantity: int = 1, **more: Any) -> Choice:
    facts = {"kind": "pickup", "coupon_codes": frozenset(), **more}
    lines = (WantedSku(item.sku_id, quantity, item.id),)
    return Choice(shop=shop, customer=Customer.get_by_id(member.customer_id), lines=lines, **facts)


def buy(
    shop: Shop, member: Member, item: FlashSaleItem, quantity: int = 1, *, key: str | None = None, **more: Any
) -> Fulfilment:
    choice = choose(shop, member, item, quantity, **more)
    key = key or f"flash-{next(shop_order_fixtures._numbers)}"
    return submission.submit(choice, key=key)
