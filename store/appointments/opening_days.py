"""Opening days (开放日期): on which days a service can be booked, in which hours, and how many at one moment."""

import calendar
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Self

import peewee
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from store.appointments import services
from store.appointments.services import AppointmentService
from store.core import errors, input_limits
from store.core.database import db
from store.core.database.fields import DateField, JsonField
from store.core.database.models import Model
from store.core.validation import validate
from store.tenants import audit, business_days

MAX_DAYS = 62  # of one call
MAX_DAYS_AHEAD = 400
ALL_WEEKDAYS = range(1, 8)
_Time = Annotated[str, StringConstraints(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]


class TimeWindow(BaseModel):
    """Hours of a day by the wall clock of the shop, such as 09:00 to 18:00. 24:00 is the end of the day."""

    model_config = ConfigDict(extra="forbid")

    opens: _Time
    closes: _Time


class OpeningFields(BaseModel):
    """The hours of opening days. Without `capacity` that of the service counts."""

    model_config = ConfigDict(extra="forbid")

    windows: Annotated[list[TimeWindow], Field(min_length=1, max_length=6)]
    capacity: Annotated[int, Field(strict=True, ge=1, le=1_000)] | None = None

    @model_validator(mode="after")
    def check(self) -> Self:
        self.windows.sort(key=lambda window: window.opens)
        ends = ""
        for window in self.windows:
            if window.closes <= window.opens:
                raise ValueError("结束时间应晚于开始时间")
            if window.opens < ends:
                raise ValueError("两段时间重叠")
            ends = window.closes
        return self


class OpeningDay(Model):
    """A day on which a service can be booked. A hidden one keeps its appointments and takes no new ones."""

    service = peewee.ForeignKeyField(AppointmentService, index=False)
    day = DateField()
    windows = JsonField(default=list)
    capacity = peewee.IntegerField(null=True)
    is_hidden = peewee.BooleanField(default=False)

    class Meta:
        indexes = ((("service", "day"), True),)


@db.transactional
def open_days(service: AppointmentService, days: Collection[date], **values: Any) -> list[OpeningDay]:
    """Open days of a service, or give those that are open other hours. Idempotent. Raises DomainError(invalid)."""
    entered = validate(OpeningFields, values).model_dump()
    chosen = _check_days(days)
    row = services.lock(service.id)
    known = {one.day: one for one in list_days(row, min(chosen), max(chosen))}
    changed = []
    for day in chosen:
        found = known.get(day)
        if found is None:
            OpeningDay.create(service=row, day=day, **entered)
        elif (found.windows, found.capacity) != (entered["windows"], entered["capacity"]):
            found.update_fields(**entered)
        else:
            continue
        changed.append(day.isoformat())
    if changed:
        audit.record("opening_days.open", f"service:{row.public_id}", after={"days": changed, **entered})
    return list_days(row, min(chosen), max(chosen))


@db.transactional
def close_days(service: AppointmentService, days: Collection[date]) -> int:
    """Close days of a service and return how many were open. Appointments of these days stay. Idempotent."""
    chosen = _check_days(days, may_be_past=True)
    row = services.lock(service.id)
    mine = (OpeningDay.service == row.id) & OpeningDay.day.in_(chosen)
    count = int(OpeningDay.delete().where(mine).execute())
    if count:
        listed = [day.isoformat() for day in chosen]
        audit.record("opening_days.close", f"service:{row.public_id}", before={"days": listed})
    return count


@db.transactional
def set_hidden(service: AppointmentService, day: date, *, is_hidden: bool) -> OpeningDay:
    """Hide an opening day from customers, or show it again. Idempotent. Raises DomainError(not_found)."""
    row = services.lock(service.id)
    found = OpeningDay.find(service=row.id, day=day)
    if found is None:
        raise errors.not_found("该开放日期")
    if found.is_hidden != is_hidden:
        found.update_fields(is_hidden=is_hidden)
        audit.record(
            "opening_days.hide", f"service:{row.public_id}", after={"day": day.isoformat(), "is_hidden": is_hidden}
        )  # fmt: skip
    return found


def list_days_of_month(month: str, *, weekdays: Collection[int] = ALL_WEEKDAYS) -> list[date]:
    """Return the days of a month such as `2026-11` that are not past. `weekdays` are ISO numbers, 1 is Monday."""
    year, number = (int(part) for part in month.split("-"))
    count = calendar.monthrange(year, number)[1]
    today = business_days.today()
    days = [date(year, number, at) for at in range(1, count + 1)]
    return [day for day in days if day >= today and day.isoweekday() in weekdays]


def list_days(service: AppointmentService, first: date, last: date) -> list[OpeningDay]:
    """Return the opening days of a service within two days, in order."""
    mine = (OpeningDay.service == service.id) & OpeningDay.day.between(first, last)
    return list(OpeningDay.select().where(mine).order_by(OpeningDay.day))


def list_days_in_month(service: AppointmentService, month: str) -> list[OpeningDay]:
    """Return the opening days of a service in a month such as `2026-11`, also past ones."""
    year, number = (int(part) for part in month.split("-"))
    return list_days(service, date(year, number, 1), date(year, number, calendar.monthrange(year, number)[1]))


def list_bookable_days(service: AppointmentService) -> list[OpeningDay]:
    """Return the opening days from today on that customers see."""
    today = business_days.today()
    found = list_days(service, today, today + timedelta(days=MAX_DAYS_AHEAD))
    return [row for row in found if not row.is_hidden]


def _check_days(days: Collection[date], *, may_be_past: bool = False) -> Sequence[date]:
    chosen = sorted({input_limits.check_day(day, field="days") for day in days})
    today = business_days.today()
    if not 1 <= len(chosen) <= MAX_DAYS:
        raise errors.invalid("days", f"请选择 1 到 {MAX_DAYS} 天")
    if chosen[0] < today and not may_be_past:
        raise errors.invalid("days", "不能开放已过去的日期")
    if chosen[-1] > today + timedelta(days=MAX_DAYS_AHEAD):
        raise errors.invalid("days", f"最多开放未来 {MAX_DAYS_AHEAD} 天")
    return chosen
