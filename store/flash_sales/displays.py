"""Items of a sale as customers see them in a shop (抢购商品展示): goods, prices, what is left, and what they have."""

from dataclasses import dataclass

from store.catalog import shop_goods
from store.catalog.products import Product
from store.catalog.skus import Sku
from store.core import errors
from store.customers.members import Member
from store.flash_sales import entries, items
from store.flash_sales.flash_sales import FlashSale
from store.flash_sales.items import FlashSaleItem
from store.shops.shops import Shop


@dataclass(frozen=True)
class ShownItem:
    """An item with its goods. `usual_fen` is the price of the shop, `bought` the units that the member has."""

    item: FlashSaleItem
    sku: Sku
    product: Product
    usual_fen: int
    bought: int


def list_shops(sale: FlashSale) -> list[Shop]:
    """Return the shops of a published sale, by code."""
    ids = {row.shop_id for row in items.list_of_sale(sale)}
    return sorted(Shop.by_ids(sorted(ids)), key=lambda shop: str(shop.code))


def choose_shop(taking_part: list[Shop], public_id: str) -> Shop:
    """Return the named shop of a sale, or the first. Raises DomainError(not_found)."""
    found = [shop for shop in taking_part if public_id in ("", shop.public_id)]
    if not found:
        raise errors.not_found("该门店的抢购")
    return found[0]


def list_items(sale: FlashSale, shop: Shop, member: Member | None) -> list[ShownItem]:
    """Return the items of a sale in a shop in the order of their maker. What the shop stopped selling is left out."""
    rows = [row for row in items.list_of_sale(sale) if row.shop_id == shop.id]
    skus = {sku.id: sku for sku in Sku.by_ids(sorted(row.sku_id for row in rows))}
    products = {one.id: one for one in Product.by_ids(sorted({sku.product_id for sku in skus.values()}))}
    sold = {sku_id: row for sku_id, row in shop_goods.find_of_shop(shop, set(skus)).items() if row.is_sold}
    return [
        ShownItem(
            item=row, sku=skus[row.sku_id], product=products[skus[row.sku_id].product_id],
            usual_fen=shop_goods.read_prices(skus[row.sku_id], sold[row.sku_id]).price_fen,
            bought=entries.count_of_member(member, row) if member is not None else 0,
        )
        for row in rows
        if row.sku_id in sold
    ]  # fmt: skip


def read_lowest(
    sales: list[FlashSale], shop: Shop | None, product: Product | None = None
) -> dict[int, tuple[int, int]]:
    """Return by id of a sale its lowest price in fen and the units that are left, in a shop or in all.

    With a product only its items count. A sale without such items is left out.
    """
    wanted = None if product is None else {sku.id for sku in Sku.find_all(product=product.id)}
    found: dict[int, tuple[int, int]] = {}
    for sale in sales:
        rows = [
            row
            for row in items.list_of_sale(sale)
            if (shop is None or row.shop_id == shop.id) and (wanted is None or row.sku_id in wanted)
        ]
        if rows:
            found[sale.id] = (min(row.price_fen for row in rows), sum(row.left for row in rows))
    return found
