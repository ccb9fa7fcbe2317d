"""Appointments (预约): the services of a store, their days and slots, and what the customer has booked."""

from datetime import UTC, date, datetime
from functools import partial
from typing import Annotated

from apiflask import APIBlueprint
from flask import Response
from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from store.appointments import appointment_list, appointments, moves, opening_days, services, slots, times
from store.appointments.services import MAX_FIELDS, AppointmentService, FormField
from store.appointments.tables import STATE_LABELS, Appointment
from store.core import ids
from store.core.validation import IsoDate
from store.shops import shops
from store.tenants import business_days
from web import idempotency, paging
from web.auth import Caller, login_optional, login_required
from web.responses import json_response
from web.schemas import OPTIONAL_LOGIN, Account, Keyword, OneLine, PageQuery, PageResponse, RequestModel

bp = APIBlueprint("appointments", __name__, tag="预约")

Name = Annotated[OneLine, StringConstraints(min_length=1, max_length=30)]
Typed = Annotated[OneLine, StringConstraints(max_length=200)]


class ServicesQuery(RequestModel):
    """Of which store."""

    store_id: Keyword = Field(min_length=1, description="门店 id")
    account: Account | None = None


class ServiceQuery(RequestModel):
    """A visitor names the account."""

    account: Account | None = None


class SlotsQuery(ServiceQuery):
    """Of which day."""

    day: IsoDate


class BookableDay(BaseModel):
    """A day that is open, by the calendar of the store."""

    day: date
    text: str = Field(description="如 11月8日 周日")


class ServiceResponse(BaseModel):
    """A service that can be booked, with its form."""

    id: str
    store_id: str
    store_name: str
    name: str
    description: str
    duration_minutes: int
    needs_review: bool
    daily_limit: int = Field(description="每人每天最多预约次数，0 为不限")
    form: list[FormField]
    days: list[BookableDay]


class ServicesResponse(BaseModel):
    """The services of a store."""

    list: list[ServiceResponse]


class SlotResponse(BaseModel):
    """A beginning, with how many appointments still fit for the whole duration."""

    starts_at: datetime
    ends_at: datetime
    time: str = Field(description="门店当地时间，如 16:00")
    left: int


class SlotsResponse(BaseModel):
    """The slots of a day, and what the customer has booked on it."""

    day: date
    list: list[SlotResponse]
    own_count: int = Field(description="本人当天已预约次数，未登录为 0")


class AppointmentRequest(RequestModel):
    """A booking. `answers` are the values of the form by label."""

    service_id: Keyword = Field(min_length=1)
    starts_at: AwareDatetime = Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(3000, 1, 1, tzinfo=UTC))
    name: Name
    phone: OneLine = Field(min_length=5, max_length=30)
    answers: Annotated[dict[Keyword, Typed], Field(max_length=MAX_FIELDS)] = {}


class Answer(BaseModel):
    """What was typed into the form."""

    label: str
    value: str


class AppointmentResponse(BaseModel):
    """A booking of the customer."""

    id: str
    state: str
    state_label: str
    service_id: str
    service_name: str
    store_id: str
    store_name: str
    store_phone: str
    starts_at: datetime
    ends_at: datetime
    when: str = Field(description="门店当地时间，如 11月8日 16:00")
    name: str
    phone: str
    answers: list[Answer]
    reason: str
    held_until_text: str | None = Field(description="待确认时名额保留到，门店当地时间")
    can_cancel: bool


class AppointmentsResponse(PageResponse):
    """One page of bookings, the latest first."""

    list: list[AppointmentResponse]


@bp.get("/api/services")
@login_optional
@bp.doc(summary="可预约的服务", security=OPTIONAL_LOGIN, responses={404: "没有该门店"})
@bp.input(ServicesQuery, location="query")
@bp.output(ServicesResponse)
def list_services(caller: Caller, query_data: ServicesQuery) -> Response:
    shop = shops.get_by_public_id(query_data.store_id)
    rows = services.list_offered(shop)
    return json_response(ServicesResponse(list=[_to_service(row) for row in rows]))


@bp.get("/api/services/<service_id>")
@login_optional
@bp.doc(summary="服务与开放日期", security=OPTIONAL_LOGIN, responses={404: "没有该服务"})
@bp.input(ServiceQuery, location="query")
@bp.output(ServiceResponse)
def get_service(caller: Caller, service_id: str, query_data: ServiceQuery) -> Response:
    return json_response(_to_service(services.get_offered(service_id)))


