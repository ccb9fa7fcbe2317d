"""Favourites (收藏): shops that a customer marks."""

import peewee

from store.core import clock, errors, events, keyset
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.core.keyset import Position
from store.customers import customers
from store.customers.customers import Customer
from store.customers.merging import rules as merge_rules
from store.shops.shops import Shop

MAX_FAVOURITES = 500


class Favourite(Model):
    """`kind` says which table `target_id` refers to; so far only shops."""

    customer = peewee.ForeignKeyField(Customer, on_delete="CASCADE")
    kind = peewee.CharField(max_length=20, default="shop", constraints=[peewee.Check("kind IN ('shop')")])
    target_id = peewee.BigIntegerField()
    added_at = UtcDateTimeField(default=clock.now)

    class Meta:
        indexes = ((("customer", "kind", "target_id"), True), (("customer", "kind", "added_at"), False))


merge_rules.register_rule(Favourite.customer, merge_rules.move_or_drop_duplicates("kind", "target_id"))


@db.transactional
def add(*, customer: Customer, shop: Shop) -> Favourite:
    """Add a favourite shop. Idempotent. Raises DomainError(shop_closed, too_many_favourites, unauthorized)."""
    owner = customers.lock_unless_erased(customer)
    found = _select_for_customer(owner).where(Favourite.target_id == shop.id).first()
    if found is not None:
        return found
    if shop.state == "closed":
        raise errors.DomainError("shop_closed", "门店已关店，不能收藏", 409)
    if _select_for_customer(owner).count() >= MAX_FAVOURITES:
        raise errors.DomainError("too_many_favourites", f"最多收藏 {MAX_FAVOURITES} 家门店", 409)
    events.record("favourites.added", customer_id=owner.id, shop_id=shop.id)
    return Favourite.create(customer=owner, target_id=shop.id)


@db.transactional
def remove(*, customer: Customer, shop: Shop) -> bool:
    """Remove a favourite and return whether there was one. Idempotent."""
    owner = customers.lock(customer.id)
    mine = (Favourite.customer == owner) & (Favourite.kind == "shop") & (Favourite.target_id == shop.id)
    if not Favourite.delete().where(mine).execute():
        return False
    events.record("favourites.removed", customer_id=owner.id, shop_id=shop.id)
    return True


def list_favourites(
    customer: Customer, *, page: int = 1, page_size: int = 20, after: Position | None = None
) -> tuple[list[Shop], int]:
    """Return one page of the customer's favourite shops, or what comes after a position, and the total.

    The latest come first. The favourite of a shop is its attribute `favourite`.
    """
    not_closed = (Favourite.target_id == Shop.id) & (Shop.state != "closed")
    mine = (Favourite.customer == customers.survivor(customer)) & (Favourite.kind == "shop")
    query = Shop.select(Shop, Favourite).join(Favourite, on=not_closed, attr="favourite").where(mine)
    keys = ((Favourite.added_at, True), (Favourite.id, True))
    return keyset.select_page(query, keys, page=page, page_size=page_size, after=after), query.count()


def get_position(shop: Shop) -> Position:
    """Return the position of a listed favourite shop."""
    return (shop.favourite.added_at, shop.favourite.id)


def filter_favourites(customer: Customer, shops: list[Shop]) -> set[int]:
    """Return the ids of those shops that are favourites of the customer."""
    mine = _select_for_customer(customers.survivor(customer)).where(
        Favourite.target_id.in_([shop.id for shop in shops])
    )
    return {favourite.target_id for favourite in mine} if shops else set()


def _select_for_customer(customer: Customer) -> "peewee.ModelSelect[Favourite]":
    return Favourite.select().where((Favourite.customer == customer) & (Favourite.kind == "shop"))
