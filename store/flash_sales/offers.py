"""Prices of flash sales (抢购价) as special prices of the one price: each holds for one line of an order only."""

from collections.abc import Mapping

from store.core import errors
from store.flash_sales import items
from store.flash_sales.flash_sales import FlashSale
from store.flash_sales.items import FlashSaleItem
from store.pricing.promotions import Promotion, SpecialPrice

PRIORITY = 0  # before the promotions of staff, whose lowest number is 1


def list_promotions(lines: Mapping[str, tuple[str, int]]) -> tuple[Promotion, ...]:
    """Return the promotions behind the lines of a request, given as product and item id by line number.

    The price is that which was approved. Whether the units can be had is decided when they are held.
    Raises DomainError(not_found).
    """
    found = {row.id: row for row in items.list_by_ids(item_id for _, item_id in lines.values())}
    by_sale: dict[int, list[SpecialPrice]] = {}
    for line, (product, item_id) in lines.items():
        row: FlashSaleItem | None = found.get(item_id)
        if row is None:
            raise errors.not_found("该抢购商品")
        by_sale.setdefault(row.sale_id, []).append(SpecialPrice(product, row.price_fen, line=line))
    return tuple(_to_promotion(FlashSale.get_by_id(key), prices) for key, prices in sorted(by_sale.items()))


def _to_promotion(sale: FlashSale, prices: list[SpecialPrice]) -> Promotion:
    content = sale.content
    return Promotion(
        kind="special_price", code=sale.public_id, name=sale.name, priority=PRIORITY, created=sale.id,
        exclusive=not content.takes_promotions, with_coupons=content.takes_coupons,
        with_points=content.takes_points, cost_centre=content.cost_centre or "", prices=tuple(prices),
    )  # fmt: skip
