"""Shipping information (发货信息录入): WeChat pays the money of a mini-program's order out after it was uploaded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from platforms.errors import PlatformRejectedError
from platforms.wechat.client import SHANGHAI, Client

UPLOAD_URL = "https://api.weixin.qq.com/wxa/sec/order/upload_shipping_info"
COMPANIES_URL = "https://api.weixin.qq.com/cgi-bin/express/delivery/open_msg/get_delivery_list"
EXPRESS, SAME_CITY, PICKUP = 1, 2, 4  # logistics_type
BY_MERCHANT_NUMBER, ONE_DELIVERY, SPLIT_DELIVERY = 1, 1, 2
ALREADY_UPLOADED = 10060002
MAX_DESCRIPTION = 120


@dataclass(frozen=True)
class ShippedParcel:
    """A parcel of a courier: `company` is the code of WeChat's list."""

    company: str
    tracking_number: str


@dataclass(frozen=True)
class ShippingInfo:
    """What is uploaded about a payment. Without parcels the shop delivers itself, or the customer fetches the goods."""

    merchant_id: str
    payment_number: str
    openid: str
    description: str
    is_pickup: bool
    at: datetime
    parcels: Sequence[ShippedParcel] = ()


def upload(client: Client, info: ShippingInfo) -> None:
    """Send the shipping information of a payment. One that WeChat has already counts as done.

    Raises PlatformRejectedError, OutcomeUnknownError or CircuitOpenError.
    """
    try:
        client.post(UPLOAD_URL, data=_to_body(info))
    except PlatformRejectedError as error:
        if error.code != ALREADY_UPLOADED:
            raise


def list_companies(client: Client) -> dict[str, str]:
    """Return the codes of the couriers that WeChat knows, by name."""
    found = client.post(COMPANIES_URL, data={})
    rows = found.get("delivery_list") if isinstance(found, dict) else None
    return {str(row["delivery_name"]): str(row["delivery_id"]) for row in rows or () if isinstance(row, dict)}


def _to_body(info: ShippingInfo) -> dict[str, Any]:
    description = info.description[:MAX_DESCRIPTION]
    parcels: list[dict[str, str]] = [
        {"tracking_no": one.tracking_number, "express_company": one.company, "item_desc": description}
        for one in info.parcels
    ]
    kind = PICKUP if info.is_pickup else EXPRESS if parcels else SAME_CITY
    return {
        "order_key": {
            "order_number_type": BY_MERCHANT_NUMBER, "mchid": info.merchant_id, "out_trade_no": info.payment_number,
        },
        "logistics_type": kind,
        "delivery_mode": SPLIT_DELIVERY if len(parcels) > 1 else ONE_DELIVERY,
        **({"is_all_delivered": True} if len(parcels) > 1 else {}),
        "shipping_list": parcels or [{"item_desc": description}],
        "upload_time": info.at.astimezone(SHANGHAI).isoformat(timespec="milliseconds"),
        "payer": {"openid": info.openid},
    }  # fmt: skip
