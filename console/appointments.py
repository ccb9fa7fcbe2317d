"""Appointments (预约): the list, the calendar of a month, and what staff decide."""

import calendar
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import StringConstraints

from console import services as service_routes
from console import shop_scope
from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, respond_once
from console.services import MonthQuery
from store.appointments import appointment_list, moves, times
from store.appointments.appointment_list import AppointmentFilter
from store.appointments.tables import STATE_LABELS, Appointment
from store.core import masking
from store.core.validation import IsoDate
from store.tenants import business_days
from web.responses import json_response
from web.schemas import OneLine, RequestModel

bp = APIBlueprint("console_appointments", __name__, url_prefix="/console/api", enable_openapi=False)

State = Literal["requested", "confirmed", "arrived", "no_show", "rejected", "cancelled", "expired"]


class AppointmentQuery(ListQuery):
    """Which appointments are listed. `search` is a phone. `shop` is a code, `service` an id."""

    search: Search = ""
    shop: Search | None = None
    service: Search | None = None
    state: State | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


class CalendarQuery(MonthQuery):
    """The month of a shop, or of all that the account sees."""

    shop: Search | None = None
    service: Search | None = None


class Reason(RequestModel):
    """Why; the customer reads it."""

    reason: Annotated[OneLine, StringConstraints(min_length=1, max_length=80)]


@bp.get("/appointments")
@staff_required("appointments.read")
@bp.input(AppointmentQuery, location="query")
def list_appointments(caller: StaffCaller, query_data: AppointmentQuery) -> Response:
    criteria = AppointmentFilter(
        search=query_data.search, state=query_data.state, first_day=query_data.since, last_day=query_data.until,
        **_scope(caller, query_data.shop, query_data.service),
    )  # fmt: skip
    rows, total = appointment_list.list_page(criteria, query_data.to_page())
    return list_response((_to_row(row, caller) for row in rows), total, query_data)


@bp.get("/appointment-calendar")
@staff_required("appointment_calendar.read")
@bp.input(CalendarQuery, location="query")
def get_calendar(caller: StaffCaller, query_data: CalendarQuery) -> Response:
    year, month = (int(part) for part in query_data.month.split("-"))
    days = [date(year, month, at) for at in range(1, calendar.monthrange(year, month)[1] + 1)]
    criteria = AppointmentFilter(**_scope(caller, query_data.shop, query_data.service))
    found = appointment_list.read_calendar(criteria, days)
    return json_response({
        "month": query_data.month, "today": business_days.today().isoformat(),
        "days": [vars(one) | {"day": one.day.isoformat()} for one in found],
    })  # fmt: skip


@bp.get("/appointments/<appointment_id>")
@staff_required("appointments.read")
def get_appointment(appointment_id: str, caller: StaffCaller) -> Response:
    return json_response(_to_row(_get_seen(caller, appointment_id), caller))


@bp.post("/appointments/<appointment_id>/confirmation")
@staff_required("appointments.edit")
def confirm(appointment_id: str, caller: StaffCaller) -> Response:
    return _move(caller, appointment_id, None, moves.confirm)


@bp.post("/appointments/<appointment_id>/rejection")
@staff_required("appointments.edit")
@bp.input(Reason)
def reject(appointment_id: str, caller: StaffCaller, json_data: Reason) -> Response:
    return _move(caller, appointment_id, json_data, partial(moves.reject, reason=json_data.reason))


@bp.post("/appointments/<appointment_id>/cancellation")
@staff_required("appointments.edit")
@bp.input(Reason)
def cancel(appointment_id: str, caller: StaffCaller, json_data: Reason) -> Response:
    return _move(caller, appointment_id, json_data, partial(moves.cancel_by_staff, reason=json_data.reason))


@bp.post("/appointments/<appointment_id>/arrival")
@staff_required("appointments.edit")
def mark_arrived(appointment_id: str, caller: StaffCaller) -> Response:
    return _move(caller, appointment_id, None, moves.mark_arrived)


@bp.post("/appointments/<appointment_id>/no-show")
@staff_required("appointments.edit")
def mark_no_show(appointment_id: str, caller: StaffCaller) -> Response:
    return _move(caller, appointment_id, None, moves.mark_no_show)


def _scope(caller: StaffCaller, shop: str | None, service: str | None) -> dict[str, Any]:
    return {
        "shop_id": shop_scope.find_shop_id(caller, shop),
        "service_id": service_routes.get_seen(caller, service).id if service else None,
        "shop_ids": caller.shop_ids,
    }


def _get_seen(caller: StaffCaller, appointment_id: str) -> Appointment:
    row = appointment_list.get_by_public_id(appointment_id)
    caller.ensure_shop(row.shop_id, subject="该预约")
    return row


def _move(
    caller: StaffCaller, appointment_id: str, body: Any, move: Callable[[Appointment], Appointment]
) -> Response:
    row = _get_seen(caller, appointment_id)
    return respond_once(caller, body, lambda: _to_row(move(row), caller))


def _to_row(row: Appointment, caller: StaffCaller) -> dict[str, Any]:
    is_shown = caller.can("appointments.personal_data")
    answers = row.read_answers()
    return {
        "id": row.public_id, "shop": row.shop.name, "service": row.service.name,
        "when": times.format_moment(row.starts_at),
        "day": row.day.isoformat(), "starts_at": row.starts_at.isoformat(), "ends_at": row.ends_at.isoformat(),
        "state": row.state, "state_label": STATE_LABELS[row.state], "reason": row.reason,
        "name": row.name if is_shown or not row.name else masking.mask_name(row.name),
        "phone": row.phone if is_shown or not row.phone else masking.mask_phone(row.phone),
        "answers": "；".join(f"{one['label']}：{one['value']}" for one in answers) if is_shown else "",
        "booked_at": row.booked_at.isoformat(),
        "held_until": row.held_until.isoformat() if row.held_until is not None else None,
        "actions": moves.staff_actions(row),
    }  # fmt: skip
