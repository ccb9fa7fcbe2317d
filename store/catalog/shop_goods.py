"""Goods of a shop (门店商品): the SKUs that a shop has taken over, with its own price and rack position."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import peewee

from store.catalog.categories import Category
from store.catalog.fields import ShopSkuFields
from store.catalog.products import Product
from store.catalog.skus import Sku
from store.core import clock, errors
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.core.validation import validate
from store.shops.shops import Shop
from store.tenants import audit

MAX_BATCH = 500
_SHOWN = frozenset({"price_fen", "is_sold"})  # what decides the list that customers see


class ShopSku(Model):
    """A SKU in a shop. Without an own price the list and member prices of the SKU hold.

    `rack_area` (区) and `rack_number` (架) lead shoppers to it. `sold` are the units that the shop has sold less
    returns, as `store/stock/sold_counts.py` last counted them.
    """

    shop = peewee.ForeignKeyField(Shop, index=False)
    sku = peewee.ForeignKeyField(Sku, backref="shop_skus")
    price_fen = peewee.BigIntegerField(
        null=True, constraints=[peewee.Check("price_fen IS NULL OR price_fen >= 0")]
    )
    rack_area = peewee.CharField(max_length=20, default="")
    rack_number = peewee.CharField(max_length=20, default="")
    is_sold = peewee.BooleanField(default=True)
    sold = peewee.BigIntegerField(default=0)
    created_at = UtcDateTimeField(default=clock.now)
    changed_at = UtcDateTimeField(default=clock.now)

    class Meta:
        indexes = ((("shop", "sku"), True),)


class ShopProduct(Model):
    """A product that customers of a shop see, with its lowest price there: computed from the other tables.

    It exists while the product is published and the shop sells one of its SKUs. Lists read it in the order of an
    index instead of computing the prices of all goods.
    """

    shop = peewee.ForeignKeyField(Shop, index=False)
    product = peewee.ForeignKeyField(Product)
    category = peewee.ForeignKeyField(Category, index=False)
    lowest_fen = peewee.BigIntegerField()
    sold = peewee.BigIntegerField(default=0)
    published_at = UtcDateTimeField()

    class Meta:
        indexes = (
            (("shop", "product"), True),
            (("shop", "published_at", "product"), False),
            (("shop", "lowest_fen", "product"), False),
            (("shop", "sold", "product"), False),
            (("shop", "category"), False),
        )


class Prices(NamedTuple):
    """What a SKU costs in a shop, in fen. `member_fen` is None where members pay the same."""

    list_fen: int
    price_fen: int
    member_fen: int | None


@db.transactional
def take_over(shop: Shop, products: Sequence[Product]) -> int:
    """Let a shop sell the SKUs of products at headquarters' prices, and return how many are new. Idempotent.

    Rows that are there stay as they are. Raises DomainError(invalid) for too many.
    """
    if len(products) > MAX_BATCH:
        raise errors.invalid("ids", f"每次最多 {MAX_BATCH} 个商品")
    db.advisory_lock(f"catalog.take_over.{shop.id}")
    ids = lock_products([product.id for product in products])
    held = ShopSku.select(ShopSku.sku).where(ShopSku.shop == shop.id)
    wanted = Sku.product.in_(ids) & (Sku.state == "active") & Sku.id.not_in(held)
    missing = [sku.id for sku in Sku.select(Sku.id).where(wanted).order_by(Sku.id)]
    ShopSku.create_many([{"shop": shop.id, "sku": sku_id} for sku_id in missing])
    if missing:
        renew_shop_products(ids, shop_id=shop.id)
        codes = [product.code for product in products]
        audit.record(
            "shop_goods.take_over", f"shop:{shop.code}", after={"products": codes, "skus": len(missing)}
        )
    return len(missing)


@db.transactional
def change(shop: Shop, sku: Sku, **values: Any) -> ShopSku:
    """Set how a shop sells a SKU: price, rack position, whether it is sold. What is left out stays. Idempotent.

    Raises DomainError(invalid, not_found).
    """
    lock_products([sku.product_id])
    row = db.lock(ShopSku.select().where((ShopSku.shop == shop.id) & (ShopSku.sku == sku.id))).first()
    if row is None:
        raise errors.not_found("该门店商品")
    before = {name: getattr(row, name) for name in ShopSkuFields.model_fields}
    after = validate(ShopSkuFields, {**before, **values}).model_dump()
    changed = {name: value for name, value in after.items() if value != before[name]}
    if changed:
        row.update_fields(**changed, changed_at=clock.now())
        if changed.keys() & _SHOWN:
            renew_shop_products([sku.product_id], shop_id=shop.id)
        old = {name: before[name] for name in changed}
        audit.record("shop_goods.change", f"shop:{shop.code}:sku:{sku.code}", before=old, after=changed)
    return row


@db.transactional
def save_sold(shop_id: int, sold: Mapping[int, int]) -> None:
    """Store how many units of SKUs a shop has sold, by row id of the SKU. Idempotent.

    A SKU that the shop has not taken over is left out.
    """
    product_ids = {sku.product_id for sku in Sku.by_ids(sorted(sold))}
    lock_products(product_ids)
    for sku_id, units in sorted(sold.items()):
        mine = (ShopSku.shop == shop_id) & (ShopSku.sku == sku_id)
        ShopSku.update(sold=units).where(mine).execute()
    renew_shop_products(product_ids, shop_id=shop_id)


def lock_products(product_ids: Collection[int]) -> list[int]:
    """Lock products, which protects what is computed from them, and return their ids. Requires a transaction."""
    query = Product.select(Product.id).where(Product.id << sorted(product_ids)).order_by(Product.id)
    return [product.id for product in db.lock(query)]


def renew_shop_products(product_ids: Collection[int], *, shop_id: int | None = None) -> None:
    """Compute anew what customers see of products, in one shop or in all.

    Requires a transaction and the locks of the products.
    """
    chosen = ShopProduct.product << sorted(product_ids)
    ShopProduct.delete().where(
        chosen if shop_id is None else chosen & (ShopProduct.shop == shop_id)
    ).execute()
    price = peewee.fn.COALESCE(ShopSku.price_fen, Sku.list_price_fen)
    columns = (
        ShopSku.shop, Product.id, Product.category, peewee.fn.MIN(price), peewee.fn.SUM(ShopSku.sold),
        Product.published_at,
    )  # fmt: skip
    sold = ShopSku.is_sold & (Sku.state == "active") & (Product.state == "published")
    query = ShopSku.select(*columns).join(Sku).join(Product).where(sold & (Product.id << sorted(product_ids)))
    query = query.where(Product.category.is_null(False))
    if shop_id is not None:
        query = query.where(ShopSku.shop == shop_id)
    query = query.group_by(ShopSku.shop, Product.id, Product.category, Product.published_at)
    fields = [
        ShopProduct.shop, ShopProduct.product, ShopProduct.category, ShopProduct.lowest_fen,
        ShopProduct.sold, ShopProduct.published_at,
    ]  # fmt: skip
    ShopProduct.insert_from(query, fields).execute()


def find_shown_ids(shop: Shop, product_ids: Collection[int]) -> set[int]:
    """Return which of these products customers see in a shop."""
    if not product_ids:
        return set()
    marks = ", ".join("?" * len(product_ids))
    rows = ShopProduct.find_where(f"shop_id = ? AND product_id IN ({marks})", shop.id, *sorted(product_ids))
    return {row.product_id for row in rows}


def find_of_shop(shop: Shop, sku_ids: Collection[int]) -> dict[int, ShopSku]:
    """Return the rows of a shop by the row id of the SKU."""
    if not sku_ids:
        return {}
    marks = ", ".join("?" * len(sku_ids))
    rows = ShopSku.find_where(f"shop_id = ? AND sku_id IN ({marks})", shop.id, *sorted(sku_ids))
    return {row.sku_id: row for row in rows}


def list_of_skus(sku_ids: Collection[int], shop_ids: frozenset[int] | None = None) -> list[ShopSku]:
    """Return the rows of SKUs in all shops, or in those given, with their shops."""
    query = ShopSku.select(ShopSku, Shop).join(Shop).where(ShopSku.sku << sorted(sku_ids))
    if shop_ids is not None:
        query = query.where(ShopSku.shop << sorted(shop_ids))
    return list(query.order_by(Shop.code, ShopSku.sku))


def read_prices(sku: Sku, row: ShopSku | None) -> Prices:
    """Return the prices of a SKU in a shop. The member price holds only where it is lower than the shop's own."""
    price = sku.list_price_fen if row is None or row.price_fen is None else row.price_fen
    member = sku.member_price_fen
    return Prices(sku.list_price_fen, price, member if member is not None and member < price else None)


def describe_rack(row: ShopSku) -> str:
    """Return the rack position for shoppers, such as `A 区 3 架`, empty without one."""
    return " ".join(
        f"{name} {what}" for name, what in ((row.rack_area, "区"), (row.rack_number, "架")) if name
    )
