"""Services (预约服务): what can be booked in a shop, with its duration, its capacity and its form."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

import peewee
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from store.core import clock, errors, ids, input_limits
from store.core.database import db
from store.core.database.fields import JsonField, UtcDateTimeField
from store.core.database.models import Model
from store.core.validation import validate
from store.shops.shops import Shop
from store.tenants import audit

MAX_FIELDS = 10
MAX_SERVICES = 100  # of a shop
KIND_LABELS = {"text": "文字", "number": "数字", "choice": "单选"}
Line = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]*$")]
_Minutes = Annotated[int, Field(strict=True, ge=5, le=1_440)]


class FormField(BaseModel):
    """A question to the customer. `options` are the answers of a choice."""

    model_config = ConfigDict(extra="forbid")

    label: Annotated[Line, StringConstraints(min_length=1, max_length=20)]
    kind: Literal["text", "number", "choice"] = "text"
    is_required: bool = False
    options: Annotated[
        list[Annotated[Line, StringConstraints(min_length=1, max_length=20)]], Field(max_length=20)
    ] = []

    @model_validator(mode="after")
    def check(self) -> Self:
        if self.kind == "choice" and not self.options:
            raise ValueError(f"请填写“{self.label}”的选项")
        return self


class ServiceFields(BaseModel):
    """What staff set. Appointments begin every `step_minutes`; `daily_limit` is per customer and day, 0 is none."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[Line, StringConstraints(min_length=1, max_length=40)]
    description: Annotated[Line, StringConstraints(max_length=300)] = ""
    duration_minutes: _Minutes = 60
    step_minutes: _Minutes = 30
    capacity: Annotated[int, Field(strict=True, ge=1, le=1_000)] = 1
    needs_review: bool = False
    daily_limit: Annotated[int, Field(strict=True, ge=0, le=20)] = 1
    lead_minutes: Annotated[int, Field(strict=True, ge=0, le=10_080)] = 0
    form: Annotated[list[FormField], Field(max_length=MAX_FIELDS)] = []
    is_on: bool = True

    @model_validator(mode="after")
    def check(self) -> Self:
        labels = [field.label for field in self.form]
        if len(set(labels)) < len(labels):
            raise ValueError("两个表单项的名称相同")
        return self


class AppointmentService(Model):
    """A service of a shop. `capacity` is how many appointments it takes at one moment."""

    public_id = peewee.CharField(max_length=40, unique=True, default=lambda: ids.public_id("svc_"))
    shop = peewee.ForeignKeyField(Shop, backref="services")
    name = peewee.CharField(max_length=40)
    description = peewee.CharField(max_length=300, default="")
    duration_minutes = peewee.IntegerField(constraints=[peewee.Check("duration_minutes > 0")])
    step_minutes = peewee.IntegerField(constraints=[peewee.Check("step_minutes > 0")])
    capacity = peewee.IntegerField(constraints=[peewee.Check("capacity > 0")])
    needs_review = peewee.BooleanField(default=False)
    daily_limit = peewee.IntegerField(default=1)
    lead_minutes = peewee.IntegerField(default=0)
    form = JsonField(default=list)
    is_on = peewee.BooleanField(default=True)
    created_at = UtcDateTimeField(default=clock.now)


@db.transactional
def create(*, shop: Shop, values: Mapping[str, Any], key: str) -> AppointmentService:
    """Create a service of a shop. Idempotent by `key`. Raises DomainError(invalid, too_many_services)."""
    public_id = f"svc_{input_limits.check_key(key, max_length=36)}"
    entered = validate(ServiceFields, dict(values))
    db.advisory_lock(f"appointments.services.{shop.id}")
    found = AppointmentService.find(public_id=public_id)
    if found is not None:
        return found
    if AppointmentService.select().where(AppointmentService.shop == shop.id).count() >= MAX_SERVICES:
        raise errors.DomainError("too_many_services", f"每家门店最多 {MAX_SERVICES} 项服务", 409)
    row = AppointmentService.create(public_id=public_id, shop=shop, **entered.model_dump())
    audit.record("services.create", f"service:{row.public_id}", after=entered.model_dump())
    return row


@db.transactional
def change(service: AppointmentService, values: Mapping[str, Any]) -> AppointmentService:
    """Change some values of a service and keep the others. Idempotent. Raises DomainError(invalid).

    Appointments that exist keep their times.
    """
    row = lock(service.id)
    before = {name: getattr(row, name) for name in ServiceFields.model_fields}
    after = validate(ServiceFields, {**before, **values}).model_dump()
    if after != before:
        row.update_fields(**after)
        audit.record("services.change", f"service:{row.public_id}", before=before, after=after)
    return row


def lock(service_id: int) -> AppointmentService:
    """Lock the row of a service and return it as it is now. Requires a transaction."""
    return db.lock(AppointmentService.select().where(AppointmentService.id == service_id)).get()


def get_by_public_id(public_id: str) -> AppointmentService:
    """Return the service of a public id. Raises DomainError(not_found)."""
    found = AppointmentService.find(public_id=public_id)
    if found is None:
        raise errors.not_found("该服务")
    return found


def get_offered(public_id: str) -> AppointmentService:
    """Return a service that customers can book now. Raises DomainError(not_found)."""
    found = get_by_public_id(public_id)
    if not found.is_on or found.shop.state != "open":
        raise errors.not_found("该服务")
    return found


def list_offered(shop: Shop) -> list[AppointmentService]:
    """Return the services that customers of a shop can book."""
    if shop.state != "open":
        return []
    return sorted(AppointmentService.find_all(shop=shop.id, is_on=True), key=lambda row: row.id)


def has_offered(shop: Shop) -> bool:
    """Return whether customers of a shop can book a service."""
    mine = (AppointmentService.shop == shop.id) & AppointmentService.is_on
    return bool(shop.state == "open" and AppointmentService.select().where(mine).exists())
