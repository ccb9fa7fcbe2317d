"""Events of WeChat's shipping management that mini-programs report to the webhook."""

from datetime import UTC, datetime

import structlog

from platforms.wechat.message import InboundMessage
from platforms.wechat.trade_events import REMIND_ACCESS, REMIND_SHIPPING, parse_trade_event
from store.shop_orders import shipping_uploads
from store.tenants.channels import Channel

log = structlog.get_logger("wechat")


def take_event(channel: Channel, message: InboundMessage) -> None:
    """Pass an event to its operation. Requires a current tenant. Only mini-programs have such events."""
    if channel.kind != "wechat_miniprogram":
        log.warning("trade_event_refused", account=channel.key, kind=message.kind)
        return
    event, at = parse_trade_event(message.fields), datetime.fromtimestamp(message.sent_at, UTC)
    if message.kind == REMIND_ACCESS:
        shipping_uploads.remind_account(channel=channel, at=at)
    elif message.kind == REMIND_SHIPPING:
        shipping_uploads.remind(
            channel=channel, merchant_number=event.merchant_number, payment_number=event.payment_number, at=at
        )
    else:
        shipping_uploads.settle(
            channel=channel, merchant_number=event.merchant_number, payment_number=event.payment_number,
            shipped_at=event.shipped_at, expected_at=event.expected_at, received_at=event.received_at,
            settled_at=event.settled_at,
        )  # fmt: skip
