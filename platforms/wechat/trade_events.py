"""Events of WeChat's shipping management (小程序发货信息管理): reminders to ship, and the pay-out of orders.

Source: developers.weixin.qq.com, 小程序发货信息管理服务, 事件推送. They name WeChat itself as the sender.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

REMIND_ACCESS = "trade_manage_remind_access_api"
REMIND_SHIPPING = "trade_manage_remind_shipping"
SETTLEMENT = "trade_manage_order_settlement"
TRADE_EVENTS = frozenset({REMIND_ACCESS, REMIND_SHIPPING, SETTLEMENT})
_MAX_NUMBER_LENGTH = 64
_MAX_SECONDS = 32_503_680_000  # the year 3000


@dataclass(frozen=True, slots=True)
class TradeEvent:
    """What an event says of a payment. A reminder for the whole account names none. Times that are absent are None."""

    merchant_number: str = ""
    payment_number: str = ""
    shipped_at: datetime | None = None
    expected_at: datetime | None = None
    received_at: datetime | None = None
    settled_at: datetime | None = None


def parse_trade_event(elements: Mapping[str, Any]) -> TradeEvent:
    """Return the event in the elements of a push. A number that is too long or no text is left out."""
    return TradeEvent(
        merchant_number=_read_number(elements, "sub_merchant_id") or _read_number(elements, "merchant_id"),
        payment_number=_read_number(elements, "merchant_trade_no"),
        shipped_at=_read_time(elements, "shipped_time"),
        expected_at=_read_time(elements, "estimated_settlement_time"),
        received_at=_read_time(elements, "confirm_receive_time"),
        settled_at=_read_time(elements, "settlement_time"),
    )


def _read_number(elements: Mapping[str, Any], name: str) -> str:
    value = elements.get(name)
    text = str(value) if isinstance(value, (str, int)) else ""
    return text if len(text) <= _MAX_NUMBER_LENGTH else ""


def _read_time(elements: Mapping[str, Any], name: str) -> datetime | None:
    text = _read_number(elements, name)
    seconds = int(text) if text.isascii() and text.isdigit() else 0
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds <= _MAX_SECONDS else None
