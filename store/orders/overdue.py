"""Orders whose time to pay is over (超时关闭): what pends is closed on the platform, then the order closes."""

from store.core import errors
from store.orders import orders
from store.orders import payments as order_payments
from store.orders.tables import OVERDUE_REASON
from store.payments import attempts


def close_overdue() -> int:
    """Close the overdue orders, one a transaction, and return their number. Idempotent.

    An order with a pending attempt waits: a task closes or reverses that on the platform first. An order that took
    cash or a bank card waits for the cashier, who has to hand that back.
    """
    return sum(_close(order.number) for order in orders.list_overdue())


def _close(number: str) -> int:
    if _took_money_by_hand(number):
        return 0
    if attempts.has_pending(order_payments.PAYABLE_KIND, number):
        attempts.request_closing(payable_kind=order_payments.PAYABLE_KIND, payable_number=number)
        return 0
    try:
        orders.close(number=number, reason=OVERDUE_REASON)
    except errors.DomainError:  # paid or charged while this call waited
        return 0
    return 1


def _took_money_by_hand(number: str) -> bool:
    rows = attempts.list_for(order_payments.PAYABLE_KIND, number)
    return any(row.state == "succeeded" and row.merchant_id is None for row in rows)