@bp.get("/api/services/<service_id>/slots")
@login_optional
@bp.doc(summary="一天的时段", security=OPTIONAL_LOGIN, responses={404: "没有该服务"})
@bp.input(SlotsQuery, location="query")
@bp.output(SlotsResponse)
def list_slots(caller: Caller, service_id: str, query_data: SlotsQuery) -> Response:
    service, day = services.get_offered(service_id), query_data.day
    found = [
        SlotResponse(
            starts_at=business_days.to_local(one.starts_at), ends_at=business_days.to_local(one.ends_at),
            time=times.format_time(one.starts_at), left=one.left,
        )
        for one in slots.list_slots(service, day)
    ]  # fmt: skip
    customer = caller.customer
    own_count = appointments.count_of_day(customer, service, day) if customer is not None else 0
    return json_response(SlotsResponse(day=day, list=found, own_count=own_count))


@bp.get("/api/me/appointments")
@login_required
@bp.doc(summary="我的预约", security="session")
@bp.input(PageQuery, location="query")
@bp.output(AppointmentsResponse)
def list_appointments(caller: Caller, query_data: PageQuery) -> Response:
    rows, page = paging.read_page(
        query_data,
        name=f"appointments.{caller.customer.id}",
        fetch=partial(appointment_list.list_own, caller.customer),
        position=lambda row: (row.id,),
    )
    return json_response(AppointmentsResponse(list=[_to_response(row) for row in rows], **page))


@bp.post("/api/me/appointments")
@login_required
@bp.doc(
    summary="预约",
    description="时段已满或已不可约时，`data.slots` 给出当天最新的时段。",
    security="session",
    responses={404: "没有该服务", 409: "时段已满、已不可约，或当天次数已满"},
)
@bp.input(AppointmentRequest)
@bp.output(AppointmentResponse, status_code=201)
def book_appointment(caller: Caller, json_data: AppointmentRequest) -> Response:
    key = ids.public_id("")

    def work() -> AppointmentResponse:
        row = appointments.book(
            customer=caller.customer, service=services.get_offered(json_data.service_id),
            starts_at=json_data.starts_at, person={"name": json_data.name, "phone": json_data.phone},
            typed=json_data.answers, key=key,
        )  # fmt: skip
        return _to_response(row)

    return json_response(idempotency.run_idempotent(caller.scope, json_data, work), 201)


@bp.get("/api/me/appointments/<appointment_id>")
@login_required
@bp.doc(summary="预约详情", security="session", responses={404: "没有该预约"})
@bp.output(AppointmentResponse)
def get_appointment(caller: Caller, appointment_id: str) -> Response:
    return json_response(_to_response(appointments.get_own(caller.customer, appointment_id)))


@bp.post("/api/me/appointments/<appointment_id>/cancellation")
@login_required
@bp.doc(summary="取消预约", security="session", responses={404: "没有该预约", 409: "已不能取消"})
@bp.output(AppointmentResponse)
def cancel_appointment(caller: Caller, appointment_id: str) -> Response:
    row = appointments.get_own(caller.customer, appointment_id)
    return json_response(
        idempotency.run_idempotent(caller.scope, None, lambda: _to_response(moves.cancel_own(row)))
    )


def _to_service(row: AppointmentService) -> ServiceResponse:
    days = [
        BookableDay(day=one.day, text=times.format_day(one.day))
        for one in opening_days.list_bookable_days(row)
    ]
    return ServiceResponse(
        id=row.public_id, store_id=row.shop.public_id, store_name=row.shop.name, name=row.name,
        description=row.description, duration_minutes=row.duration_minutes, needs_review=row.needs_review,
        daily_limit=row.daily_limit, form=[FormField.model_validate(one) for one in row.form], days=days,
    )  # fmt: skip


def _to_response(row: Appointment) -> AppointmentResponse:
    return AppointmentResponse(
        id=row.public_id, state=row.state, state_label=STATE_LABELS[row.state],
        service_id=row.service.public_id, service_name=row.service.name, store_id=row.shop.public_id,
        store_name=row.shop.name, store_phone=row.shop.phone, starts_at=business_days.to_local(row.starts_at),
        ends_at=business_days.to_local(row.ends_at), when=times.format_moment(row.starts_at), name=row.name,
        phone=row.phone, answers=[Answer(**one) for one in row.read_answers()], reason=row.reason,
        held_until_text=times.format_moment(row.held_until) if row.held_until is not None else None,
        can_cancel=moves.can_cancel(row),
    )  # fmt: skip
