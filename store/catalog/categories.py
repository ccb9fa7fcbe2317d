"""Categories of goods (商品分类) in up to three levels.

A category is never deleted: a retired one keeps its products, takes no new ones and is not shown to customers.
"""

import peewee

from store.core import clock, ids
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model

MAX_LEVEL = 3


class Category(Model):
    """`code` is the tenant's own number, `level` is 1 for a category without a parent."""

    public_id = peewee.CharField(max_length=40, unique=True, default=lambda: ids.public_id("cat_"))
    code = peewee.CharField(max_length=40, unique=True)
    name = peewee.CharField(max_length=30)
    parent = peewee.ForeignKeyField("self", null=True, backref="children")
    level = peewee.IntegerField(constraints=[peewee.Check("level BETWEEN 1 AND 3")])
    sort_order = peewee.IntegerField(default=0)
    source = peewee.CharField(max_length=30, default="")
    retired_at = UtcDateTimeField(null=True)
    created_at = UtcDateTimeField(default=clock.now)
