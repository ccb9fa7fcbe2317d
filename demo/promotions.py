"""The promotions of the demo chain: written by one colleague, approved by another, and running from today on."""

from datetime import timedelta
from typing import Any

from demo.coupons import APPROVER, WRITER
from store.catalog.products import Product
from store.catalog.skus import Sku
from store.core import actors, clock
from store.core.database import db
from store.promotions import promotions
from store.promotions.tables import Promotion

DAYS = 30
SPECIAL_CODES = (
    "ready-1",
    "ready-13",
    "ready-20",
    "ready-3",
)  # goods with one SKU: a price is of the product
SPECIAL_PERCENT, PER_ORDER = 75, 3


@db.transactional
def seed_promotions() -> None:
    """Make special prices, a reduction and second at half. Idempotent."""
    if Promotion.select().exists():
        return
    now = clock.now()
    for values in (
        {"name": "鲜食特价", "parameters": _special_prices()},
        {"name": "乳品周", "parameters": {"kind": "second_half"}, "categories": ["dairy"]},
        {"name": "开业满减", "parameters": {"kind": "reduction", "steps": [
            {"from_fen": 9_900, "off_fen": 1_000}, {"from_fen": 19_900, "off_fen": 3_000},
        ]}},
    ):  # fmt: skip
        _run({**values, "starts_at": now, "ends_at": now + timedelta(days=DAYS)})


def _special_prices() -> dict[str, Any]:
    """Return three quarters of the list price in whole jiao, for a few units of an order."""
    query = Sku.select(Sku, Product).join(Product).where(Product.code << SPECIAL_CODES).order_by(Sku.id)
    return {
        "kind": "special_price",
        "prices": [
            {
                "product": sku.product.code, "per_order": PER_ORDER,
                "price_fen": sku.list_price_fen * SPECIAL_PERCENT // 1_000 * 10,
            }
            for sku in query
        ],
    }  # fmt: skip


def _run(values: dict[str, Any]) -> None:
    with actors.acting_as(WRITER):
        row = promotions.submit(promotions.create(values=values), approver=APPROVER.name)
    with actors.acting_as(APPROVER):
        promotions.approve(row, version=row.version)
