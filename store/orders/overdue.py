"""Orders whose time to pay is over (超时关闭): what pends is closed on the platform, then the order closes."""

from store.core import errors
from store.orders import orders
from store.orders import payments as order_payments
from store.orders.tables import OVERDUE_REASON
from store.payments import attempts


def close_overdue() -> int:
    """Close the overdue orders, one a transaction, and return their number. Idempotent.

    An order with a pending attempt waits: a task closes or reverses that on the platform first.
    """
    return sum(_close(order.number) for order in orders.list_overdue())


def _close(number: str) -> int:
    if attempts.has_pending(order_payments.PAYABLE_KIND, number):
        attempts.request_closing(payable_kind=order_payments.PAYABLE_KIND, payable_number=number)
        return 0
    try:
        orders.close(number=number, reason=OVERDUE_REASON)
    except errors.DomainError:  # paid or charged while this call waited
        return 0
    return 1
