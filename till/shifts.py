"""Shifts of a till: opened with the cash in the drawer, closed with the counted cash."""

from datetime import datetime

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

from store.core.errors import DomainError
from store.tills import shift_reports, shifts
from store.tills.cashiers import Cashier
from store.tills.shifts import Shift
from till import slips
from till.auth import TillCaller, till_session_required
from till.slips import SlipQuery, SlipResponse
from web import idempotency
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("till_shifts", __name__, tag="收银台", url_prefix="/till")


class OpenShiftRequest(RequestModel):
    """The cash in the drawer."""

    opening_fen: int = Field(ge=0, le=shifts.MAX_CASH_FEN)


class CloseShiftRequest(RequestModel):
    """The counted cash."""

    counted_fen: int = Field(ge=0, le=shifts.MAX_CASH_FEN)


class ShiftResponse(BaseModel):
    """A shift. The expected cash is shown after the cash was counted."""

    id: int
    cashier: str = Field(description="开班的收银员")
    opened_at: datetime
    closed_at: datetime | None
    opening_fen: int
    sales_fen: int | None
    top_ups_fen: int | None
    refunds_fen: int | None
    counted_fen: int | None
    expected_fen: int | None
    difference_fen: int | None = Field(description="实点减应有，负数为短款")


@bp.get("/shifts/current")
@till_session_required
@bp.doc(summary="当前班次", security="till", responses={404: "还没有开班"})
@bp.output(ShiftResponse)
def get_current_shift(caller: TillCaller) -> Response:
    return json_response(to_shift_response(shifts.get_current(caller.terminal)))


@bp.post("/shifts")
@till_session_required
@bp.doc(summary="开班", security="till", responses={409: "上一班还没有交班"})
@bp.input(OpenShiftRequest)
@bp.output(ShiftResponse, status_code=201)
def open_shift(caller: TillCaller, json_data: OpenShiftRequest) -> Response:
    def work() -> ShiftResponse:
        return to_shift_response(
            shifts.open_shift(
                terminal=caller.terminal,
                cashier=caller.cashier,
                opening_fen=json_data.opening_fen,
                key=caller.operation_key("shift"),
            )
        )

    return json_response(idempotency.run_idempotent(caller.scope, json_data, work), 201)


@bp.post("/shifts/current/closing")
@till_session_required
@bp.doc(summary="交班", security="till", responses={404: "还没有开班", 409: "已交班"})
@bp.input(CloseShiftRequest)
@bp.output(ShiftResponse, status_code=201)
def close_shift(caller: TillCaller, json_data: CloseShiftRequest) -> Response:
    def work() -> ShiftResponse:
        current = shifts.get_current(caller.terminal)
        return to_shift_response(
            shifts.close(shift=current, cashier=caller.cashier, counted_fen=json_data.counted_fen)
        )

    return json_response(idempotency.run_idempotent(caller.scope, json_data, work), 201)


@bp.get("/shifts/latest/slip")
@till_session_required
@bp.doc(summary="打印交班单", security="till", responses={404: "还没有交过班"})
@bp.input(SlipQuery, location="query")
@bp.output(SlipResponse)
def get_shift_slip(caller: TillCaller, query_data: SlipQuery) -> Response:
    shift = shifts.find_latest_closed(caller.terminal)
    if shift is None:
        raise DomainError("no_shift", "本终端还没有交过班", 404)
    return json_response(
        slips.to_slip_response(shift_reports.build(shift, is_reprint=query_data.reprint), query_data)
    )


def to_shift_response(shift: Shift) -> ShiftResponse:
    """Return a shift as the till shows it."""
    names = (
        "id", "opened_at", "closed_at", "opening_fen", "sales_fen", "top_ups_fen", "refunds_fen", "counted_fen",
        "expected_fen", "difference_fen",
    )  # fmt: skip
    cashier = Cashier.get_by_id(shift.cashier_id).name
    return ShiftResponse(cashier=cashier, **{name: getattr(shift, name) for name in names})
