"""Goods of the catalog as lines of an order (商品行): with the name, price and picture of the moment."""

from collections.abc import Sequence
from dataclasses import dataclass

from store.catalog import categories, product_group_members, shop_goods
from store.catalog.categories import Category
from store.catalog.products import Product
from store.catalog.shop_goods import ShopSku
from store.catalog.skus import Sku
from store.core import errors
from store.core.database import joins
from store.orders.requests import PlaceLine
from store.shops.shops import Shop


@dataclass(frozen=True)
class WantedSku:
    """Units of a SKU that a customer wants, from the item of a flash sale if one is named."""

    sku_id: int
    quantity: int
    flash_item_id: int | None = None


@dataclass(frozen=True)
class SoldSku:
    """A SKU as a shop sells it to customers now."""

    sku: Sku
    product: Product
    row: ShopSku


def build(*, shop: Shop, wanted: Sequence[WantedSku]) -> tuple[PlaceLine, ...]:
    """Return the lines of an order in the order of what is wanted.

    Raises DomainError(invalid, goods_unavailable) that names what the shop does not sell.
    """
    if not wanted:
        raise errors.invalid("lines", "请选择商品")
    ids = {one.sku_id for one in wanted}
    sold = read_sold(shop=shop, sku_ids=ids)
    if len(sold) < len(ids):
        missing = Sku.by_ids(sorted(ids - sold.keys()))
        items = [{"sku": sku.public_id, "name": sku.full_name} for sku in missing]
        names = "、".join(f"“{item['name']}”" for item in items) or "商品"
        raise errors.DomainError("goods_unavailable", f"{names}在本店已下架", 409, items=items)
    codes = _list_codes([sold[one].product for one in sold])
    return tuple(_to_line(sold[one.sku_id], one, codes) for one in wanted)


def read_sold(*, shop: Shop, sku_ids: set[int]) -> dict[int, SoldSku]:
    """Return the SKUs that a shop sells to customers now, by row id. What it does not sell is left out."""
    if not sku_ids or shop.state != "open":
        return {}
    marks = ", ".join("?" * len(sku_ids))
    found = {}
    for row, sku, product in joins.read_joined(
        {"w": ShopSku, "s": Sku, "p": Product},
        'FROM "shop_sku" AS "w" JOIN "sku" AS "s" ON "s"."id" = "w"."sku_id" '
        'JOIN "product" AS "p" ON "p"."id" = "s"."product_id" '
        'JOIN "shop_product" AS "x" ON "x"."shop_id" = "w"."shop_id" AND "x"."product_id" = "p"."id" '
        f'WHERE "w"."shop_id" = ? AND "w"."is_sold" AND "s"."state" = ? AND "w"."sku_id" IN ({marks})',
        (shop.id, "active", *sorted(sku_ids)),
    ):
        sku.product = product
        found[sku.id] = SoldSku(sku, product, row)
    return found


def _to_line(sold: SoldSku, wanted: WantedSku, codes: dict[int, tuple[str, ...]]) -> PlaceLine:
    prices = shop_goods.read_prices(sold.sku, sold.row)
    return PlaceLine(
        product=sold.product.code,
        name=sold.product.name,
        specification=" ".join(sold.sku.specification),
        picture=(sold.product.pictures or [""])[0],
        unit_price_fen=prices.price_fen,
        member_price_fen=prices.member_fen,
        quantity=wanted.quantity,
        categories=codes[sold.product.id],
        sku_id=sold.sku.id,
        flash_item_id=wanted.flash_item_id,
    )


def _list_codes(goods: Sequence[Product]) -> dict[int, tuple[str, ...]]:
    """Return the codes by which rules name each product: its category, those above it, and its groups."""
    by_id = {row.id: row for row in categories.list_all()}
    paths: dict[int, list[Category]] = {}
    for product in goods:
        path, row = [], by_id.get(product.category_id)
        while row is not None:
            path.append(row)
            row = by_id.get(row.parent_id)
        paths[product.id] = path
    groups = product_group_members.list_codes(
        goods, {one: [row.id for row in path] for one, path in paths.items()}
    )
    return {one: (*(row.code for row in path), *sorted(groups[one])) for one, path in paths.items()}
