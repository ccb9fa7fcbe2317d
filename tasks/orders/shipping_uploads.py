"""Upload to WeChat that a mini-program's order was shipped or fetched: its money stays frozen there until then.

The delivery of the event is repeated after a failure, and ends in the dead-letter queue, where staff see it. WeChat's
own reminders begin it again.
"""

import platform_clients
from platforms.errors import PlatformError
from platforms.wechat.shipping import ShippedParcel, ShippingInfo
from store.core import clock
from store.core.events import Event
from store.orders import fulfilments, snapshots
from store.orders.fulfilments import Fulfilment
from store.orders.tables import Order
from store.payments import merchants
from store.shop_orders import moves, shipping_uploads
from store.shop_orders.shipping_uploads import ShippingUpload
from store.tenants import channels


def upload(event: Event) -> None:
    """Send the shipping information of each payment of an order that a mini-program of ours took."""
    order = fulfilments.find_order(event.properties["number"])
    row = fulfilments.find(order) if order is not None else None
    if order is None or row is None:
        return
    for waiting in shipping_uploads.prepare(order):
        try:
            _upload(waiting, order, row)
        except PlatformError as error:
            shipping_uploads.record_failure(waiting, f"{type(error).__name__} {error}")
            raise
        shipping_uploads.mark_uploaded(waiting)


def _upload(waiting: ShippingUpload, order: Order, row: Fulfilment) -> None:
    attempt = shipping_uploads.get_attempt(waiting)
    client = platform_clients.mini_program_client(channels.get_by_id(waiting.channel_id))
    listed = [parcel for parcel in moves.list_parcels(row) if parcel.company]
    codes = client.list_couriers() if listed else {}
    names = "、".join(line.name for line in snapshots.list_lines(order) if not line.is_freight)
    client.upload_shipping(
        ShippingInfo(
            merchant_id=merchants.get_number(attempt.merchant_id), payment_number=attempt.number,
            openid=attempt.payer_id, description=names, is_pickup=order.kind != "delivery", at=clock.now(),
            parcels=[
                ShippedParcel(codes.get(parcel.company, parcel.company), parcel.tracking_number) for parcel in listed
            ],
        )
    )  # fmt: skip
