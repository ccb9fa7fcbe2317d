"""A favourite (收藏): a shop that a customer keeps at hand."""

import peewee

from store.kernel import clock, db, events, refusals
from store.kernel.fields import Moment
from store.kernel.records import Record
from store.people import customers, merges
from store.people.customers import Customer
from store.shop.shops import Shop

MOST = 500


class Favourite(Record):
    """`kind` says what `target_id` is a row of; so far only shops."""

    customer = peewee.ForeignKeyField(Customer, on_delete="CASCADE")
    kind = peewee.CharField(max_length=20, default="shop", constraints=[peewee.Check("kind IN ('shop')")])
    target_id = peewee.BigIntegerField()
    at = Moment(default=clock.now)

    class Meta:
        indexes = ((("customer", "kind", "target_id"), True), (("customer", "kind", "at"), False))


merges.carries(Favourite.customer, merges.moved_unless_there("kind", "target_id"))


@db.verb
def add(*, customer: Customer, shop: Shop) -> Favourite:
    """Keep a shop; kept already, it stays as it is. Raises Refused: shop_closed, too_many_favourites, unauthorized."""
    owner = customers.locked_as_read(customer)
    found = _of(owner).where(Favourite.target_id == shop.id).first()
    if found is not None:
        return found
    if shop.state == "closed":
        raise refusals.Refused("shop_closed", "门店已关店，不能收藏", 409)
    if _of(owner).count() >= MOST:
        raise refusals.Refused("too_many_favourites", f"最多收藏 {MOST} 家门店", 409)
    events.record("favourites.added", customer_id=owner.id, shop_id=shop.id)
    return Favourite.create(customer=owner, target_id=shop.id)


@db.verb
def remove(*, customer: Customer, shop: Shop) -> bool:
    """Let a shop go; returns whether it was kept."""
    owner = customers.locked(customer.id)
    mine = (Favourite.customer == owner) & (Favourite.kind == "shop") & (Favourite.target_id == shop.id)
    if not Favourite.delete().where(mine).execute():
        return False
    events.record("favourites.removed", customer_id=owner.id, shop_id=shop.id)
    return True


def listing(customer: Customer, *, page: int = 1, page_size: int = 20) -> tuple[list[Shop], int]:
    """One page of the customer's shops, kept last first, and how many there are; closed ones are left out."""
    living = (Favourite.target_id == Shop.id) & (Shop.state != "closed")
    mine = (Favourite.customer == customers.survivor(customer)) & (Favourite.kind == "shop")
    query = Shop.select().join(Favourite, on=living).where(mine)
    page, page_size = max(page, 1), min(max(page_size, 1), 100)
    ordered = query.order_by(Favourite.at.desc(), Favourite.id.desc())
    return list(ordered.paginate(page, page_size)), query.count()


def among(customer: Customer, shops: list[Shop]) -> set[int]:
    """The ids of those of `shops` that the customer keeps: for the hearts in a list."""
    mine = _of(customers.survivor(customer)).where(Favourite.target_id.in_([shop.id for shop in shops]))
    return {favourite.target_id for favourite in mine} if shops else set()


def _of(customer: Customer) -> "peewee.ModelSelect[Favourite]":
    return Favourite.select().where((Favourite.customer == customer) & (Favourite.kind == "shop"))
