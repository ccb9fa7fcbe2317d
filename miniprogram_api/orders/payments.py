"""Payments of orders: a platform takes what is due, or stored value does."""

from apiflask import APIBlueprint
from flask import Response

from miniprogram_api import page_payments
from miniprogram_api.orders.schemas import OrderPaymentRequest, OrderPaymentResponse
from store.core import errors, ids
from store.orders import fulfilments, orders, payers
from store.orders.tables import Order
from store.shop_orders import states
from store.stored_value import authorization as stored_value_authorization
from web import idempotency
from web.auth import Caller, login_required
from web.responses import json_response

bp = APIBlueprint("order_payments", __name__, tag="订单")


@bp.post("/api/me/orders/<number>/payments")
@login_required
@bp.doc(
    summary="支付订单",
    description="返回支付参数。付款结果以 `GET /api/me/orders/{number}` 为准。",
    security="session",
    responses={404: "没有该订单", 409: "订单已付款或已关闭，或不能用该方式付款", 503: "支付平台暂不可用"},
)
@bp.input(OrderPaymentRequest)
@bp.output(OrderPaymentResponse, status_code=201)
def pay_order(caller: Caller, number: str, json_data: OrderPaymentRequest) -> Response:
    order = payers.get_of_customer(caller.customer, number)
    begin = _pay_by_stored_value if json_data.method == "stored_value" else _pay_by_platform
    answer = idempotency.run_idempotent_with_proof(
        caller.scope, json_data, prove=lambda: begin(caller, order, json_data), work=lambda found: found
    )
    return json_response(answer, 201)


def _pay_by_platform(caller: Caller, order: Order, body: OrderPaymentRequest) -> OrderPaymentResponse:
    assert body.method != "stored_value", "stored value has no platform"
    if order.state != "placed":
        raise errors.DomainError("order_paid", "该订单已付款或已关闭", 409, state=order.state)
    payer_id = page_payments.get_payer_id(caller, body.method)
    attempt = page_payments.start(
        caller, body.method, payable_kind="order", payable_number=order.number, shop_id=order.shop_id,
        key=ids.public_id("shop_"), payer_id=payer_id,
    )  # fmt: skip
    arguments = page_payments.prepare(attempt, payer_id)
    return _to_response(order.number, attempt.number, arguments)


def _pay_by_stored_value(caller: Caller, order: Order, body: OrderPaymentRequest) -> OrderPaymentResponse:
    """Let stored value pay the rest, or a part of it on top of what it pays already."""
    authorization = stored_value_authorization.authorize_by_session(session=caller.session)
    held = sum(one.fen for one in order.tenders if one.kind == "stored_value")
    wanted = held + order.due_fen if body.stored_value_fen is None else body.stored_value_fen
    orders.hold_stored_value(number=order.number, amount_fen=wanted, authorization=authorization)
    return _to_response(order.number, None, None)


def _to_response(
    number: str, payment_number: str | None, payment: dict[str, str] | None
) -> OrderPaymentResponse:
    order = Order.get(Order.number == number)
    return OrderPaymentResponse(
        number=number, state=states.state_of(order, fulfilments.find(order)), due_fen=order.due_fen,
        payment_number=payment_number, payment=payment,
    )  # fmt: skip
