"""The platform routes of red packets (API v2): signed XML, and faults."""

from typing import Any

from flask import Blueprint, Response, g, request

from sandbox import message_xml, red_packet_xml
from sandbox.faults import Fault
from sandbox.payouts import Payout, PayoutError
from sandbox.routes.request_context import sandbox_state
from sandbox.wechat_pay_merchants import Merchant

red_packets = Blueprint("red_packets", __name__)


@red_packets.before_request
def inject_fault() -> Any:
    """Apply a fault that prevents the execution."""
    g.fault = sandbox_state().faults.consume(request.path)
    fault: Fault | None = g.fault
    if fault is None:
        return None
    if fault.kind in {"timeout", "slow"}:
        sandbox_state().faults.wait(fault)
    if fault.kind == "error":
        return _xml(red_packet_xml.failure(fault.code, "沙箱故障"))
    if fault.kind == "garbage":
        return Response("<html><body>\x00\xff upstream", mimetype="text/html")
    if fault.kind in {"timeout", "http_500"}:
        return Response("", status=504 if fault.kind == "timeout" else 500)
    return None


@red_packets.after_request
def change_answer(response: Response) -> Response:
    """Apply a fault after the execution: the answer is late, lost, or about another amount."""
    fault: Fault | None = g.get("fault")
    if fault is None:
        return response
    if fault.kind == "late_answer":
        sandbox_state().faults.wait(fault)
        return Response("", status=504)
    if fault.kind == "error_after":
        return _xml(red_packet_xml.failure(fault.code, "沙箱故障"))
    if fault.kind == "unsigned":  # an answer without a result
        return _xml("<xml><return_code><![CDATA[SUCCESS]]></return_code></xml>")
    return response


@red_packets.errorhandler(PayoutError)
def handle_error(error: PayoutError) -> Response:
    return _xml(red_packet_xml.failure(error.code, error.message))


@red_packets.post("/mmpaymkttransfers/sendredpack")
def send_red_packet() -> Response:
    merchant, fields = _read(red_packet_xml.SEND_FIELDS)
    payout = sandbox_state().payouts.send(merchant, red_packet_xml.to_request(fields))
    return _xml(red_packet_xml.success_of_send(payout))


@red_packets.post("/mmpaymkttransfers/gethbinfo")
def query_red_packet() -> Response:
    merchant, fields = _read(red_packet_xml.QUERY_FIELDS)
    found: Payout | None = sandbox_state().payouts.find(merchant.merchant_id, fields["mch_billno"])
    if found is None or found.request.kind != "red_packet":
        raise PayoutError("NOT_FOUND", "指定单号数据不存在")
    return _xml(red_packet_xml.success_of_query(found))


def _read(names: set[str]) -> tuple[Merchant, dict[str, Any]]:
    """Return the merchant that signed the request, and its fields. Raises PayoutError."""
    try:
        fields = message_xml.parse(request.get_data(as_text=True))
    except message_xml.InvalidXmlError as error:
        raise PayoutError("XML_ERROR", str(error)) from error
    merchant = sandbox_state().wechat_pay.merchants.find(str(fields.get("mch_id")))
    if merchant is None:
        raise PayoutError("NO_AUTH", "商户号不存在")
    red_packet_xml.verify(fields, merchant, names)
    return merchant, fields


def _xml(text: str) -> Response:
    return Response(text, mimetype="text/xml")
