"""Products (商品): what customers read about goods, with the states draft, published and unpublished.

Prices and bar codes belong to the SKUs of a product, `store/catalog/skus.py`.
"""

import peewee

from store.catalog.categories import Category
from store.core import clock, ids
from store.core.database.fields import JsonField, UtcDateTimeField
from store.core.database.models import Model

STATE_LABELS = {"draft": "草稿", "published": "已上架", "unpublished": "已下架"}


class Product(Model):
    """`specifications` names what its SKUs differ in; `search_text` is what a search looks through."""

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
    description = peewee.TextField(default="")
    specifications = JsonField(default=list)
    search_text = peewee.TextField(default="")
    state = peewee.CharField(
        max_length=15, default="draft",
        constraints=[peewee.Check("state IN ('draft', 'published', 'unpublished')")],
    )  # fmt: skip
    created_at = UtcDateTimeField(default=clock.now, index=True)
    changed_at = UtcDateTimeField(default=clock.now)
    published_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("state", "published_at"), False),)
