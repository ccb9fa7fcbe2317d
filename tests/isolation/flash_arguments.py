"""The other tenant's flash sale, and the arguments of the operations of flash sales."""

from types import SimpleNamespace
from typing import Any

from store import approvals
from store.catalog.skus import Sku
from store.customers.members import Member
from store.flash_sales import holds
from store.flash_sales.offers import FlashLine
from store.flash_sales.sale_list import FlashSaleFilter
from store.shops.shops import Shop
from store.stock import reservations
from store.stock.stock_lines import StockLine
from tests.support.flash_fixtures import create_running, item_of

MODULES = (
    "flash_sales", "items", "entries", "displays", "holds", "offers", "publication", "submissions", "sale_list",
)  # fmt: skip
EXEMPT: dict[str, set[str] | None] = {
    "stock.stock_lines": None,
    "stock.shortages": None,  # an error about what its callers have found
    "flash_sales.content": None,  # values without rows
    "flash_sales.flash_sales": {"state_error", "subject_of", "transition"},
    "flash_sales.items": {"set_aside", "return_rest", "take", "book"},  # of rows that are locked
    "flash_sales.entries": {"write"},
    "flash_sales.holds": {"sold_out_error", "find_problem"},  # of rows that are given
    "flash_sales.publication": {"publish", "ensure_goods"},  # parts of `submissions.approve` and `submit`
    "flash_sales.submissions": {"describe_changes"},  # of the content that is given
    "flash_sales.displays": {"choose_shop"},
}


def create_flash_sale(member: Member, shop: Shop, sku: Sku) -> SimpleNamespace:
    """Publish a sale of which an order holds a unit. Called in the other tenant."""
    goods = {"sku": sku.code, "price_fen": 50, "quantity": 2, "limit": 2}
    sale = create_running(shop, goods, name="对门抢购")
    item = item_of(sale)
    holds.hold("rival-flash", member, {item.id: 1})
    reservations.reserve(shop=shop, order_number="rival-flash", lines=[StockLine(sku.id, 1, set_aside=1)])
    approval = approvals.find_approved("flash_sale", sale.public_id)
    return SimpleNamespace(sale=sale, item=item_of(sale), approval=approval)


def values_of_flash_sales(rival: SimpleNamespace) -> dict[str, dict[str, Any]]:
    """Return the arguments by module."""
    found = rival.flash
    values = {
        "sale": found.sale, "sale_id": found.sale.id, "sales": [found.sale], "public_id": found.sale.public_id,
        "values": {"name": "对门"}, "row": found.item, "item": found.item, "item_id": found.item.id,
        "item_ids": [found.item.id], "member": rival.member, "shop": rival.shop, "sku_id": rival.sku.id,
        "order_number": "rival-flash", "wanted": {found.item.id: 1}, "units": {found.item.id: 1},
        "return_number": "rival-return", "reason": "对门", "shop_id": rival.shop.id,
        "lines": {"1": FlashLine("rival-product", rival.sku.id, found.item.id)},
        "approval": found.approval, "approver": "boss", "version": "0" * 64, "opinion": "对门",
        "criteria": FlashSaleFilter(), "shop_ids": frozenset({rival.shop.id}), "taking_part": [rival.shop],
    }  # fmt: skip
    return {f"flash_sales.{name}": values for name in MODULES} | {
        "flash_sales.items": values | {"public_id": found.item.public_id}
    }
