"""Payments of a shop (支付查询), for managers at the till."""

from dataclasses import replace
from datetime import date, datetime
from typing import Annotated

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field, StringConstraints

from store.core.keyset import Position
from store.orders import payment_report
from store.payments import kinds, queries
from store.payments.attempts import PaymentAttempt
from store.payments.queries import PaymentFilters
from till.auth import ERRORS, TillCaller, till_session_required
from web import paging
from web.responses import json_response
from web.schemas import PageQuery, PageResponse

bp = APIBlueprint("till_payments", __name__, tag="收银台", url_prefix="/till")

Number = Annotated[str, StringConstraints(max_length=40, pattern=r"^[^\x00-\x1f\x7f]*$")]


class PaymentsQuery(PageQuery):
    """Business days, both inclusive. `q` begins a number, or is the tail of a card."""

    first_day: date | None = Field(default=None, alias="from", description="起始营业日")
    last_day: date | None = Field(default=None, alias="to", description="截止营业日")
    kind: Annotated[str, StringConstraints(max_length=20)] | None = Field(
        default=None, description="付款方式编码"
    )
    state: Annotated[str, StringConstraints(max_length=10)] | None = None
    order: Number | None = Field(default=None, description="单号")
    q: Annotated[str, StringConstraints(max_length=queries.MAX_KEYWORD_LENGTH)] = Field(
        default="", description="单号、支付单号或平台单号的开头，或银行卡尾号"
    )


class PaymentRow(BaseModel):
    """A payment of the shop."""

    number: str
    order_number: str
    is_top_up: bool
    kind: str
    label: str
    amount_fen: int
    paid_fen: int
    refunded_fen: int
    state: str
    at: datetime
    paid_at: datetime | None


class KindRow(BaseModel):
    """Sums of a kind: `report` is its line in the report, `label` the line below it."""

    kind: str
    label: str
    report: str
    count: int
    paid_fen: int
    refunded_count: int
    refunded_fen: int


class PaymentSummary(BaseModel):
    """Sums of what orders were paid with. Coupons are a note that the totals leave out."""

    kinds: list[KindRow]
    paid_fen: int
    refunded_fen: int
    coupon_fen: int = Field(description="优惠券优惠，不计入合计")


class PaymentsResponse(PageResponse):
    """A page of payments, the newest first, and the sums of all that match."""

    list: list[PaymentRow]
    summary: PaymentSummary


@bp.get("/payments")
@till_session_required
@bp.doc(
    summary="支付查询",
    description="只有店长可以查询，且只能查询本店。合计按收款日和退款日计算。",
    security="till",
    responses=ERRORS,
)
@bp.input(PaymentsQuery, location="query")
@bp.output(PaymentsResponse)
def list_payments(caller: TillCaller, query_data: PaymentsQuery) -> Response:
    caller.authorize("manager")
    filters = PaymentFilters(
        first_day=query_data.first_day, last_day=query_data.last_day, shop_id=caller.shop.id, kind=query_data.kind,
        state=query_data.state, payable_number=query_data.order, keyword=query_data.q,
    )  # fmt: skip

    def fetch(*, page: int, page_size: int, after: Position | None) -> tuple[list[PaymentAttempt], int]:
        rows = queries.list_payments(filters, page=page, page_size=page_size, after=after)
        return rows, queries.count_payments(filters)

    rows, page = paging.read_page(
        query_data, name=f"till-payments.{caller.shop.id}", fetch=fetch, position=queries.get_position
    )
    return json_response(
        PaymentsResponse(list=[_to_row(row) for row in rows], summary=_to_summary(filters), **page)
    )


def _to_row(row: PaymentAttempt) -> PaymentRow:
    return PaymentRow(
        number=row.number, order_number=row.payable_number, is_top_up=row.payable_kind == "top_up", kind=row.kind,
        label=kinds.get(row.kind).name, amount_fen=row.amount_fen, paid_fen=row.paid_fen,
        refunded_fen=row.refunded_fen, state=row.state, at=row.created_at, paid_at=row.paid_at,
    )  # fmt: skip


def _to_summary(filters: PaymentFilters) -> PaymentSummary:
    found = payment_report.report(replace(filters, payable_kind="order", state=None))
    return PaymentSummary(
        kinds=[
            KindRow(
                kind=row.code, label=row.name, report=row.report, count=row.count, paid_fen=row.paid_fen,
                refunded_count=row.refunded_count, refunded_fen=row.refunded_fen,
            )
            for row in found.kinds
        ],
        paid_fen=found.paid_fen, refunded_fen=found.refunded_fen, coupon_fen=found.coupon_fen,
    )  # fmt: skip
