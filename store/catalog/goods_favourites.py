"""Favourites and footprints of goods (商品收藏、足迹): what a customer marks, and what they seen on a day."""

from datetime import date
from typing import Any

import peewee

from store.catalog.products import Product
from store.core import clock, errors, events, keyset
from store.core.database import db
from store.core.database.fields import DateField, UtcDateTimeField
from store.core.database.models import Model
from store.core.keyset import Position
from store.customers import customers
from store.customers.customers import Customer
from store.customers.merging import rules as merge_rules
from store.shops.shops import Shop
from store.tenants import business_days

MAX_FAVOURITES, MAX_FOOTPRINTS = 500, 200


class GoodsFavourite(Model):
    """A product that a customer marked in a shop."""

    customer = peewee.ForeignKeyField(Customer, index=False)
    product = peewee.ForeignKeyField(Product)
    shop = peewee.ForeignKeyField(Shop, index=False)
    added_at = UtcDateTimeField(default=clock.now)

    class Meta:
        indexes = ((("customer", "product"), True),)


class Footprint(Model):
    """A product that a customer viewed, one a day and product."""

    customer = peewee.ForeignKeyField(Customer, index=False)
    product = peewee.ForeignKeyField(Product, index=False)
    shop = peewee.ForeignKeyField(Shop, index=False)
    day = DateField()
    seen_at = UtcDateTimeField(default=clock.now)

    class Meta:
        indexes = ((("customer", "product", "day"), True), (("product", "day"), False))


merge_rules.register_rule(GoodsFavourite.customer, merge_rules.move_or_drop_duplicates("product"))
merge_rules.register_rule(Footprint.customer, merge_rules.move_or_drop_duplicates("product", "day"))


@db.transactional
def add(*, customer: Customer, product: Product, shop: Shop) -> GoodsFavourite:
    """Add a favourite product. Idempotent. Raises DomainError(too_many_favourites, unauthorized)."""
    owner = customers.lock_unless_erased(customer)
    found = GoodsFavourite.find(customer=owner.id, product=product.id)
    if found is not None:
        return found
    if GoodsFavourite.select().where(GoodsFavourite.customer == owner.id).count() >= MAX_FAVOURITES:
        raise errors.DomainError("too_many_favourites", f"最多收藏 {MAX_FAVOURITES} 个商品", 409)
    events.record("favourites.goods_added", customer_id=owner.id, shop_id=shop.id, product=product.code)
    return GoodsFavourite.create(customer=owner, product=product, shop=shop)


@db.transactional
def remove(*, customer: Customer, product: Product) -> bool:
    """Remove a favourite product and return whether there was one. Idempotent."""
    owner = customers.lock(customer.id)
    mine = (GoodsFavourite.customer == owner.id) & (GoodsFavourite.product == product.id)
    return bool(GoodsFavourite.delete().where(mine).execute())


def list_favourites(
    customer: Customer, *, page: int = 1, page_size: int = 20, after: Position | None = None
) -> tuple[list[GoodsFavourite], int]:
    """Return one page of a customer's favourite goods, the latest first, and the total."""
    query = GoodsFavourite.select().where(GoodsFavourite.customer == customers.survivor(customer).id)
    keys: keyset.Keys = ((GoodsFavourite.id, True),)
    return keyset.select_page(query, keys, page=page, page_size=page_size, after=after), query.count()


def is_favourite(customer: Customer, product: Product) -> bool:
    """Return whether a customer marked a product."""
    return GoodsFavourite.find(customer=customers.survivor(customer).id, product=product.id) is not None


@db.transactional
def record_view(*, customer: Customer, product: Product, shop: Shop) -> None:
    """Record that a customer viewed a product today. Idempotent a day. The oldest footprints go."""
    owner, today = customers.survivor(customer), business_days.today()
    if Footprint.find(customer=owner.id, product=product.id, day=today) is not None:
        return
    Footprint.insert(
        customer=owner.id, product=product.id, shop=shop.id, day=today
    ).on_conflict_ignore().execute()
    old = Footprint.select(Footprint.id).where(Footprint.customer == owner.id).order_by(Footprint.id.desc())
    too_old = [row.id for row in old.offset(MAX_FOOTPRINTS)]
    if too_old:
        Footprint.delete().where(Footprint.id << too_old).execute()


def list_footprints(
    customer: Customer, *, page: int = 1, page_size: int = 20, after: Position | None = None
) -> tuple[list[Footprint], int]:
    """Return one page of what a customer viewed, the latest first, and the total."""
    query = Footprint.select().where(Footprint.customer == customers.survivor(customer).id)
    keys: keyset.Keys = ((Footprint.id, True),)
    return keyset.select_page(query, keys, page=page, page_size=page_size, after=after), query.count()


@db.transactional
def clear_footprints(*, customer: Customer) -> int:
    """Remove all footprints of a customer and return their number. Idempotent."""
    owner = customers.lock(customer.id)
    return int(Footprint.delete().where(Footprint.customer == owner.id).execute())


def count_views(first_day: date, last_day: date) -> dict[int, int]:
    """Return how many customers viewed each product in these days, by its row id."""
    days = (Footprint.day >= first_day) & (Footprint.day <= last_day)
    rows: Any = Footprint.select(Footprint.product, peewee.fn.COUNT(Footprint.id)).where(days)
    found: dict[int, int] = dict(rows.group_by(Footprint.product).tuples())
    return found
