"""Refund requests of stored value (储值退款申请): the list, and the answer of staff with a reason."""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import StringConstraints

from console import shop_scope
from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, respond_once
from store.customers import member_scope
from store.stored_value import refund_request_list, refund_requests
from store.stored_value.refund_request_list import RefundRequestCriteria
from store.stored_value.refund_requests import StoredValueRefundRequest
from web.schemas import OneLine, RequestModel

bp = APIBlueprint(
    "console_refund_requests", __name__, url_prefix="/console/api/refund-requests", enable_openapi=False
)


class RequestQuery(ListQuery):
    """Which requests are listed. `search` is a number, or a whole card number or phone."""

    search: Search = ""
    state: Literal["open", "granted", "rejected"] | None = None


class Rejection(RequestModel):
    """Why a request is rejected. The member reads it."""

    reason: Annotated[OneLine, StringConstraints(max_length=200)]


@bp.get("")
@staff_required("refund_requests.read")
@bp.input(RequestQuery, location="query")
def list_requests(caller: StaffCaller, query_data: RequestQuery) -> Response:
    criteria = RefundRequestCriteria(
        search=query_data.search, state=query_data.state, shop_ids=caller.shop_ids
    )
    rows, total = refund_request_list.list_page(criteria, query_data.to_page())
    names = shop_scope.read_names(member_scope.find_shop_id(row.member) for row in rows)
    return list_response((_to_row(row, names) for row in rows), total, query_data)


@bp.post("/<number>/grants")
@staff_required("refund_requests.approve")
def grant(number: str, caller: StaffCaller) -> Response:
    """Grant a request: the principal goes back the way it came, and the bonus is forfeited."""
    refund_request_list.get(number, shop_ids=caller.shop_ids)
    return respond_once(caller, None, lambda: _to_answer(refund_requests.grant(number=number)))


@bp.post("/<number>/rejections")
@staff_required("refund_requests.approve")
@bp.input(Rejection)
def reject(number: str, caller: StaffCaller, json_data: Rejection) -> Response:
    refund_request_list.get(number, shop_ids=caller.shop_ids)
    return respond_once(
        caller, json_data,
        lambda: _to_answer(refund_requests.reject(number=number, reason=json_data.reason)),
    )  # fmt: skip


def _to_answer(row: StoredValueRefundRequest) -> dict[str, Any]:
    return _to_row(refund_request_list.get(row.number), {})


def _to_row(row: StoredValueRefundRequest, names: dict[int | None, str]) -> dict[str, Any]:
    return {
        "number": row.number, "card_number": row.member.card_number, "state": row.state,
        "shop": names.get(member_scope.find_shop_id(row.member)), "principal_fen": row.principal_fen,
        "bonus_fen": row.bonus_fen, "at_once": row.at_once, "answer": row.answer, "operator": row.operator,
        "requested_at": row.requested_at.isoformat(),
        "answered_at": row.answered_at.isoformat() if row.answered_at else None,
    }  # fmt: skip
