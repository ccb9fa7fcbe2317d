"""What a customer does with an order: cancel it, confirm that it arrived, order the same again."""

from apiflask import APIBlueprint
from flask import Response

import payment_calls
from miniprogram_api.orders.order_responses import to_detail
from miniprogram_api.orders.schemas import CancellationRequest, OrderDetail, ReorderResponse
from store.carts import carts
from store.orders import payers
from store.orders.tables import Order
from store.payments import attempts
from store.payments.attempts import LIVE
from store.shop_orders import moves
from web import idempotency
from web.auth import Caller, login_required
from web.responses import json_response

bp = APIBlueprint("order_actions", __name__, tag="订单")

_ERRORS = {404: "没有该订单", 409: "订单的状态不允许"}


@bp.post("/api/me/orders/<number>/cancellation")
@login_required
@bp.doc(
    summary="取消订单",
    description="未付款的关闭，已付款而门店尚未接单的全额退款。",
    security="session",
    responses=_ERRORS,
)
@bp.input(CancellationRequest)
@bp.output(OrderDetail)
def cancel_order(caller: Caller, number: str, json_data: CancellationRequest) -> Response:
    order = payers.get_of_customer(caller.customer, number)

    def close_pending() -> None:
        if order.state == "placed":
            for attempt in attempts.list_for("order", order.number):
                if attempt.state in LIVE:
                    payment_calls.cancel(attempt)

    def work(_: None) -> OrderDetail:
        moves.cancel(number=order.number, reason=json_data.reason)
        return to_detail(Order.get_by_id(order.id))

    return json_response(
        idempotency.run_idempotent_with_proof(caller.scope, json_data, prove=close_pending, work=work)
    )


@bp.post("/api/me/orders/<number>/arrival")
@login_required
@bp.doc(summary="确认收货", security="session", responses=_ERRORS)
@bp.output(OrderDetail)
def confirm_arrival(caller: Caller, number: str) -> Response:
    order = payers.get_of_customer(caller.customer, number)

    def work() -> OrderDetail:
        moves.receive(number=order.number)
        return to_detail(Order.get_by_id(order.id))

    return json_response(idempotency.run_idempotent(caller.scope, None, work))


@bp.post("/api/me/orders/<number>/reorder")
@login_required
@bp.doc(
    summary="再来一单",
    description="把订单的商品放入购物车。",
    security="session",
    responses={404: "没有该订单"},
)
@bp.output(ReorderResponse)
def reorder(caller: Caller, number: str) -> Response:
    order = payers.get_of_customer(caller.customer, number)

    def work() -> ReorderResponse:
        added, missing = carts.add_again(customer=caller.customer, order=order)
        return ReorderResponse(added=added, missing=missing)

    return json_response(idempotency.run_idempotent(caller.scope, None, work))
