"""The rows of stock (库存) as the console shows them: levels and their movements."""

from typing import Any

from store.catalog.skus import Sku
from store.stock import levels, warnings
from store.stock.levels import StockLevel
from store.stock.movements import KINDS, StockMovement


def to_done(movement: StockMovement) -> dict[str, Any]:
    """Return a movement with the level as it is now."""
    return to_row(levels.get_by_id(movement.level_id)) | {"movement": to_movement(movement)}


def to_row(level: StockLevel) -> dict[str, Any]:
    """Return a level with its shop, SKU and limit."""
    sku: Sku = level.sku
    return {name: getattr(level, name) for name in ("on_hand", "reserved", "available", "sold", "warning_at")} | {
        "id": str(level.id), "shop": level.shop.name, "shop_code": level.shop.code, "code": sku.code,
        "barcode": sku.barcode, "name": sku.full_name, "limit": warnings.read_limit(level),
        "state": "low" if warnings.is_low(level) else "enough",
    }  # fmt: skip


def to_movement(movement: StockMovement) -> dict[str, Any]:
    """Return a movement with the name of its kind."""
    names = ("kind", "on_hand", "reserved", "counted", "subject", "reason", "operator")
    return {name: getattr(movement, name) for name in names} | {
        "id": str(movement.id), "kind_name": KINDS[movement.kind], "at": movement.at.isoformat(),
    }  # fmt: skip
