"""Prices of flash sales (抢购价) as special prices of the one price: each holds for one line of an order only."""

from collections.abc import Mapping
from dataclasses import dataclass

from store.core import errors
from store.flash_sales import items
from store.flash_sales.flash_sales import FlashSale
from store.flash_sales.items import FlashSaleItem
from store.pricing.promotions import Promotion, SpecialPrice

PRIORITY = 0  # before the promotions of staff, whose lowest number is 1


@dataclass(frozen=True)
class FlashLine:
    """A line of a request that is taken from the item of a flash sale."""

    product: str
    sku_id: int | None
    item_id: int


def list_promotions(shop_id: int, lines: Mapping[str, FlashLine]) -> tuple[Promotion, ...]:
    """Return the promotions behind the lines of a request in a shop, given by line number.

    The price is that which was approved. Whether the units can be had is decided when they are held.
    Raises DomainError(not_found) for an item of another shop or SKU.
    """
    found = {row.id: row for row in items.list_by_ids(line.item_id for line in lines.values())}
    prices: dict[int, list[SpecialPrice]] = {}
    for number, line in lines.items():
        row: FlashSaleItem | None = found.get(line.item_id)
        if row is None or (row.shop_id, row.sku_id) != (shop_id, line.sku_id):
            raise errors.not_found("该抢购商品")
        prices.setdefault(row.sale_id, []).append(SpecialPrice(line.product, row.price_fen, line=number))
    sales = {row.sale_id: row.sale for row in found.values()}
    return tuple(_to_promotion(sales[key], prices[key]) for key in sorted(prices))


def _to_promotion(sale: FlashSale, prices: list[SpecialPrice]) -> Promotion:
    content = sale.content
    return Promotion(
        kind="special_price", code=sale.public_id, name=sale.name, priority=PRIORITY, created=sale.id,
        exclusive=not content.takes_promotions, with_coupons=content.takes_coupons,
        with_points=content.takes_points, cost_centre=content.cost_centre or "", prices=tuple(prices),
    )  # fmt: skip
