"""Time slots (时段) of pickups and deliveries: made from the opening hours of a shop, each with a capacity."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import peewee

from store.core import clock, errors
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.delivery import rules
from store.shops import hours
from store.shops.shops import Shop
from store.tenants import business_days


@dataclass(frozen=True)
class Slot:
    """A time slot with the number of orders that it can still take."""

    starts_at: datetime
    ends_at: datetime
    left: int


class SlotHold(Model):
    """The place of an order in a slot of a shop."""

    shop = peewee.ForeignKeyField(Shop, index=False)
    kind = peewee.CharField(max_length=10)
    starts_at = UtcDateTimeField()
    order_number = peewee.CharField(max_length=64, unique=True)

    class Meta:
        indexes = ((("shop", "kind", "starts_at"), False),)


def list_slots(shop: Shop, kind: str, *, now: datetime | None = None) -> list[Slot]:
    """Return the slots of a shop from the lead time on, also the full ones."""
    moment = now or clock.now()
    rule = rules.get(shop)
    first = moment + timedelta(minutes=rule.lead_minutes)
    today = business_days.day_of(moment)
    length = timedelta(minutes=rule.slot_minutes)
    found = [
        starts_at
        for offset in range(rule.days_ahead + 1)
        for starts_at in _starts_of_day(shop, today + timedelta(days=offset), length)
        if starts_at >= first
    ]
    taken = _count_holds(shop, kind, found)
    return [Slot(at, at + length, max(rule.slot_capacity - taken[at], 0)) for at in found]


@db.transactional
def hold(*, shop: Shop, kind: str, starts_at: datetime, order_number: str) -> Slot:
    """Hold a place in a slot for an order, never more than its capacity. Idempotent by order number.

    Raises DomainError(slot_gone, slot_full).
    """
    db.advisory_lock(f"delivery.slot.{shop.id}.{kind}")
    slot = next((one for one in list_slots(shop, kind) if one.starts_at == starts_at), None)
    before = SlotHold.find(order_number=order_number)
    if before is not None and slot is not None and before.starts_at == starts_at:
        return slot
    if slot is None:
        raise errors.DomainError("slot_gone", "该时段已不可选，请重新选择", 409)
    if not slot.left:
        raise errors.DomainError("slot_full", "该时段已约满，请选择其他时段", 409)
    SlotHold.create(shop=shop, kind=kind, starts_at=starts_at, order_number=order_number)
    return slot


@db.transactional
def release(order_number: str) -> bool:
    """Give the place of an order up and return whether it had one. Idempotent."""
    return bool(SlotHold.delete().where(SlotHold.order_number == order_number).execute())


def _starts_of_day(shop: Shop, day: date, length: timedelta) -> Iterator[datetime]:
    """Yield the beginnings of the slots of a day, in the hours in which the shop is open."""
    start, end = business_days.start_of(day), business_days.end_of(day)
    at = start
    while at < end:
        local = business_days.to_local(at)
        last_minute = business_days.to_local(at + length - timedelta(minutes=1))
        if hours.is_open(shop.hours, shop.holidays, local) and hours.is_open(
            shop.hours, shop.holidays, last_minute
        ):
            yield at
        at += length


def _count_holds(shop: Shop, kind: str, starts: list[datetime]) -> Counter[datetime]:
    if not starts:
        return Counter()
    rows = SlotHold.select().where(
        (SlotHold.shop == shop.id) & (SlotHold.kind == kind) & (SlotHold.starts_at >= min(starts))
    )
    return Counter(row.starts_at for row in rows)
