"""Sales at a till: opened, changed, parked, cancelled, printed."""

from dataclasses import dataclass
from typing import Any

from apiflask import APIBlueprint
from flask import Response

import payment_calls
from store.core import errors
from store.customers import members
from store.customers.members import Member
from store.orders import orders
from store.orders.requests import PlaceLine
from store.orders.tables import Order
from store.payments import attempts
from store.payments.attempts import LIVE
from store.pricing.request import StaffDiscount
from store.stored_value import authorization as stored_value_authorization
from store.stored_value import payments as stored_value_payments
from store.stored_value.authorization import PaymentAuthorization
from store.tills import member_search, sale_receipts, sales
from store.tills.sales import SaleParameters, TillSale
from till import sale_lines, slips
from till.auth import ERRORS, TillCaller, till_session_required
from till.sale_responses import to_sale
from till.sale_schemas import (
    Discount,
    SaleChange,
    SaleRequest,
    SaleResponse,
    SalesQuery,
    SalesResponse,
    StoredValuePart,
)
from till.slips import SlipQuery, SlipResponse
from web import idempotency
from web.responses import json_response

bp = APIBlueprint("till_sales", __name__, tag="收银台", url_prefix="/till")

SALE_ERRORS = ERRORS | {404: "没有该单", 409: "该单的状态不允许，或优惠、余额已变化"}


@dataclass(frozen=True)
class _Proof:
    """What was checked before the transaction: what changes, and the authorization of stored value."""

    changes: dict[str, Any]
    authorization: PaymentAuthorization | None


@bp.post("/sales")
@till_session_required
@bp.doc(summary="开单", security="till", responses=SALE_ERRORS)
@bp.input(SaleRequest)
@bp.output(SaleResponse, status_code=201)
def open_sale(caller: TillCaller, json_data: SaleRequest) -> Response:
    if not json_data.names_lines:
        raise errors.invalid("amount_fen", "请填写金额或商品")

    def work(proof: _Proof) -> SaleResponse:
        sale = sales.open_sale(
            terminal=caller.terminal, cashier=caller.cashier, parameters=SaleParameters(**proof.changes),
            key=caller.operation_key("sale"), authorization=proof.authorization,
        )  # fmt: skip
        return to_sale(sale)

    opened = idempotency.run_idempotent_with_proof(
        caller.scope, json_data, prove=lambda: _prove(caller, json_data, None), work=work
    )
    return json_response(opened, 201)


@bp.get("/sales")
@till_session_required
@bp.doc(summary="未结清的单，或最近的单", security="till", responses=ERRORS)
@bp.input(SalesQuery, location="query")
@bp.output(SalesResponse)
def list_sales(caller: TillCaller, query_data: SalesQuery) -> Response:
    if query_data.state == "open":
        rows = sales.list_open(caller.terminal)
    else:
        rows = sales.list_recent(shop_id=caller.shop.id, states=("paid", "completed"))
    return json_response(SalesResponse(list=[to_sale(row) for row in rows]))


@bp.get("/sales/<number>")
@till_session_required
@bp.doc(summary="查看一单", security="till", responses=SALE_ERRORS)
@bp.output(SaleResponse)
def get_sale(caller: TillCaller, number: str) -> Response:
    return json_response(to_sale(find_sale(caller, number)))


@bp.patch("/sales/<number>")
@till_session_required
@bp.doc(summary="改单、挂单和取单", security="till", responses=SALE_ERRORS)
@bp.input(SaleChange)
@bp.output(SaleResponse)
def change_sale(caller: TillCaller, number: str, json_data: SaleChange) -> Response:
    sale = find_sale(caller, number)

    def work(proof: _Proof) -> SaleResponse:
        changed = sale
        if proof.changes:
            changed = sales.change_sale(
                number=sale.order.number, cashier=caller.cashier, changes=proof.changes,
                authorization=proof.authorization,
            )  # fmt: skip
        if json_data.parked is not None:
            changed = sales.set_parked(number=sale.order.number, parked=json_data.parked)
        return to_sale(changed)

    changed = idempotency.run_idempotent_with_proof(
        caller.scope, json_data, prove=lambda: _prove(caller, json_data, sale), work=work
    )
    return json_response(changed)


