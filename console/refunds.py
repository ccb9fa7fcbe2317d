"""Refunds (退款): the list, the decision about one that waits for a person, and a refund without a return."""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field, StringConstraints

import payment_calls
from console import shop_scope
from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, operation_number, respond_once
from store.core.errors import DomainError
from store.core.validation import IsoDate
from store.payments import attempts, kinds, refund_list, refunds
from store.payments.refund_list import RefundCriteria
from store.payments.refunds import Refund
from web.responses import json_response
from web.schemas import OneLine, RequestModel

bp = APIBlueprint("console_refunds", __name__, url_prefix="/console/api/refunds", enable_openapi=False)

Reason = Annotated[OneLine, StringConstraints(max_length=80)]


class RefundQuery(ListQuery):
    """Which refunds are listed. `search` is the beginning of a number, `shop` a code."""

    search: Search = ""
    state: Literal["asked", "sent", "succeeded", "failed", "abnormal"] | None = None
    method: Literal["original", "cash", "bank_card"] | None = None
    shop: Search | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


class RefundResolution(RequestModel):
    """What a person decides: the customer has the money, the money is free again, or it is sent again."""

    resolution: Literal["succeeded", "failed", "retry"]
    reason: Reason


class RefundOrder(RequestModel):
    """A refund of a payment without a return."""

    payment: Annotated[str, StringConstraints(min_length=1, max_length=32)]
    amount_fen: int = Field(ge=1, le=10_000_000_000)
    reason: Reason


@bp.get("")
@staff_required("refunds.read")
@bp.input(RefundQuery, location="query")
def list_refunds(caller: StaffCaller, query_data: RefundQuery) -> Response:
    asked = query_data.model_dump(exclude={"page", "page_size", "sort", "shop"})
    criteria = RefundCriteria(
        **asked, shop_id=shop_scope.find_shop_id(caller, query_data.shop), shop_ids=caller.shop_ids
    )
    rows, total = refund_list.list_page(criteria, query_data.to_page())
    names = shop_scope.read_names(row.shop_id for row in rows)
    return list_response((to_refund(row, names) for row in rows), total, query_data)


@bp.post("")
@staff_required("refunds.edit")
@bp.input(RefundOrder)
def ask_refund(caller: StaffCaller, json_data: RefundOrder) -> Response:
    payment = attempts.get(json_data.payment)
    caller.ensure_shop(payment.shop_id, subject="该笔支付")
    number = operation_number(caller, prefix="A")

    def work() -> dict[str, Any]:
        row = refunds.ask_by_person(
            number=number, attempt_number=payment.number, amount_fen=json_data.amount_fen, reason=json_data.reason
        )  # fmt: skip
        return to_refund(row, {})

    return respond_once(caller, json_data, work, status=201)


@bp.post("/<number>/queries")
@staff_required("refunds.edit")
def query_refund(number: str, caller: StaffCaller) -> Response:
    """Ask the platform about a refund, or send one that waits, and return it as it is then."""
    row = _get_seen(caller, number)
    if row.method != "original" or row.state not in ("asked", "sent"):
        raise DomainError("not_on_its_way", "该笔退款不在处理中，无需查询", 409)
    row = payment_calls.send_refund(row)
    return json_response(to_refund(row, shop_scope.read_names([row.shop_id])))


@bp.post("/<number>/resolution")
@staff_required("refunds.edit")
@bp.input(RefundResolution)
def resolve_refund(number: str, caller: StaffCaller, json_data: RefundResolution) -> Response:
    _get_seen(caller, number)

    def work() -> dict[str, Any]:
        row = refunds.resolve(number=number, resolution=json_data.resolution, reason=json_data.reason)
        return to_refund(row, {})

    return respond_once(caller, json_data, work)


def _get_seen(caller: StaffCaller, number: str) -> Refund:
    row = refunds.get(number)
    caller.ensure_shop(row.shop_id, subject="该笔退款")
    return row


def to_refund(row: Refund, names: dict[int | None, str]) -> dict[str, Any]:
    """Return a refund with the payment that it gives back."""
    return {
        "number": row.number, "payment": row.attempt.number, "payable_kind": row.attempt.payable_kind,
        "payable_number": row.attempt.payable_number, "reference": row.reference,
        "name": kinds.get(row.attempt.kind).name,
        "amount_fen": row.amount_fen, "reason": row.reason, "purpose": row.purpose, "method": row.method,
        "state": row.state, "message": row.message, "tries": row.tries, "platform_number": row.platform_number,
        "shop": names.get(row.shop_id), "asked_at": row.asked_at.isoformat(),
        "done_at": row.done_at.isoformat() if row.done_at else None,
    }  # fmt: skip
