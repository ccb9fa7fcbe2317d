"""Reservations for regular supply or a bulk purchase (大客户预定): left, read and cancelled by the customer."""

from datetime import datetime
from functools import partial
from typing import Annotated

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field, StringConstraints

from store.core import ids
from store.reservations import follow_ups, reservation_list, reservations
from store.reservations.reservations import STATE_LABELS, Reservation
from store.shops import shops
from store.shops.shops import Shop
from web import idempotency, paging
from web.auth import Caller, login_required
from web.responses import json_response
from web.schemas import Keyword, OneLine, PageQuery, PageResponse, RequestModel

bp = APIBlueprint("reservations", __name__, tag="预定")

Name = Annotated[OneLine, StringConstraints(min_length=1, max_length=30)]


class ReservationRequest(RequestModel):
    """A reservation; name and phone are enough."""

    name: Name
    phone: OneLine = Field(min_length=5, max_length=30)
    goods: OneLine = Field(default="", max_length=100, description="要什么商品")
    quantity: OneLine = Field(default="", max_length=30, description="数量，如 200 盒")
    remark: str = Field(default="", max_length=300, description="其他要求")
    store_id: Keyword | None = Field(default=None, description="门店 id，不指定则由总部跟进")


class ReservationStepResponse(BaseModel):
    """A step that the customer reads."""

    state_label: str
    note: str
    at: datetime


class ReservationResponse(BaseModel):
    """A reservation of the customer."""

    id: str
    state: str
    state_label: str
    name: str
    phone: str
    goods: str
    quantity: str
    remark: str
    store_name: str
    created_at: datetime
    steps: list[ReservationStepResponse]
    can_cancel: bool


class ReservationsResponse(PageResponse):
    """One page of reservations, the latest first."""

    list: list[ReservationResponse]


@bp.post("/api/reservations")
@login_required
@bp.doc(summary="提交预定", security="session", responses={404: "没有该门店", 409: "还在跟进的预定太多"})
@bp.input(ReservationRequest)
@bp.output(ReservationResponse, status_code=201)
def submit_reservation(caller: Caller, json_data: ReservationRequest) -> Response:
    key, shop = ids.public_id(""), _find_shop(json_data.store_id)

    def work() -> ReservationResponse:
        values = json_data.model_dump(exclude={"store_id"})
        return _to_response(reservations.submit(customer=caller.customer, shop=shop, values=values, key=key))

    return json_response(idempotency.run_idempotent(caller.scope, json_data, work), 201)


@bp.get("/api/me/reservations")
@login_required
@bp.doc(summary="我的预定", security="session")
@bp.input(PageQuery, location="query")
@bp.output(ReservationsResponse)
def list_reservations(caller: Caller, query_data: PageQuery) -> Response:
    rows, page = paging.read_page(
        query_data,
        name=f"reservations.{caller.customer.id}",
        fetch=partial(reservation_list.list_own, caller.customer),
        position=lambda row: (row.id,),
    )
    return json_response(ReservationsResponse(list=[_to_response(row) for row in rows], **page))


@bp.get("/api/me/reservations/<reservation_id>")
@login_required
@bp.doc(summary="预定详情", security="session", responses={404: "没有该预定"})
@bp.output(ReservationResponse)
def get_reservation(caller: Caller, reservation_id: str) -> Response:
    return json_response(_to_response(reservations.get_own(caller.customer, reservation_id)))


@bp.post("/api/me/reservations/<reservation_id>/cancellation")
@login_required
@bp.doc(summary="取消预定", security="session", responses={404: "没有该预定", 409: "已不能取消"})
@bp.output(ReservationResponse)
def cancel_reservation(caller: Caller, reservation_id: str) -> Response:
    row = reservations.get_own(caller.customer, reservation_id)
    return json_response(
        idempotency.run_idempotent(caller.scope, None, lambda: _to_response(follow_ups.cancel_own(row)))
    )


def _find_shop(public_id: str | None) -> Shop | None:
    return shops.get_by_public_id(public_id) if public_id else None


def _to_response(row: Reservation) -> ReservationResponse:
    steps = [
        ReservationStepResponse(state_label=STATE_LABELS[step.state], note=step.note, at=step.at)
        for step in follow_ups.list_steps(row, shown_only=True)
    ]
    names = ("state", "name", "phone", "goods", "quantity", "remark", "created_at")
    return ReservationResponse(
        id=row.public_id, state_label=STATE_LABELS[row.state], store_name=row.shop.name if row.shop else "",
        steps=steps, can_cancel=follow_ups.can_cancel(row), **{name: getattr(row, name) for name in names},
    )  # fmt: skip
