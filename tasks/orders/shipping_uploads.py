"""Upload to WeChat that a mini-program's order was shipped or fetched: its money stays frozen there until then.

The delivery of the event is repeated after a failure, and ends in the dead-letter queue, where staff see it.
"""

import platform_clients
from platforms.wechat.shipping import ShippedParcel, ShippingInfo
from store.core import clock
from store.core.events import Event
from store.orders import fulfilments, snapshots
from store.orders.fulfilments import Fulfilment
from store.orders.tables import Order
from store.payments import attempts, merchants
from store.payments.attempts import PaymentAttempt
from store.shop_orders import moves
from store.tenants import channels
from store.tenants.channels import Channel


def upload(event: Event) -> None:
    """Send the shipping information of each payment of an order that a mini-program of ours took."""
    order = Order.find(number=event.properties["number"])
    row = fulfilments.find(order) if order is not None else None
    if order is None or row is None:
        return
    for attempt in attempts.list_for("order", order.number):
        channel = channels.find_by_appid("wechat_miniprogram", attempt.app_id) if attempt.app_id else None
        if attempt.state == "succeeded" and channel is not None:
            _upload(channel, attempt, order, row)


def _upload(channel: Channel, attempt: PaymentAttempt, order: Order, row: Fulfilment) -> None:
    client = platform_clients.mini_program_client(channel)
    listed = [parcel for parcel in moves.list_parcels(row) if parcel.company]
    codes = client.list_couriers() if listed else {}
    names = "、".join(line.name for line in snapshots.list_lines(order) if not line.is_freight)
    client.upload_shipping(
        ShippingInfo(
            merchant_id=merchants.get_by_id(attempt.merchant_id).merchant_id, payment_number=attempt.number,
            openid=attempt.payer_id, description=names, is_pickup=order.kind != "delivery", at=clock.now(),
            parcels=[
                ShippedParcel(codes.get(parcel.company, parcel.company), parcel.tracking_number) for parcel in listed
            ],
        )
    )  # fmt: skip
