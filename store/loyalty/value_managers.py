"""A store manager's phone (店长手机): where the code goes when a member cannot receive one."""

import peewee

from store.company import audit
from store.kernel import actors, clock, db, refusals
from store.kernel.fields import Encrypted, Moment
from store.kernel.records import Record
from store.people import phones


class ValueManager(Record):
    """Who answered for a shop, and how long; `phone_index` tells whether a phone is the one already there."""

    shop_id = peewee.BigIntegerField()
    phone = Encrypted()
    phone_index = peewee.CharField(max_length=64)
    appointed_by = peewee.CharField(max_length=100)
    appointed_at = Moment(default=clock.now)
    ended_at = Moment(null=True)


ValueManager.add_index(
    ValueManager.index(ValueManager.shop_id, unique=True, name="value_manager_of_shop").where(
        peewee.SQL("ended_at IS NULL")
    )
)


@db.verb
def appoint(*, shop_id: int, phone: str) -> ValueManager:
    """Let a phone answer for a shop, in place of the one before; appointed twice it stays."""
    number = phones.normal(phone)
    db.queue_for(f"value-manager:{shop_id}")
    before = ValueManager.find(shop_id=shop_id, ended_at=None)
    if before is not None and before.phone_index == phones.index(number):
        return before
    if before is not None:
        before.put(ended_at=clock.now())
    audit.record("value_managers.appoint", f"shop:{shop_id}")
    return ValueManager.create(
        shop_id=shop_id, phone=number, phone_index=phones.index(number), appointed_by=actors.current().name
    )


@db.verb
def dismiss(*, shop_id: int) -> None:
    """Let nobody answer for a shop; dismissed twice nothing changes."""
    db.queue_for(f"value-manager:{shop_id}")
    before = ValueManager.find(shop_id=shop_id, ended_at=None)
    if before is not None:
        before.put(ended_at=clock.now())
        audit.record("value_managers.dismiss", f"shop:{shop_id}")


def of(shop_id: int) -> ValueManager:
    """Who answers for a shop now; raises Refused(no_manager)."""
    found = ValueManager.find(shop_id=shop_id, ended_at=None)
    if found is None:
        raise refusals.Refused("no_manager", "该门店未设置店长手机", 409)
    return found


def listing() -> list[ValueManager]:
    """Who answers now, by shop."""
    return list(ValueManager.select().where(ValueManager.ended_at.is_null()).order_by(ValueManager.shop_id))
