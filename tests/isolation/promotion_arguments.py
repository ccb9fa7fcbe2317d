"""The other tenant's promotion, and the arguments of the operations of promotions."""

from types import SimpleNamespace
from typing import Any

from store.core import clock
from store.core.listing import Page
from store.promotions.promotion_list import PromotionFilter
from store.promotions.tables import Promotion
from tests.support import promotion_fixtures

MODULES = (
    "references", "promotions", "promotion_list", "uses", "active", "effect", "former_prices",
)  # fmt: skip
EXEMPT: dict[str, set[str] | None] = {
    "promotions.parameters": None,
    "promotions.drafts": None,
    "promotions.words": None,
    "promotions.texts": None,  # of drafts that are given
    "promotions.stages": None,
    "promotions.promotions": {"state_error"},
    "promotions.references": {"list_products", "list_gift_skus"},
    "promotions.active": {"holds_at"},
    "offers.nearby_offers": {"get_position"},
    "promotions.uses": {"take", "take_new"},  # of a price that is given, for an order that is locked
}


def create_promotion() -> Promotion:
    """Approve a promotion that no order reaches. Called in the other tenant."""
    return promotion_fixtures.run(
        {"kind": "reduction", "steps": [{"from_fen": 99_999_999, "off_fen": 1}]}, name="对门促销"
    )


def values_by_module(rival: SimpleNamespace) -> dict[str, dict[str, Any]]:
    """Return the arguments by module."""
    row: Promotion = rival.promotion
    values = {
        "promotion": row, "promotion_id": row.id, "promotion_ids": [row.id], "public_id": row.public_id,
        "values": promotion_fixtures.draft_values(name="对门"), "approver": "对门", "version": row.version,
        "opinion": "对门", "reason": "对门", "criteria": PromotionFilter(), "page": Page(), "shop": rival.shop,
        "channel": "till", "moment": clock.now(), "member": rival.member, "order_number": rival.sale.number,
        "reserved": {}, "sku_ids": [rival.sku.id], "shop_ids": None, "first_day": clock.today("Asia/Shanghai"),
        "last_day": clock.today("Asia/Shanghai"), "before": None, "without_order": None, "limit": 5,
    }  # fmt: skip
    nearby = {"page": 1, "page_size": 20, "after": None}
    offers = {"offers.goods_offers": values, "offers.nearby_offers": nearby}
    return {f"promotions.{name}": values for name in MODULES} | offers