@bp.delete("/sales/<number>")
@till_session_required
@bp.doc(
    summary="取消一单",
    description="先撤销平台上的付款；现金须先退给顾客，再由此登记。",
    security="till",
    responses=SALE_ERRORS,
)
@bp.output(SaleResponse)
def close_sale(caller: TillCaller, number: str) -> Response:
    caller.authorize("sell")
    sale = find_sale(caller, number)
    for attempt in attempts.list_for("order", sale.order.number):
        if attempt.state in LIVE:
            payment_calls.cancel(attempt)
    orders.close(
        number=sale.order.number, reason="收银员取消", terminal_id=caller.terminal.id, cashier_id=caller.cashier.id
    )  # fmt: skip
    return json_response(to_sale(sale))


@bp.get("/sales/<number>/slip")
@till_session_required
@bp.doc(summary="打印小票", security="till", responses=SALE_ERRORS)
@bp.input(SlipQuery, location="query")
@bp.output(SlipResponse)
def get_sale_slip(caller: TillCaller, number: str, query_data: SlipQuery) -> Response:
    order = Order.get_by_id(find_sale(caller, number).order_id)
    if order.paid_at is None:
        raise errors.DomainError("order_unpaid", "该单尚未付清，不能打印小票", 409)
    receipt = sale_receipts.build(order, is_reprint=query_data.reprint)
    return json_response(slips.to_slip_response(receipt, query_data))


def find_sale(caller: TillCaller, number: str) -> TillSale:
    """Return a sale of the caller's shop. Raises DomainError(not_found)."""
    return sales.get_sale(number, shop_id=caller.shop.id)


def _prove(caller: TillCaller, wanted: SaleRequest, sale: TillSale | None) -> _Proof:
    """Check rights, codes and proofs of a request, and return what it changes."""
    caller.authorize("sell")
    given, changes = wanted.model_fields_set, dict[str, Any]()
    if wanted.names_lines:
        changes["lines"] = _to_lines(caller, wanted)
    if "member" in given:
        changes["member_id"] = _find_member_id(caller, wanted.member)
    if "coupon_codes" in given:
        codes = wanted.coupon_codes
        changes["coupon_codes"] = codes if codes == "best" else tuple(codes)
    if "points" in given:
        changes["points"] = wanted.points
    if "discount" in given:
        changes["discount"] = _to_discount(caller, wanted.discount)
    if "round_down" in given:
        if wanted.round_down:
            caller.authorize("round_down", wanted.manager_pin)
        changes["round_down"] = wanted.round_down
    authorization = None
    if "stored_value" in given:
        changes["stored_value_fen"] = wanted.stored_value.amount_fen if wanted.stored_value else 0
        if wanted.stored_value:
            current = sale.order.member_id if sale else None
            member_id = changes.get("member_id", current)
            authorization, member_id = _authorize(caller, wanted.stored_value, member_id, sale)
            changes["member_id"] = member_id
    return _Proof(changes, authorization)


def _to_lines(caller: TillCaller, wanted: SaleRequest) -> tuple[PlaceLine, ...]:
    if wanted.lines is not None:
        return sale_lines.build(caller.shop, wanted.lines)
    return (sales.amount_line(wanted.amount_fen or 0),)


def _find_member_id(caller: TillCaller, text: str | None) -> int | None:
    if text is None:
        return None
    member = Member.find(public_id=text) or member_search.find_member(text, till=caller.terminal.code)
    if member is None:
        raise errors.not_found("该会员")
    return int(members.survivor(member).id)


def _to_discount(caller: TillCaller, wanted: Discount | None) -> StaffDiscount | None:
    if wanted is None:
        return None
    caller.authorize("lower_price", wanted.manager_pin)
    return StaffDiscount(
        reference=caller.cashier.number, reason=wanted.reason, percent=wanted.percent or 0,
        amount_fen=wanted.amount_fen or 0,
    )  # fmt: skip


def _authorize(
    caller: TillCaller, wanted: StoredValuePart, member_id: int | None, sale: TillSale | None
) -> tuple[PaymentAuthorization | None, int | None]:
    """Return the authorization of stored value and its member. A repeated hold needs no second code."""
    held = stored_value_payments.find_held(sale.order.number) if sale else None
    if held is not None and held.amount_fen >= wanted.amount_fen:
        return None, member_id
    if wanted.payment_code:
        proof, member = stored_value_authorization.authorize_by_payment_code(
            code=wanted.payment_code, till=caller.terminal.code
        )
        if member_id not in (None, member.id):
            raise errors.DomainError("authorization_mismatch", "付款码与会员不符", 403)
        return proof, int(member.id)
    if wanted.sms_code and member_id is not None:
        member = Member.get_by_id(member_id)
        return stored_value_authorization.authorize_by_sms(member=member, code=wanted.sms_code), member_id
    return None, member_id
