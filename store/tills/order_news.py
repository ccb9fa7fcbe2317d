"""News of orders of the shop: new ones and those that still wait, for all tills of the shop."""

from store.core import money
from store.core.events import Event
from store.orders.fulfilments import KIND_LABELS
from store.orders.tables import Order
from store.tills import news

_SENTENCES = {
    "orders.awaiting_acceptance": ("order_placed", "新订单：{kind} {yuan} 元"),
    "orders.shipping_due": ("order_waiting", "订单等待发货：{kind} {yuan} 元"),
    "orders.acceptance_due": ("order_waiting", "订单等待接单：{kind} {yuan} 元"),
}


def notify(event: Event) -> None:
    """Record news of an order for every till of its shop."""
    order = Order.find(number=event.properties["number"])
    if order is None:
        return
    kind, sentence = _SENTENCES[event.kind]
    message = sentence.format(kind=KIND_LABELS.get(order.kind, ""), yuan=money.yuan(order.total_fen))
    news.record(kind=kind, message=message, sale_number=order.number, shop_id=order.shop_id)
