"""Reservations (大客户预定): the list, and the follow-up with states and notes."""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import StringConstraints

from console import shop_scope
from console.auth import StaffCaller, staff_required
from console.business_keys import read_business_key
from console.lists import ListQuery, Search, list_response, respond_once
from store.core import masking
from store.core.validation import IsoDate
from store.reservations import follow_ups, reservation_list, reservations
from store.reservations.follow_ups import MAX_NOTE
from store.reservations.reservation_list import ReservationFilter
from store.reservations.reservations import STATE_LABELS, Reservation
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint(
    "console_reservations", __name__, url_prefix="/console/api/reservations", enable_openapi=False
)

State = Literal["submitted", "following", "agreed", "completed", "declined", "cancelled"]
_ACTORS = {"customer": "顾客", "system": "系统"}


class ReservationQuery(ListQuery):
    """Which reservations are listed. `search` is a phone or goods. `shop` is a code."""

    search: Search = ""
    shop: Search | None = None
    state: State | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


class FollowUp(RequestModel):
    """A step. `expected_state` is the one that the page shows; the customer reads the note if `is_shown`."""

    state: State
    expected_state: State
    note: Annotated[str, StringConstraints(max_length=MAX_NOTE)] = ""
    is_shown: bool = False


@bp.get("")
@staff_required("reservations.read")
@bp.input(ReservationQuery, location="query")
def list_reservations(caller: StaffCaller, query_data: ReservationQuery) -> Response:
    criteria = ReservationFilter(
        search=query_data.search, state=query_data.state, shop_id=shop_scope.find_shop_id(caller, query_data.shop),
        first_day=query_data.since, last_day=query_data.until, shop_ids=caller.shop_ids,
    )  # fmt: skip
    rows, total = reservation_list.list_page(criteria, query_data.to_page())
    return list_response((_to_row(row, caller) for row in rows), total, query_data)


@bp.get("/<reservation_id>")
@staff_required("reservations.read")
def get_reservation(reservation_id: str, caller: StaffCaller) -> Response:
    return json_response(_to_detail(_get_seen(caller, reservation_id), caller))


@bp.post("/<reservation_id>/follow-ups")
@staff_required("reservations.edit")
@bp.input(FollowUp)
def follow_up(reservation_id: str, caller: StaffCaller, json_data: FollowUp) -> Response:
    row, key = _get_seen(caller, reservation_id), read_business_key(caller)

    def work() -> dict[str, Any]:
        return _to_detail(follow_ups.follow_up(row, **json_data.model_dump(), key=key), caller)

    return respond_once(caller, json_data, work)


def _get_seen(caller: StaffCaller, reservation_id: str) -> Reservation:
    row = reservations.get_by_public_id(reservation_id)
    caller.ensure_shop(row.shop_id, subject="该预定")
    return row


def _to_row(row: Reservation, caller: StaffCaller) -> dict[str, Any]:
    is_shown = caller.can("reservations.personal_data")
    return {
        "id": row.public_id, "shop": row.shop.name if row.shop else "总部", "state": row.state,
        "state_label": STATE_LABELS[row.state],
        "name": row.name if is_shown or not row.name else masking.mask_name(row.name),
        "phone": row.phone if is_shown or not row.phone else masking.mask_phone(row.phone),
        "goods": row.goods, "quantity": row.quantity, "created_at": row.created_at.isoformat(),
        "changed_at": row.changed_at.isoformat(),
    }  # fmt: skip


def _to_detail(row: Reservation, caller: StaffCaller) -> dict[str, Any]:
    is_shown = caller.can("reservations.personal_data")
    return _to_row(row, caller) | {
        "remark": row.remark if is_shown else "",
        "next_states": [{"state": one, "label": STATE_LABELS[one]} for one in follow_ups.list_next_states(row)],
        "steps": [
            {
                "id": str(step.id), "state": step.state, "state_label": STATE_LABELS[step.state], "note": step.note,
                "is_shown": step.is_shown, "at": step.at.isoformat(),
                "operator": _ACTORS.get(step.actor_kind, step.actor_name),
            }
            for step in follow_ups.list_steps(row)
        ],
    }  # fmt: skip
