"""Arrival notices (到货提醒): customers who wait for goods that a shop has sold out. Each gets one message."""

import peewee

from store.catalog.skus import Sku
from store.core import clock, errors, events
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.customers import customers
from store.customers.customers import Customer
from store.customers.merging import rules as merge_rules
from store.shops.shops import Shop
from store.stock import levels
from store.stock.levels import StockLevel

MAX_NOTICES = 100


class ArrivalNotice(Model):
    """A customer who waits for the SKU of a level."""

    customer = peewee.ForeignKeyField(Customer, index=False)
    level = peewee.ForeignKeyField(StockLevel)
    asked_at = UtcDateTimeField(default=clock.now)

    class Meta:
        indexes = ((("customer", "level"), True),)


merge_rules.register_rule(ArrivalNotice.customer, merge_rules.move_or_drop_duplicates("level"))


@db.transactional
def add(*, customer: Customer, shop: Shop, sku: Sku) -> ArrivalNotice:
    """Add a notice. Idempotent. Raises DomainError(in_stock, too_many_notices, unauthorized)."""
    owner = customers.lock_unless_erased(customer)
    level = levels.lock_or_create(shop=shop, sku=sku)
    found = ArrivalNotice.find(customer=owner.id, level=level.id)
    if found is not None:
        return found
    if level.available > 0:
        raise errors.DomainError("in_stock", "该商品有货，可以直接购买", 409)
    if ArrivalNotice.select().where(ArrivalNotice.customer == owner.id).count() >= MAX_NOTICES:
        raise errors.DomainError("too_many_notices", f"最多设置 {MAX_NOTICES} 个到货提醒", 409)
    return ArrivalNotice.create(customer=owner, level=level)


@db.transactional
def remove(*, customer: Customer, shop: Shop, sku: Sku) -> bool:
    """Remove a notice and return whether there was one. Idempotent."""
    owner = customers.lock(customer.id)
    level = StockLevel.find(shop=shop.id, sku=sku.id)
    if level is None:
        return False
    mine = (ArrivalNotice.customer == owner.id) & (ArrivalNotice.level == level.id)
    return bool(ArrivalNotice.delete().where(mine).execute())


def end_of_level(level_id: int) -> None:
    """End the notices of a level that has units again, with an event for each. Requires a transaction."""
    rows = ArrivalNotice.find_all(level=level_id)
    if not rows:
        return
    level = StockLevel.get_by_id(level_id)
    facts = [
        {
            "customer_id": row.customer_id, "shop_id": level.shop_id,
            "properties": {"sku_id": level.sku_id, "name": level.sku.full_name},
        }
        for row in rows
    ]  # fmt: skip
    events.record_many("stock.arrived", facts)
    ArrivalNotice.delete().where(ArrivalNotice.id << [row.id for row in rows]).execute()
