"""Locks of orders: always the member first, then the order, then coupons, then payment attempts."""

from store.core import errors
from store.core.database import db
from store.customers import members
from store.orders.tables import Order


def get(number: str) -> Order:
    """Return the sale of a number. Raises DomainError(not_found)."""
    found = Order.find(number=number)
    if found is None or found.is_return:
        raise errors.not_found("该订单")
    return found


def lock(number: str) -> Order:
    """Lock the member of an order, then the order. Requires a transaction. Raises DomainError(not_found).

    A member who is attached or merged while the lock waits is locked in a second round.
    """
    order = get(number)
    if not db.is_postgresql():  # a transaction of SQLite is alone with the database from its start
        return order
    while True:
        member_id = order.member_id
        if member_id is not None:
            members.lock(member_id)
        locked = Order.find(id=order.id, lock=True)
        assert locked is not None, "orders are never deleted"
        if locked.member_id == member_id:
            return locked
        order = locked


def ensure_state(order: Order, *states: str) -> None:
    """Raise DomainError(order_closed, order_paid, order_unpaid) if an order is in another state."""
    if order.state in states:
        return
    code, sentence = {
        "closed": ("order_closed", "该订单已关闭"),
        "placed": ("order_unpaid", "该订单尚未支付"),
    }.get(order.state, ("order_paid", "该订单已支付"))
    raise errors.DomainError(code, sentence, 409, state=order.state)
