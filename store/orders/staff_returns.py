"""Returns by staff away from a till (后台退款): the same return, with a reason and an entry in the operation log."""

from store.core import errors
from store.core.database import db
from store.orders import locks, returns
from store.orders.returns import OrderReturn, ReturnRequest
from store.orders.tables import Order
from store.tenants import audit


@db.transactional
def give_back(*, request: ReturnRequest, expected_fen: int) -> OrderReturn:
    """Return a part of an order in the name of staff. Idempotent by order and return number.

    `expected_fen` is what the person was shown. Raises DomainError: invalid without a reason, and those of
    `returns.give_back`.
    """
    if not request.reason.strip():
        raise errors.invalid("reason", "请填写退款原因")
    order = locks.lock(request.order_number)
    is_repeated = Order.find(original=order.id, return_number=request.number) is not None
    done = returns.give_back(request=request, expected_fen=expected_fen)
    if not is_repeated:
        after = {
            "return": done.order.number, "refund_fen": done.refund_fen, "money_by": request.money_by,
            "terminal_id": request.terminal_id, "reason": request.reason,
        }  # fmt: skip
        audit.record("orders.refund", f"order:{order.number}", after=after)
    return done
