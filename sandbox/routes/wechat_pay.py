"""The platform routes of WeChat Pay API v3: verified requests, signed responses, and faults."""

import json
from typing import Any

from flask import Blueprint, Response, g, request

from sandbox.faults import Fault
from sandbox.routes.request_context import sandbox_state
from sandbox.wechat_pay_merchants import Merchant
from sandbox.wechat_pay_notices import add_one_fen, sign_message
from sandbox.wechat_pay_orders import PayError
from sandbox.wechat_pay_requests import (
    CloseRequest,
    CodepayRequest,
    JsapiRequest,
    NativeRequest,
    RefundRequest,
    ReverseRequest,
    parse,
)

wechat_pay = Blueprint("wechat_pay", __name__)
ORDER = "/v3/pay/transactions/out-trade-no/<number>"


@wechat_pay.before_request
def check_request() -> Any:
    """Verify the signature of the request, then apply a fault that prevents the execution."""
    g.fault = sandbox_state().faults.consume(
        request.path, pattern=request.url_rule.rule if request.url_rule else ""
    )
    g.merchant = sandbox_state().wechat_pay_authorization.verify(request)
    g.payload = _read_payload()
    return _apply_before(g.fault) if g.fault else None


@wechat_pay.after_request
def sign_response(response: Response) -> Response:
    """Apply a fault after the execution, and sign the response where the merchant is known."""
    fault: Fault | None = g.get("fault")
    if fault is not None:
        response = _apply_after(fault, response)
    merchant: Merchant | None = g.get("merchant")
    if merchant is None or (
        fault is not None and fault.kind in {"unsigned", "http_500", "garbage", "timeout"}
    ):
        return response
    uses_certificate = (
        request.headers.get("Wechatpay-Serial", "").upper() == merchant.platform_certificate_serial
    )
    headers = sign_message(
        merchant,
        response.get_data(as_text=True),
        serial=merchant.platform_certificate_serial if uses_certificate else merchant.public_key_id,
        timestamp=sandbox_state().clock.wall_time(),
        is_forged=fault is not None and fault.kind == "forged",
    )
    response.headers.update(headers)
    return response


@wechat_pay.errorhandler(PayError)
def handle_error(error: PayError) -> tuple[dict[str, Any], int]:
    return {"code": error.code, "message": error.message}, error.status


@wechat_pay.post("/v3/pay/transactions/jsapi")
def create_jsapi_order() -> dict[str, Any]:
    order = sandbox_state().wechat_pay.prepay(g.merchant, parse(JsapiRequest, g.payload))
    return {"prepay_id": order.token}


@wechat_pay.post("/v3/pay/transactions/native")
def create_native_order() -> dict[str, Any]:
    order = sandbox_state().wechat_pay.prepay(g.merchant, parse(NativeRequest, g.payload))
    return {"code_url": order.token}


@wechat_pay.post("/v3/pay/transactions/codepay")
def charge_code() -> tuple[dict[str, Any], int]:
    """Take the money of a pay code. While the password is awaited, the status is 202."""
    order = sandbox_state().wechat_pay.charge_code(
        g.merchant,
        parse(CodepayRequest, g.payload),
        needs_password=g.fault is not None and g.fault.kind == "pending",
    )
    return order.to_transaction(), 202 if order.state == "USERPAYING" else 200


@wechat_pay.get(ORDER)
def query_order(number: str) -> dict[str, Any]:
    if request.args.get("mchid") != g.merchant.merchant_id:
        raise PayError(400, "PARAM_ERROR", "mchid 与签名的商户号不一致")
    return sandbox_state().wechat_pay.find(g.merchant, number).to_transaction()


@wechat_pay.post(f"{ORDER}/close")
def close_order(number: str) -> tuple[str, int]:
    _check_merchant(parse(CloseRequest, g.payload).mchid)
    sandbox_state().wechat_pay.close(g.merchant, number)
    return "", 204


@wechat_pay.post(f"{ORDER}/reverse")
def reverse_order(number: str) -> dict[str, Any]:
    payload = parse(ReverseRequest, g.payload)
    _check_merchant(payload.mchid)
    if payload.appid != sandbox_state().wechat_pay.find(g.merchant, number).app_id:
        raise PayError(400, "PARAM_ERROR", "appid 与下单时不一致")
    sandbox_state().wechat_pay.reverse(g.merchant, number)
    return {"appid": payload.appid, "mchid": payload.mchid, "out_trade_no": number}


@wechat_pay.post("/v3/refund/domestic/refunds")
def create_refund() -> dict[str, Any]:
    """Accept a refund. Its result follows at once where the merchant is set to anything but `PROCESSING`."""
    order, refund = sandbox_state().wechat_pay_refunds.refund(g.merchant, parse(RefundRequest, g.payload))
    value = order.to_refund(refund)
    sandbox_state().wechat_pay_refunds.end(order, refund, g.merchant.refund_result)
    return value


@wechat_pay.get("/v3/refund/domestic/refunds/<number>")
def query_refund(number: str) -> dict[str, Any]:
    order, refund = sandbox_state().wechat_pay_refunds.find(g.merchant, number)
    return order.to_refund(refund)


@wechat_pay.route("/v3/<path:rest>", methods=["GET", "POST"])
def handle_unknown_path(rest: str) -> Any:
    raise PayError(404, "INVALID_REQUEST", "接口不存在")


def _check_merchant(merchant_id: str) -> None:
    if merchant_id != g.merchant.merchant_id:
        raise PayError(400, "PARAM_ERROR", "mchid 与签名的商户号不一致")


def _read_payload() -> Any:
    if request.method == "GET" or not request.get_data():
        return None
    try:
        return json.loads(request.get_data())
    except ValueError:
        raise PayError(400, "PARAM_ERROR", "请求不是 JSON") from None


def _apply_before(fault: Fault) -> Any:
    """Return the response of a call that is not executed, or None."""
    if fault.kind in {"timeout", "slow"}:
        sandbox_state().faults.wait(fault)
    if fault.kind == "error":
        return {"code": fault.code, "message": "沙箱故障"}, fault.status
    if fault.kind == "garbage":
        return Response("<html><body>\x00\xff upstream", mimetype="text/html")
    if fault.kind in {"timeout", "http_500"}:
        return Response("", status=504 if fault.kind == "timeout" else 500)
    return None


def _apply_after(fault: Fault, response: Response) -> Response:
    """Return the response of a call that was executed."""
    if fault.kind == "late_answer":
        sandbox_state().faults.wait(fault)
    if fault.kind == "error_after":
        body = {"code": fault.code, "message": "沙箱故障"}
        return Response(json.dumps(body, ensure_ascii=False), fault.status, mimetype="application/json")
    if fault.kind == "wrong_amount" and response.is_json:
        value = add_one_fen(response.get_json())
        response.set_data(json.dumps(value, ensure_ascii=False))
    return response
