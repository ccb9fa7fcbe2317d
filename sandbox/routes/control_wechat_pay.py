"""The control routes of WeChat Pay: merchants with their credentials, orders, payments and refunds."""

from typing import Any

from flask import Blueprint, request

from sandbox.errors import SandboxError
from sandbox.routes.request_context import control_payload, sandbox_state
from sandbox.trade_events import REMIND_ACCESS, REMIND_SHIPPING, SETTLEMENT
from sandbox.wechat_pay_orders import PayOrder

wechat_pay_control = Blueprint("wechat_pay_control", __name__)
REFUND_RESULTS = ("SUCCESS", "ABNORMAL", "CLOSED")
PREPAY_PREFIX = "prepay_id="


@wechat_pay_control.get("/sandbox/wechat-pay/merchants")
def list_merchants() -> dict[str, Any]:
    return {"list": [merchant.to_json() for merchant in sandbox_state().wechat_pay.merchants.list_all()]}


@wechat_pay_control.post("/sandbox/wechat-pay/merchants")
def create_merchant() -> tuple[dict[str, Any], int]:
    """Create a merchant and return its settings, its credentials and its platform certificate."""
    merchant = sandbox_state().wechat_pay.merchants.create(control_payload())
    return get_merchant(merchant.merchant_id), 201


@wechat_pay_control.get("/sandbox/wechat-pay/merchants/<merchant_id>")
def get_merchant(merchant_id: str) -> dict[str, Any]:
    merchant = sandbox_state().wechat_pay.merchants.get(merchant_id)
    return {
        **merchant.to_json(),
        "credentials": merchant.credentials(),
        "platform_certificates": merchant.certificate(),
    }


@wechat_pay_control.put("/sandbox/wechat-pay/merchants/<merchant_id>")
def change_merchant(merchant_id: str) -> dict[str, Any]:
    return sandbox_state().wechat_pay.merchants.change(merchant_id, control_payload()).to_json()


@wechat_pay_control.get("/sandbox/wechat-pay/orders")
def list_orders() -> dict[str, Any]:
    orders = sandbox_state().wechat_pay.list_orders(request.args.get("merchant_id"))
    return {"list": [_to_json(order) for order in orders]}


@wechat_pay_control.post("/sandbox/people/<person_id>/wechat-payments")
def confirm_payment(person_id: str) -> dict[str, Any]:
    """Pay an order: `{"code_url" | "package" | "number" with "merchant_id", "ignore_expiry"?}`."""
    payload, pay = control_payload(), sandbox_state().wechat_pay
    order = pay.confirm(
        sandbox_state().people.get(person_id).id,
        token=_find_token(payload),
        ignore_expiry=payload.get("ignore_expiry") is True,
    )
    return _to_json(order)


@wechat_pay_control.put("/sandbox/wechat-pay/merchants/<merchant_id>/refunds/<number>")
def end_refund(merchant_id: str, number: str) -> dict[str, Any]:
    """End an open refund: `{"status": "SUCCESS" | "ABNORMAL" | "CLOSED"}`."""
    status = control_payload().get("status")
    if status not in REFUND_RESULTS:
        raise SandboxError("bad_status", "status 应是 SUCCESS、ABNORMAL 或 CLOSED")
    order, refund = sandbox_state().wechat_pay_refunds.get(merchant_id, number)
    sandbox_state().wechat_pay_refunds.end(order, refund, status)
    return order.to_refund(refund)


@wechat_pay_control.post("/sandbox/mini-programs/<appid>/trade-events")
def send_trade_event(appid: str) -> dict[str, Any]:
    """Push an event of the shipping management: `{"event", "merchant_id"?, "number"?, "received"?, "settled"?}`."""
    payload = control_payload()
    name = payload.get("event")
    if name not in (REMIND_ACCESS, REMIND_SHIPPING, SETTLEMENT):
        raise SandboxError("bad_event", "event 应是 trade_manage_ 开头的三种事件之一")
    account = sandbox_state().accounts.get(appid)
    order = sandbox_state().wechat_pay.find_order(str(payload.get("merchant_id")), str(payload.get("number")))
    if order is not None and order.app_id != account.appid:
        raise SandboxError("no_such_order", "没有这个订单", 404)
    push = sandbox_state().trade_events.send(
        name, account, order, received=payload.get("received") is True, settled=payload.get("settled") is True
    )
    return push.to_json()


def _find_token(payload: dict[str, Any]) -> str:
    """Return the prepay_id or code_url that a control request names."""
    if payload.get("number"):
        orders = sandbox_state().wechat_pay.list_orders(str(payload.get("merchant_id")))
        for order in orders:
            if order.number == payload["number"] and order.token:
                return order.token
        raise SandboxError("no_such_order", "没有这个订单", 404)
    token = payload.get("code_url") or payload.get("package") or ""
    return str(token).removeprefix(PREPAY_PREFIX)


def _to_json(order: PayOrder) -> dict[str, Any]:
    return {
        **order.to_transaction(),
        "kind": order.kind,
        "description": order.description,
        "token": order.token,
        "refunds": [order.to_refund(refund) for refund in order.refunds],
    }
