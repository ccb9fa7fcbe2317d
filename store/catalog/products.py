"""Products (商品): what customers read about goods, with the states draft, published, unpublished and deleted.

A deleted product stays because orders and stock refer to it.
Prices and bar codes belong to the SKUs of a product, `store/catalog/skus.py`.
"""

from collections.abc import Collection

import peewee

from store.catalog.categories import Category
from store.core import clock, errors, ids
from store.core.database import db
from store.core.database.fields import JsonField, UtcDateTimeField
from store.core.database.models import Model

STATE_LABELS = {"draft": "草稿", "published": "已上架", "unpublished": "已下架", "deleted": "已删除"}


class Product(Model):
    """`specifications` names what its SKUs differ in. What a search looks through is in `store/catalog/search.py`."""

    public_id = peewee.CharField(max_length=40, unique=True, default=lambda: ids.public_id("prd_"))
    code = peewee.CharField(max_length=40, unique=True)
    name = peewee.CharField(max_length=100)
    category = peewee.ForeignKeyField(Category, null=True, backref="products")
    brand = peewee.CharField(max_length=60, default="", index=True)
    unit = peewee.CharField(max_length=10, default="")
    origin = peewee.CharField(max_length=60, default="")
    source = peewee.CharField(max_length=30, default="")
    keywords = peewee.CharField(max_length=200, default="")
    pictures = JsonField(default=list)
    is_hot = peewee.BooleanField(default=False)
    tags = JsonField(default=list)
    parameters = JsonField(default=list)
    specifications = JsonField(default=list)
    state = peewee.CharField(
        max_length=15, default="draft",
        constraints=[peewee.Check(f"state IN {tuple(STATE_LABELS)}")],
    )  # fmt: skip
    created_at = UtcDateTimeField(default=clock.now, index=True)
    changed_at = UtcDateTimeField(default=clock.now)
    published_at = UtcDateTimeField(null=True)
    description = peewee.TextField(default="")

    class Meta:
        indexes = ((("state", "published_at"), False),)


def get_by_public_id(public_id: str) -> Product:
    """Return the product of a public id in any state. Raises DomainError(not_found)."""
    return _get_or_raise(Product.find(public_id=public_id))


def find_by_code(code: str) -> Product | None:
    """Return the product of the tenant's own number, or None."""
    return Product.find(code=code)


def get_by_public_ids(public_ids: Collection[str]) -> list[Product]:
    """Return the products of public ids by code. Raises DomainError(not_found) if one is unknown."""
    wanted = sorted(set(public_ids))
    found = list(Product.select().where(Product.public_id << wanted).order_by(Product.code))
    if len(found) != len(wanted):
        raise errors.not_found("该商品")
    return found


def find_by_codes(codes: Collection[str]) -> dict[str, Product]:
    """Return the products of codes by code, without those unknown."""
    query = Product.select().where(Product.code << sorted(set(codes))).order_by(Product.id)
    return {product.code: product for product in query}


def lock(product: Product) -> Product:
    """Lock the row of a product and return it as it is now. Requires a transaction."""
    return _get_or_raise(db.lock(Product.select().where(Product.id == product.id)).first())


def lock_by_codes(codes: Collection[str]) -> dict[str, Product]:
    """Lock the products of codes and return them by code, without those unknown. Requires a transaction."""
    query = Product.select().where(Product.code << sorted(codes)).order_by(Product.id)
    return {product.code: product for product in db.lock(query)}


def _get_or_raise(product: Product | None) -> Product:
    if product is None:
        raise errors.not_found("该商品")
    return product
