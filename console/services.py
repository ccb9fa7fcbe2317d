"""Services (预约服务): the list, their values, and the days on which they can be booked."""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field, StringConstraints

from console import shop_scope
from console.auth import StaffCaller, staff_required
from console.business_keys import read_business_key
from console.lists import ListQuery, Search, list_response, respond_once
from store.appointments import opening_days, service_list, services
from store.appointments.opening_days import MAX_DAYS, OpeningDay, OpeningFields
from store.appointments.service_list import ServiceFilter
from store.appointments.services import AppointmentService, ServiceFields
from store.core.errors import invalid
from store.core.validation import IsoDate
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("console_services", __name__, url_prefix="/console/api/services", enable_openapi=False)

Month = Annotated[str, StringConstraints(pattern=r"^2[0-9]{3}-(0[1-9]|1[0-2])$")]
Days = Annotated[list[IsoDate], Field(max_length=MAX_DAYS)]


class ServiceQuery(ListQuery):
    """Which services are listed. `search` is a part of the name. `shop` is a code."""

    search: Search = ""
    shop: Search | None = None
    is_on: Literal["yes", "no"] | None = None


class ServiceInput(ServiceFields):
    """A new service of a shop."""

    shop: Search


class ServiceChange(ServiceFields):
    """All values of a service; its shop stays."""


class MonthQuery(RequestModel):
    """Which month is shown."""

    month: Month


class OpeningInput(OpeningFields):
    """Days, or a whole month from today on with the chosen weekdays, 1 is Monday."""

    days: Days = []
    month: Month | None = None
    weekdays: Annotated[list[Annotated[int, Field(ge=1, le=7)]], Field(max_length=7)] = []


class ClosingInput(RequestModel):
    """Which days are closed."""

    days: Annotated[Days, Field(min_length=1)]


class HiddenInput(RequestModel):
    """Whether customers do not see a day."""

    day: IsoDate
    is_hidden: bool


@bp.get("")
@staff_required("services.read")
@bp.input(ServiceQuery, location="query")
def list_services(caller: StaffCaller, query_data: ServiceQuery) -> Response:
    criteria = ServiceFilter(
        search=query_data.search, shop_id=shop_scope.find_shop_id(caller, query_data.shop),
        is_on=None if query_data.is_on is None else query_data.is_on == "yes", shop_ids=caller.shop_ids,
    )  # fmt: skip
    rows, total = service_list.list_page(criteria, query_data.to_page())
    open_days = service_list.count_open_days(rows)
    return list_response(
        (to_row(row) | {"open_days": open_days.get(row.id, 0)} for row in rows), total, query_data
    )


@bp.post("")
@staff_required("services.create")
@bp.input(ServiceInput)
def create_service(caller: StaffCaller, json_data: ServiceInput) -> Response:
    shop, key = shop_scope.get_shop(caller, json_data.shop), read_business_key(caller)[-36:]

    def work() -> dict[str, Any]:
        return to_row(services.create(shop=shop, values=json_data.model_dump(exclude={"shop"}), key=key))

    return respond_once(caller, json_data, work, status=201)


@bp.get("/<service_id>")
@staff_required("services.read")
def get_service(service_id: str, caller: StaffCaller) -> Response:
    return json_response(to_row(get_seen(caller, service_id)))


@bp.put("/<service_id>")
@staff_required("services.edit")
@bp.input(ServiceChange)
def change_service(service_id: str, caller: StaffCaller, json_data: ServiceChange) -> Response:
    row = get_seen(caller, service_id)
    return respond_once(caller, json_data, lambda: to_row(services.change(row, json_data.model_dump())))


@bp.get("/<service_id>/opening-days")
@staff_required("services.read")
@bp.input(MonthQuery, location="query")
def list_opening_days(service_id: str, caller: StaffCaller, query_data: MonthQuery) -> Response:
    row = get_seen(caller, service_id)
    return json_response([_to_day(one) for one in opening_days.list_days_in_month(row, query_data.month)])


@bp.post("/<service_id>/opening-days")
@staff_required("services.open_days")
@bp.input(OpeningInput)
def open_days(service_id: str, caller: StaffCaller, json_data: OpeningInput) -> Response:
    row = get_seen(caller, service_id)
    days = _list_days(json_data)
    values = json_data.model_dump(include={"windows", "capacity"})

    def work() -> dict[str, Any]:
        opening_days.open_days(row, days, **values)
        return {"count": len(days)}

    return respond_once(caller, json_data, work)


@bp.post("/<service_id>/closed-days")
@staff_required("services.open_days")
@bp.input(ClosingInput)
def close_days(service_id: str, caller: StaffCaller, json_data: ClosingInput) -> Response:
    row = get_seen(caller, service_id)
    return respond_once(caller, json_data, lambda: {"count": opening_days.close_days(row, json_data.days)})


@bp.put("/<service_id>/hidden-days")
@staff_required("services.open_days")
@bp.input(HiddenInput)
def hide_day(service_id: str, caller: StaffCaller, json_data: HiddenInput) -> Response:
    row = get_seen(caller, service_id)

    def work() -> dict[str, Any]:
        return _to_day(opening_days.set_hidden(row, json_data.day, is_hidden=json_data.is_hidden))

    return respond_once(caller, json_data, work)


def get_seen(caller: StaffCaller, service_id: str) -> AppointmentService:
    """Return a service of a shop that the account sees. Raises DomainError(not_found)."""
    row = services.get_by_public_id(service_id)
    caller.ensure_shop(row.shop_id, subject="该服务")
    return row


def to_row(row: AppointmentService) -> dict[str, Any]:
    """Return a service as the console shows it."""
    return {
        "id": row.public_id, "shop": row.shop.name, "shop_code": row.shop.code,
        **{name: getattr(row, name) for name in ServiceFields.model_fields},
        "created_at": row.created_at.isoformat(),
    }  # fmt: skip


def _list_days(asked: OpeningInput) -> list[Any]:
    if bool(asked.days) == bool(asked.month):
        raise invalid("days", "请选择日期，或选择整月")
    if asked.days:
        return asked.days
    assert asked.month is not None, "days or month"
    days = opening_days.list_days_of_month(asked.month, weekdays=asked.weekdays or opening_days.ALL_WEEKDAYS)
    if not days:
        raise invalid("month", "这个月没有可以开放的日期")
    return days


def _to_day(row: OpeningDay) -> dict[str, Any]:
    return {
        "day": row.day.isoformat(), "windows": row.windows, "capacity": row.capacity, "is_hidden": row.is_hidden,
    }  # fmt: skip
