"""Lines of a sale: goods of the catalog by SKU or bar code with the prices of the shop, or goods that are typed."""

from collections.abc import Sequence

from store.catalog import skus
from store.core import errors
from store.orders import goods_lines
from store.orders.goods_lines import WantedSku
from store.orders.requests import PlaceLine
from store.shops.shops import Shop
from till.sale_schemas import SaleLine


def build(shop: Shop, wanted: Sequence[SaleLine]) -> tuple[PlaceLine, ...]:
    """Return the lines of an order. Raises DomainError(not_found, goods_unavailable)."""
    found = [_find_sku_id(line) for line in wanted]
    of_catalog = [
        WantedSku(sku_id, line.quantity)
        for sku_id, line in zip(found, wanted, strict=True)
        if sku_id is not None
    ]
    built = iter(goods_lines.build(shop=shop, wanted=of_catalog) if of_catalog else ())
    return tuple(
        line.to_line() if sku_id is None else next(built) for sku_id, line in zip(found, wanted, strict=True)
    )


def _find_sku_id(line: SaleLine) -> int | None:
    if line.sku_id is not None:
        return int(skus.get_by_public_id(line.sku_id).id)
    if line.barcode is None:
        return None
    sku = skus.find_by_barcode(line.barcode)
    if sku is None:
        raise errors.not_found(f"条码 {line.barcode} 的商品")
    return int(sku.id)
