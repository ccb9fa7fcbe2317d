"""Orders of the shop at a till: accepted, prepared, shipped or handed to the customer, and refunded before that."""

from collections.abc import Callable
from functools import partial
from typing import Any

from apiflask import APIBlueprint
from flask import Response

import payment_calls
from store.core import errors
from store.orders import fulfilments
from store.orders.requests import ReturnLine
from store.orders.tables import Order
from store.payments import attempts
from store.payments.attempts import LIVE
from store.shop_orders import moves, order_list, refunds
from store.shop_orders.order_list import StaffFilter
from store.tills import shop_order_slips
from till import slips
from till.auth import ERRORS, TillCaller, till_session_required
from till.order_responses import to_detail, to_summaries
from till.order_schemas import (
    HandoverRequest,
    OrderRefundRequest,
    OrderSlipQuery,
    ReasonRequest,
    ShipmentRequest,
    ShopOrderDetail,
    ShopOrdersQuery,
    ShopOrdersResponse,
)
from till.slips import SlipResponse
from web import idempotency, paging
from web.responses import json_response

bp = APIBlueprint("till_orders", __name__, tag="收银台", url_prefix="/till")

ORDER_ERRORS = ERRORS | {404: "没有该订单", 409: "订单的状态不允许"}


@bp.get("/orders")
@till_session_required
@bp.doc(summary="本店的线上订单", security="till", responses=ERRORS)
@bp.input(ShopOrdersQuery, location="query")
@bp.output(ShopOrdersResponse)
def list_shop_orders(caller: TillCaller, query_data: ShopOrdersQuery) -> Response:
    asked = query_data.state
    chosen = fulfilments.ENDED if asked == "ended" else (asked,) if asked else ()
    wanted = StaffFilter(shop_id=caller.shop.id, states=chosen, keyword=query_data.q)
    rows, page = paging.read_page(
        query_data,
        name=f"till.orders.{caller.shop.id}.{asked or 'all'}",
        fetch=partial(order_list.list_for_staff, wanted),
        position=lambda order: (order.id,),
    )
    counts = order_list.count_states(StaffFilter(shop_id=caller.shop.id))
    return json_response(ShopOrdersResponse(list=to_summaries(rows), counts=counts, **page))


@bp.get("/orders/<number>")
@till_session_required
@bp.doc(summary="线上订单", security="till", responses=ERRORS | {404: "没有该订单"})
@bp.output(ShopOrderDetail)
def get_shop_order(caller: TillCaller, number: str) -> Response:
    return json_response(to_detail(_find(caller, number), caller.shop))


@bp.post("/orders/<number>/acceptance")
@till_session_required
@bp.doc(summary="接单", security="till", responses=ORDER_ERRORS)
@bp.output(ShopOrderDetail)
def accept_order(caller: TillCaller, number: str) -> Response:
    return _change(caller, number, None, moves.accept)


@bp.post("/orders/<number>/refusal")
@till_session_required
@bp.doc(summary="拒单", description="已付的款项全部原路退回。", security="till", responses=ORDER_ERRORS)
@bp.input(ReasonRequest)
@bp.output(ShopOrderDetail)
def reject_order(caller: TillCaller, number: str, json_data: ReasonRequest) -> Response:
    return _change(caller, number, json_data, partial(moves.reject, reason=json_data.reason))


@bp.post("/orders/<number>/ready")
@till_session_required
@bp.doc(summary="备货完成", security="till", responses=ORDER_ERRORS)
@bp.output(ShopOrderDetail)
def mark_order_ready(caller: TillCaller, number: str) -> Response:
    return _change(caller, number, None, moves.mark_ready)


@bp.post("/orders/<number>/shipments")
@till_session_required
@bp.doc(summary="发货", description="可登记多个包裹。", security="till", responses=ORDER_ERRORS)
@bp.input(ShipmentRequest)
@bp.output(ShopOrderDetail)
def ship_order(caller: TillCaller, number: str, json_data: ShipmentRequest) -> Response:
    ship = partial(moves.ship, company=json_data.company, tracking_number=json_data.number)
    return _change(caller, number, json_data, ship)


