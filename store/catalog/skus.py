"""SKUs (规格): the variants of a product that are sold, each with its bar code and prices."""

import peewee

from store.catalog.products import Product
from store.core import clock, ids
from store.core.database.fields import JsonField, UtcDateTimeField
from store.core.database.models import Model


class Sku(Model):
    """`specification` has one value for each of the product's `specifications`, such as `["500g", "红色"]`.

    A retired SKU is not sold; it stays because orders and stock refer to it.
    """

    public_id = peewee.CharField(max_length=40, unique=True, default=lambda: ids.public_id("sku_"))
    product = peewee.ForeignKeyField(Product, backref="skus", index=False)
    code = peewee.CharField(max_length=40, unique=True)
    barcode = peewee.CharField(max_length=14, null=True, unique=True)
    specification = JsonField(default=list)
    list_price_fen = peewee.BigIntegerField(constraints=[peewee.Check("list_price_fen >= 0")])
    member_price_fen = peewee.BigIntegerField(null=True)
    sort_order = peewee.IntegerField(default=0)
    state = peewee.CharField(
        max_length=10, default="active", constraints=[peewee.Check("state IN ('active', 'retired')")]
    )
    created_at = UtcDateTimeField(default=clock.now)

    class Meta:
        constraints = [
            peewee.Check("member_price_fen IS NULL OR member_price_fen BETWEEN 0 AND list_price_fen")
        ]
        indexes = ((("product", "specification"), True),)
