"""Payments (付款): the list, one with its refunds and notices, and the report by kind and shop."""

from typing import Any, Literal

from apiflask import APIBlueprint
from flask import Response

import payment_calls
from console import shop_scope
from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response
from console.order_details import to_payment
from console.refunds import to_refund
from store.core.errors import DomainError
from store.core.validation import IsoDate
from store.orders import payment_report
from store.orders.payment_report import PaymentReport
from store.payments import attempts, kinds, merchants, notices, queries, refunds
from store.payments.attempts import PaymentAttempt
from store.payments.notices import PaymentNotice
from store.payments.queries import KindSum, PaymentFilters
from store.tills import cashiers, terminals
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("console_payments", __name__, url_prefix="/console/api", enable_openapi=False)


class ReportQuery(RequestModel):
    """What a report sums. `search` is the beginning of a number, `shop` a code."""

    search: Search = ""
    shop: Search | None = None
    kind: Search | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None
    payable: Literal["order", "top_up"] | None = None


class PaymentQuery(ListQuery, ReportQuery):
    """Which payments are listed. `search` is the beginning of a number, `shop` a code."""

    state: Literal["created", "pending", "unknown", "succeeded", "failed", "closed"] | None = None


@bp.get("/payments")
@staff_required("payments.read")
@bp.input(PaymentQuery, location="query")
def list_payments(caller: StaffCaller, query_data: PaymentQuery) -> Response:
    rows, total = queries.list_page(_to_filters(caller, query_data), query_data.to_page())
    names = shop_scope.read_names(row.shop_id for row in rows)
    return list_response((_to_row(row, names) for row in rows), total, query_data)


@bp.get("/payments/<number>")
@staff_required("payments.read")
def get_payment(number: str, caller: StaffCaller) -> Response:
    """Return a payment with its refunds, its notices and the other attempts to pay the same. No secret is shown."""
    row = get_seen(caller, number)
    back = refunds.list_for_attempt(row)
    came = notices.list_for_numbers([row.number, *(refund.number for refund in back)])
    siblings = [one for one in attempts.list_for(row.payable_kind, row.payable_number) if one.id != row.id]
    merchant = merchants.get_by_id(row.merchant_id) if row.merchant_id else None
    terminal = terminals.find_by_id(row.terminal_id)
    return json_response(_to_row(row, shop_scope.read_names([row.shop_id])) | {
        "received_fen": row.received_fen, "change_fen": row.change_fen, "surplus_fen": row.surplus_fen,
        "merchant": f"{merchant.name}（{merchant.merchant_id}）" if merchant else None,
        "terminal": terminal.code if terminal else None,
        "cashier": cashiers.read_names([row.cashier_id]).get(row.cashier_id or 0), "tail": row.tail,
        "message": row.message, "refundable_fen": refunds.refundable_fen(row) if row.state == "succeeded" else 0,
        "can_ask_refund": row.state == "succeeded" and row.merchant_id is not None,
        "can_query": row.merchant_id is not None and row.state != "succeeded",
        "refunds": [to_refund(one, {}) for one in back], "notices": [_to_notice(one) for one in came],
        "attempts": [to_payment(one) for one in siblings],
    })  # fmt: skip


@bp.post("/payments/<number>/queries")
@staff_required("payments.query")
def query_payment(number: str, caller: StaffCaller) -> Response:
    """Ask the platform about a payment and return it as it is then. One that has succeeded is not asked about."""
    row = get_seen(caller, number)
    if row.merchant_id is None:
        raise DomainError("not_of_platform", "现金和银行卡没有平台记录可查", 409)
    row = row if row.state == "succeeded" else payment_calls.query(row)
    return json_response(_to_row(row, shop_scope.read_names([row.shop_id])) | {"message": row.message})


@bp.get("/payment-report")
@staff_required("payment_report.read")
@bp.input(ReportQuery, location="query")
def get_report(caller: StaffCaller, query_data: ReportQuery) -> Response:
    """Return the sums by kind, of all shops that match and of each. Orders are summed unless top-ups are asked for."""
    filters = _to_filters(caller, query_data.model_copy(update={"payable": query_data.payable or "order"}))
    by_shop = payment_report.report_by_shop(filters)
    names = shop_scope.read_names(one.shop_id for one in by_shop)
    return json_response({
        "total": _to_report(payment_report.report(filters)),
        "shops": [_to_report(one) | {"shop": names.get(one.shop_id, "不在门店")} for one in by_shop],
    })  # fmt: skip


def get_seen(caller: StaffCaller, number: str) -> PaymentAttempt:
    """Return a payment of a shop that the account sees. Raises DomainError(not_found)."""
    row = attempts.get(number)
    caller.ensure_shop(row.shop_id, subject="该笔支付")
    return row


def _to_filters(caller: StaffCaller, asked: ReportQuery) -> PaymentFilters:
    return PaymentFilters(
        first_day=asked.since, last_day=asked.until, shop_id=shop_scope.find_shop_id(caller, asked.shop),
        payable_kind=asked.payable, keyword=asked.search, kind=asked.kind, state=getattr(asked, "state", None),
        shop_ids=caller.shop_ids,
    )  # fmt: skip


def _to_row(row: PaymentAttempt, names: dict[int | None, str]) -> dict[str, Any]:
    kind = kinds.get(row.kind)
    return to_payment(row) | {
        "payable_kind": row.payable_kind, "payable_number": row.payable_number, "report": kind.report,
        "platform_number": row.platform_number, "shop": names.get(row.shop_id),
        "paid_at": row.paid_at.isoformat() if row.paid_at else None,
    }  # fmt: skip


def _to_notice(row: PaymentNotice) -> dict[str, Any]:
    return {
        "id": str(row.id), "number": row.number, "received_at": row.received_at.isoformat(), "times": row.times,
        "result": row.result,
    }  # fmt: skip


def _to_report(one: PaymentReport) -> dict[str, Any]:
    return {
        "paid_fen": one.paid_fen, "refunded_fen": one.refunded_fen, "coupon_fen": one.coupon_fen,
        "kinds": [_to_sum(row) for row in one.kinds],
    }  # fmt: skip


def _to_sum(row: KindSum) -> dict[str, Any]:
    return {
        "code": row.code, "name": row.name, "report": row.report, "count": row.count, "paid_fen": row.paid_fen,
        "surplus_fen": row.surplus_fen, "refunded_count": row.refunded_count, "refunded_fen": row.refunded_fen,
    }  # fmt: skip