@bp.post("/orders/<number>/handover")
@till_session_required
@bp.doc(
    summary="交付",
    description="自提凭提货码，没有提货码时须店长授权。货到付款在此收取现金。",
    security="till",
    responses=ORDER_ERRORS,
)
@bp.input(HandoverRequest)
@bp.output(ShopOrderDetail)
def hand_order_over(caller: TillCaller, number: str, json_data: HandoverRequest) -> Response:
    order = _find(caller, number)

    def prove() -> None:
        if json_data.pickup_code is not None:
            moves.check_code_attempts(caller.terminal.id)
        elif order.kind != "delivery":
            caller.authorize("manager", json_data.manager_pin)

    hand_over = partial(
        moves.hand_over, pickup_code=json_data.pickup_code, received_fen=json_data.received_fen,
        terminal_id=caller.terminal.id, cashier_id=caller.cashier.id,
    )  # fmt: skip
    return _change(caller, number, json_data, hand_over, prove=prove)


@bp.post("/orders/<number>/cancellation")
@till_session_required
@bp.doc(summary="取消线上订单", security="till", responses=ORDER_ERRORS)
@bp.input(ReasonRequest)
@bp.output(ShopOrderDetail)
def cancel_shop_order(caller: TillCaller, number: str, json_data: ReasonRequest) -> Response:
    order = _find(caller, number)

    def close_pending() -> None:
        caller.authorize("refund")
        for attempt in attempts.list_for("order", order.number):
            if attempt.state in LIVE:
                payment_calls.cancel(attempt)

    cancel = partial(moves.cancel, reason=json_data.reason, by_staff=True)
    return _change(caller, number, json_data, cancel, prove=close_pending)


@bp.post("/orders/<number>/refunds")
@till_session_required
@bp.doc(summary="发货前退款", description="按商品件数退。", security="till", responses=ORDER_ERRORS)
@bp.input(OrderRefundRequest)
@bp.output(ShopOrderDetail)
def refund_shop_order(caller: TillCaller, number: str, json_data: OrderRefundRequest) -> Response:
    return_number = caller.operation_key("order-refund")[-64:]

    def refund(*, number: str) -> None:
        lines = [ReturnLine(one.line, units=one.units, amount_fen=one.amount_fen) for one in json_data.lines]
        refunds.refund_lines(
            number=number, return_number=return_number, lines=lines, reason=json_data.reason[:80]
        )

    def prove() -> None:
        caller.authorize("refund", json_data.manager_pin)

    return _change(caller, number, json_data, refund, prove=prove)


@bp.get("/orders/<number>/slip")
@till_session_required
@bp.doc(summary="打印配送单或拣货单", security="till", responses=ERRORS | {404: "没有该订单"})
@bp.input(OrderSlipQuery, location="query")
@bp.output(SlipResponse)
def get_order_slip(caller: TillCaller, number: str, query_data: OrderSlipQuery) -> Response:
    order = _find(caller, number)
    slip = shop_order_slips.build(order, kind=query_data.kind, is_reprint=query_data.reprint)
    return json_response(slips.to_slip_response(slip, query_data))


def _change(
    caller: TillCaller, number: str, body: Any, change: Callable[..., Any], *, prove: Callable[[], None] | None = None
) -> Response:  # fmt: skip
    """Run a step of an order of the caller's shop once, and return the order as it is then."""
    caller.authorize("sell")
    order = _find(caller, number)

    def work(_: None) -> ShopOrderDetail:
        change(number=order.number)
        return to_detail(Order.get_by_id(order.id), caller.shop)

    return json_response(
        idempotency.run_idempotent_with_proof(caller.scope, body, prove=prove or (lambda: None), work=work)
    )


def _find(caller: TillCaller, number: str) -> Order:
    """Return an order of the caller's shop. Raises DomainError(not_found)."""
    order = fulfilments.find_order(number)
    if order is None or order.shop_id != caller.shop.id:
        raise errors.not_found("该订单")
    return order
