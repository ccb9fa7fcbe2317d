"""Shortages (库存不足): the error that names each SKU of which a shop has too little."""

from collections.abc import Mapping

from store.catalog.skus import Sku
from store.core import errors
from store.shops.shops import Shop
from store.stock import levels

NOTHING_TAKEN: Mapping[int, int] = {}


def short_error(
    shop: Shop, wanted: Mapping[int, int], taken: Mapping[int, int] = NOTHING_TAKEN
) -> errors.DomainError:
    """Return the error that names each SKU with too little. What this call has `taken` counts as left."""
    left = levels.read_available(shop=shop, sku_ids=wanted)
    for sku_id, units in taken.items():
        left[sku_id] += units
    short = [sku for sku in Sku.by_ids(sorted(wanted)) if left[sku.id] < wanted[sku.id]]
    items = [{"sku": sku.public_id, "name": sku.full_name, "remaining": left[sku.id]} for sku in short]
    texts = [
        f"“{item['name']}”" + (f"库存不足，仅剩 {item['remaining']} 件" if item["remaining"] else "已无库存")
        for item in items
    ]
    return errors.DomainError("stock_short", "；".join(texts) or "库存不足", 409, items=items)
