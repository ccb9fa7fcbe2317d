"""Refund requests: the member asks for the principal of stored value back, and reads what staff have decided."""

from datetime import datetime

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field, StrictBool

from store.core import ids
from store.core.errors import invalid
from store.customers import members
from store.stored_value import refund_requests
from store.stored_value.refund_requests import StoredValueRefundRequest
from web import idempotency
from web.auth import Caller, login_required
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("stored_value_refund_requests", __name__, tag="储值")


class RefundRequestBody(RequestModel):
    """`confirm` must be true: the bonus is forfeited."""

    confirm: StrictBool = False


class RefundRequestStatus(BaseModel):
    """A request with its answer; the amounts are those of the account at the request, or what a grant has refunded."""

    number: str
    state: str = Field(description="open 待处理、granted 已同意、rejected 未同意")
    label: str
    principal_fen: int
    bonus_fen: int = Field(description="作废的赠金")
    answer: str = Field(description="未同意的原因")
    requested_at: datetime
    answered_at: datetime | None


class RefundRequestsResponse(BaseModel):
    """The latest requests."""

    list: list[RefundRequestStatus]


@bp.get("/api/me/stored-value/refund-requests")
@login_required
@bp.doc(summary="我的储值退款申请", security="session")
@bp.output(RefundRequestsResponse)
def list_refund_requests(caller: Caller) -> Response:
    rows = refund_requests.list_for_member(members.get_or_create(caller.customer))
    return json_response(RefundRequestsResponse(list=[_to_status(row) for row in rows]))


@bp.post("/api/me/stored-value/refund-requests")
@login_required
@bp.doc(
    summary="申请退还储值本金",
    description="首次充值 7 天内且未使用的立即同意，其余由门店处理。未用的赠金作废。有待处理的申请时返回该申请。",
    security="session",
    responses={409: "没有可退的本金，或账户已冻结"},
)
@bp.input(RefundRequestBody)
@bp.output(RefundRequestStatus, status_code=201)
def request_refund(caller: Caller, json_data: RefundRequestBody) -> Response:
    if not json_data.confirm:
        raise invalid("confirm", "未用的赠金将作废，请确认")
    member = members.get_or_create(caller.customer)

    def ask() -> RefundRequestStatus:
        return _to_status(refund_requests.request(member=member, key=ids.public_id("ask_")))

    return json_response(idempotency.run_idempotent(caller.scope, json_data, ask), 201)


def _to_status(row: StoredValueRefundRequest) -> RefundRequestStatus:
    names = ("number", "state", "principal_fen", "bonus_fen", "answer", "requested_at", "answered_at")
    values = {name: getattr(row, name) for name in names}
    return RefundRequestStatus(label=refund_requests.LABELS[row.state], **values)
