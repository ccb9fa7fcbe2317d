"""Money that came after an order was closed or paid (多付退款): it refunds itself, and the customer gets a message."""

from store.core.database import db
from store.core.events import Event
from store.orders import counting
from store.orders.fulfilments import KINDS
from store.orders.payments import PAYABLE_KIND
from store.orders.tables import Order


@db.transactional
def tell(event: Event) -> None:
    """Record the surplus of a payment as an event of its order's customer. Called once for each event."""
    facts = event.properties
    if facts["payable_kind"] != PAYABLE_KIND:
        return
    order = Order.find(number=facts["payable_number"])
    if order is not None and order.kind in KINDS:
        counting.record("orders.surplus_refunded", order, surplus_fen=facts["surplus_fen"])
