"""Goods of a shop (门店商品): the SKUs that a shop has taken over, with its own price and shelf position."""

import peewee

from store.catalog.skus import Sku
from store.core import clock
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.shops.shops import Shop


class ShopSku(Model):
    """A SKU in a shop. Without an own price the list and member prices of the SKU hold.

    `shelf_area` (区) and `shelf_rack` (架) tell shoppers where it stands.
    """

    shop = peewee.ForeignKeyField(Shop, index=False)
    sku = peewee.ForeignKeyField(Sku, backref="shop_skus")
    price_fen = peewee.BigIntegerField(
        null=True, constraints=[peewee.Check("price_fen IS NULL OR price_fen >= 0")]
    )
    shelf_area = peewee.CharField(max_length=20, default="")
    shelf_rack = peewee.CharField(max_length=20, default="")
    is_sold = peewee.BooleanField(default=True)
    created_at = UtcDateTimeField(default=clock.now)
    changed_at = UtcDateTimeField(default=clock.now)

    class Meta:
        indexes = ((("shop", "sku"), True),)
