"""The platform routes of shipping information: the money of a mini-program's order is frozen until it was uploaded."""

from datetime import datetime
from typing import Any

from flask import Blueprint

from sandbox.errors import WeChatError
from sandbox.routes.request_context import platform_payload, require_mini_program, sandbox_state

shipping = Blueprint("shipping", __name__)

COURIERS = {
    "SF": "顺丰速运",
    "ZTO": "中通快递",
    "YTO": "圆通速递",
    "STO": "申通快递",
    "JD": "京东快递",
    "EMS": "中国邮政",
}
NOT_FOUND, SHIPPED, NOT_SHIPPABLE, WRONG_KIND, WRONG_FIELDS = 10060001, 10060002, 10060004, 10060005, 10060014


@shipping.post("/wxa/sec/order/upload_shipping_info")
def upload_shipping_info() -> dict[str, Any]:
    account, body = require_mini_program(), platform_payload()
    key, listed = body.get("order_key"), body.get("shipping_list")
    if not isinstance(key, dict) or not isinstance(listed, list) or not listed:
        raise WeChatError(WRONG_FIELDS)
    order = sandbox_state().wechat_pay.find_order(str(key.get("mchid")), str(key.get("out_trade_no")))
    if order is None or order.app_id != account.appid:
        raise WeChatError(NOT_FOUND)
    if not order.is_paid:
        raise WeChatError(NOT_SHIPPABLE)
    _check(body, order.openid)
    if order.is_shipped:
        raise WeChatError(SHIPPED)
    order.is_shipped = True
    sandbox_state().trade_events.report_shipping_later(account, order)
    return {"errcode": 0, "errmsg": "ok"}


@shipping.post("/cgi-bin/express/delivery/open_msg/get_delivery_list")
def list_couriers() -> dict[str, Any]:
    require_mini_program()
    rows = [{"delivery_id": code, "delivery_name": name} for code, name in COURIERS.items()]
    return {"errcode": 0, "delivery_list": rows, "count": len(rows)}


def _check(body: dict[str, Any], openid: str) -> None:
    kind, payer = body.get("logistics_type"), body.get("payer")
    if kind not in (1, 2, 3, 4):
        raise WeChatError(WRONG_KIND)
    if not isinstance(payer, dict) or payer.get("openid") != openid:
        raise WeChatError(WRONG_FIELDS)
    for parcel in body["shipping_list"]:
        is_courier = parcel.get("tracking_no") and parcel.get("express_company") in COURIERS
        if not parcel.get("item_desc") or (kind == 1 and not is_courier):
            raise WeChatError(WRONG_FIELDS)
    try:
        datetime.fromisoformat(str(body.get("upload_time")))
    except ValueError:
        raise WeChatError(WRONG_FIELDS) from None
