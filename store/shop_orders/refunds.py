"""Refunds before the goods leave the shop (发货前退款): whole or by line and quantity."""

from collections import Counter
from collections.abc import Sequence

from store.core import errors
from store.core.database import db
from store.orders import fulfilments, locks, return_records, returns, snapshots
from store.orders.fulfilments import BEFORE_HANDOVER, Fulfilment
from store.orders.requests import ReturnLine, ReturnRequest
from store.orders.returns import OrderReturn, ReturnPrice
from store.orders.tables import Order
from store.pricing.price import FREIGHT_LINE
from store.promotions import uses as promotion_uses


@db.transactional
def refund_lines(
    *,
    number: str,
    return_number: str,
    lines: Sequence[ReturnLine],
    reason: str,
    expected_fen: int | None = None,
) -> OrderReturn:
    """Refund lines of a paid order whose goods are still in the shop. Idempotent by `return_number`.

    The freight goes back with the last goods, and the order is refunded then.
    Raises DomainError(order_state, invalid) and those of `returns.give_back`.
    """
    if not reason.strip():
        raise errors.invalid("reason", "请填写退款原因")
    order = locks.lock(number)
    row = get_row(order)
    earlier = Order.find(original=order.id, return_number=return_number)
    if earlier is None and row.state not in BEFORE_HANDOVER:
        raise errors.DomainError("order_state", "商品已交付，请走售后", 409, state=row.state)
    request = _build_request(order, return_number, lines, reason, earlier)
    done = returns.give_back(request=request, expected_fen=expected_fen)
    if earlier is None:
        _follow(row, order, reason)
    return done


def preview_lines(order: Order, lines: Sequence[ReturnLine]) -> ReturnPrice:
    """Return what a refund of lines would give back now. Nothing is changed. Raises as `refund_lines`."""
    row = get_row(order)
    if row.state not in BEFORE_HANDOVER:
        raise errors.DomainError("order_state", "商品已交付，请走售后", 409, state=row.state)
    return returns.preview(_build_request(order, "preview", lines, ""))


def refund_rest(order: Order, *, return_number: str, reason: str) -> OrderReturn | None:
    """Refund all that is left of a paid order with its freight. Idempotent. Requires the order's lock."""
    earlier = Order.find(original=order.id, return_number=return_number)
    lines = _rest(order)
    if not lines or earlier is not None:
        return None
    request = ReturnRequest(
        number=return_number, order_number=order.number, lines=tuple(lines), reason=reason
    )
    done = returns.give_back(request=request)
    promotion_uses.give_back(order_number=order.number)
    return done


def get_row(order: Order) -> Fulfilment:
    """Return the fulfilment of an order. Raises DomainError(not_found) for one of a till."""
    row = fulfilments.find(order)
    if row is None:
        raise errors.not_found("该订单")
    return row


def _build_request(
    order: Order, return_number: str, lines: Sequence[ReturnLine], reason: str, made: Order | None = None
) -> ReturnRequest:
    """Return the request of a refund: gifts go back with the goods that earned them, the freight with the last ones."""
    rest = _rest(order, before=made)
    wanted = [*lines, *_list_lost_gifts(order, lines, rest)]
    if _is_rest(rest, wanted) and order.freight_fen and all(one.line != FREIGHT_LINE for one in wanted):
        wanted.append(ReturnLine(FREIGHT_LINE, units=1))
    return ReturnRequest(number=return_number, order_number=order.number, lines=tuple(wanted), reason=reason)


def _list_lost_gifts(
    order: Order, lines: Sequence[ReturnLine], all_left: Sequence[ReturnLine]
) -> list[ReturnLine]:
    """Return the gifts that stay in the shop because none of the goods that earned them are left."""
    wanted = {one.line: one.units or 0 for one in lines}
    rest = {one.line: one.units or 0 for one in all_left}
    left = {line: units - wanted.get(line, 0) for line, units in rest.items()}
    return [
        ReturnLine(line.line, units=rest[line.line])
        for line in snapshots.list_lines(order)
        if line.gift_for
        and line.line in rest
        and line.line not in wanted
        and not any(left.get(one, 0) > 0 for one in line.gift_for)
    ]


def _rest(order: Order, *, before: Order | None = None) -> list[ReturnLine]:
    """Return what has not come back, with the freight: now, or before a return that was made."""
    back: Counter[str] = Counter()
    for row in return_records.list_returns(order):
        if before is None or row.id < before.id:
            back.update({line.line: line.quantity for line in snapshots.list_lines(row)})
    return [
        ReturnLine(line.line, units=line.quantity - back[line.line])
        for line in snapshots.list_lines(order)
        if line.quantity > back[line.line]
    ]


def _is_rest(all_left: Sequence[ReturnLine], wanted: Sequence[ReturnLine]) -> bool:
    """Return whether no goods stay with the order after these come back."""
    back = {one.line: one.units or 0 for one in wanted}
    rest = [one for one in all_left if one.line != FREIGHT_LINE]
    return bool(rest) and all(back.get(one.line, 0) >= (one.units or 0) for one in rest)


def _follow(row: Fulfilment, order: Order, reason: str) -> None:
    if _rest(order):
        fulfilments.note(row, "refund", reason)
    else:
        promotion_uses.give_back(order_number=order.number)
        fulfilments.move(row, "refunded", action="refund", message=reason)
