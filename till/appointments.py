"""Appointments at a till (预约): the list of a day, confirmation, arrival and no-show."""

from collections.abc import Callable
from datetime import date

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

from store.appointments import appointment_list, moves, times
from store.appointments.tables import STATE_LABELS, Appointment
from store.core import masking
from store.core.validation import IsoDate
from store.tenants import business_days
from till.auth import ERRORS, TillCaller, till_session_required
from web import idempotency
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("till_appointments", __name__, tag="收银台", url_prefix="/till")

MOVE_ERRORS = ERRORS | {404: "没有该预约", 409: "预约的状态不允许，或时段已满"}
_TILL_ACTIONS = ("confirm", "arrive", "miss")


class DayQuery(RequestModel):
    """Which day, by default today."""

    day: IsoDate | None = None


class DayAppointment(BaseModel):
    """An appointment in the list of a day; the phone is masked."""

    id: str
    time: str = Field(description="门店当地时间，如 16:00–17:00")
    service: str
    state: str
    state_label: str
    name: str
    phone: str
    answers: str
    actions: list[str] = Field(description="现在可做：confirm 确认、arrive 到店、miss 未到店")


class DayResponse(BaseModel):
    """The appointments of a day in its order."""

    day: date
    day_text: str
    list: list[DayAppointment]


@bp.get("/appointments")
@till_session_required
@bp.doc(summary="本店一天的预约", security="till", responses=ERRORS)
@bp.input(DayQuery, location="query")
@bp.output(DayResponse)
def list_day_appointments(caller: TillCaller, query_data: DayQuery) -> Response:
    day = query_data.day or business_days.today()
    rows = appointment_list.list_of_day(caller.shop.id, day)
    return json_response(
        DayResponse(day=day, day_text=times.format_day(day), list=[_to_response(row) for row in rows])
    )


@bp.post("/appointments/<appointment_id>/confirmation")
@till_session_required
@bp.doc(summary="确认预约", security="till", responses=MOVE_ERRORS)
@bp.output(DayAppointment)
def confirm_appointment(caller: TillCaller, appointment_id: str) -> Response:
    return _move(caller, appointment_id, moves.confirm)


@bp.post("/appointments/<appointment_id>/arrival")
@till_session_required
@bp.doc(summary="预约到店", security="till", responses=MOVE_ERRORS)
@bp.output(DayAppointment)
def mark_appointment_arrived(caller: TillCaller, appointment_id: str) -> Response:
    return _move(caller, appointment_id, moves.mark_arrived)


@bp.post("/appointments/<appointment_id>/no-show")
@till_session_required
@bp.doc(summary="预约未到店", security="till", responses=MOVE_ERRORS)
@bp.output(DayAppointment)
def mark_appointment_missed(caller: TillCaller, appointment_id: str) -> Response:
    return _move(caller, appointment_id, moves.mark_no_show)


def _move(caller: TillCaller, appointment_id: str, move: Callable[[Appointment], Appointment]) -> Response:
    """Run a step of an appointment of the caller's shop once."""
    caller.authorize("sell")
    row = appointment_list.get_of_shop(caller.shop.id, appointment_id)
    return json_response(idempotency.run_idempotent(caller.scope, None, lambda: _to_response(move(row))))


def _to_response(row: Appointment) -> DayAppointment:
    answers = "；".join(f"{one['label']}：{one['value']}" for one in row.read_answers())
    return DayAppointment(
        id=row.public_id, time=f"{times.format_time(row.starts_at)}–{times.format_time(row.ends_at)}",
        service=row.service.name, state=row.state, state_label=STATE_LABELS[row.state], name=row.name,
        phone=masking.mask_phone(row.phone) if row.phone else "", answers=answers,
        actions=[one for one in moves.staff_actions(row) if one in _TILL_ACTIONS],
    )  # fmt: skip
