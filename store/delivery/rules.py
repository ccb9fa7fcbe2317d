"""Delivery rules (配送设置): which ways a shop offers, and its zones by distance with fee and minimum."""

from collections.abc import Sequence
from typing import Annotated, Any, Self

import peewee
from pydantic import BaseModel, ConfigDict, Field, model_validator

from store.core import clock, errors
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.core.validation import validate
from store.shops.shops import Shop
from store.tenants import audit

MAX_ZONES = 20
KIND_LABELS = {"pickup": "自提", "delivery": "配送", "dine_in": "堂食", "takeaway": "外带"}
Fen = Annotated[int, Field(strict=True, ge=0, le=100_000_00)]


class ZoneFields(BaseModel):
    """A zone reaches from the end of the one before up to `up_to_metres`."""

    model_config = ConfigDict(extra="forbid")

    up_to_metres: Annotated[int, Field(strict=True, ge=100, le=100_000)]
    fee_fen: Fen = 0
    minimum_fen: Fen = 0
    free_from_fen: Fen | None = None


class DeliveryFields(BaseModel):
    """The switches of a shop, its time slots and its zones."""

    model_config = ConfigDict(extra="forbid")

    pickup_on: bool = True
    delivery_on: bool = False
    dine_in_on: bool = False
    takeaway_on: bool = False
    cash_on_delivery_on: bool = False
    lead_minutes: Annotated[int, Field(strict=True, ge=0, le=2_880)] = 30
    slot_minutes: Annotated[int, Field(strict=True, ge=15, le=480)] = 60
    slot_capacity: Annotated[int, Field(strict=True, ge=1, le=10_000)] = 20
    days_ahead: Annotated[int, Field(strict=True, ge=0, le=14)] = 2
    zones: Annotated[list[ZoneFields], Field(max_length=MAX_ZONES)] = []

    @model_validator(mode="after")
    def check(self) -> Self:
        reached = [zone.up_to_metres for zone in self.zones]
        if len(set(reached)) < len(reached):
            raise ValueError("两个配送范围的距离相同")
        if self.delivery_on and not self.zones:
            raise ValueError("开通配送前请设置配送范围")
        return self


class DeliveryRule(Model):
    """The rules of a shop. One without a row offers pickup only."""

    shop = peewee.ForeignKeyField(Shop, unique=True)
    pickup_on = peewee.BooleanField(default=True)
    delivery_on = peewee.BooleanField(default=False)
    dine_in_on = peewee.BooleanField(default=False)
    takeaway_on = peewee.BooleanField(default=False)
    cash_on_delivery_on = peewee.BooleanField(default=False)
    lead_minutes = peewee.IntegerField(default=30)
    slot_minutes = peewee.IntegerField(default=60)
    slot_capacity = peewee.IntegerField(default=20)
    days_ahead = peewee.IntegerField(default=2)
    changed_at = UtcDateTimeField(default=clock.now)

    def is_offered(self, kind: str) -> bool:
        """Return whether the shop offers a way of fulfilment."""
        return bool(getattr(self, f"{kind}_on"))


class DeliveryZone(Model):
    """A zone of a shop; amounts in fen, distance in metres."""

    shop = peewee.ForeignKeyField(Shop, index=False)
    up_to_metres = peewee.IntegerField(constraints=[peewee.Check("up_to_metres > 0")])
    fee_fen = peewee.BigIntegerField(constraints=[peewee.Check("fee_fen >= 0")])
    minimum_fen = peewee.BigIntegerField(constraints=[peewee.Check("minimum_fen >= 0")])
    free_from_fen = peewee.BigIntegerField(null=True)

    class Meta:
        indexes = ((("shop", "up_to_metres"), True),)


@db.transactional
def save(shop: Shop, **values: Any) -> DeliveryRule:
    """Set the rules of a shop and keep what is left out. Idempotent. Raises DomainError(invalid)."""
    db.advisory_lock(f"delivery.{shop.id}")
    row, zones = get(shop), list_zones(shop)
    before = _dump(row, zones)
    after = validate(DeliveryFields, {**before, **values}).model_dump()
    after["zones"].sort(key=lambda zone: zone["up_to_metres"])
    if after == before and row.id is not None:
        return row
    columns = {name: value for name, value in after.items() if name != "zones"}
    if row.id is None:
        row = DeliveryRule.create(shop=shop, **columns)
    else:
        row.update_fields(**columns, changed_at=clock.now())
    DeliveryZone.delete().where(DeliveryZone.shop == shop.id).execute()
    DeliveryZone.create_many([{"shop": shop.id, **zone} for zone in after["zones"]])
    audit.record("delivery.save", f"shop:{shop.code}", before=before, after=after)
    return row


def get(shop: Shop) -> DeliveryRule:
    """Return the rules of a shop, those without a row if none were set."""
    return DeliveryRule.find(shop=shop.id) or DeliveryRule(shop=shop)


def list_zones(shop: Shop) -> list[DeliveryZone]:
    """Return the zones of a shop, the nearest first."""
    return sorted(DeliveryZone.find_all(shop=shop.id), key=lambda zone: zone.up_to_metres)


def ensure_offered(shop: Shop, kind: str) -> DeliveryRule:
    """Return the rules of a shop. Raises DomainError(way_not_offered) if it does not offer a way of fulfilment.

    The switches for pickup and delivery of the shop itself hold as well.
    """
    row = get(shop)
    if not row.is_offered(kind) or not getattr(shop, kind, True):
        raise errors.DomainError("way_not_offered", f"该门店暂不支持{KIND_LABELS[kind]}", 409, kind=kind)
    return row


def _dump(row: DeliveryRule, zones: Sequence[DeliveryZone]) -> dict[str, Any]:
    names = [name for name in DeliveryFields.model_fields if name != "zones"]
    listed = [{name: getattr(zone, name) for name in ZoneFields.model_fields} for zone in zones]
    return {**{name: getattr(row, name) for name in names}, "zones": listed}
