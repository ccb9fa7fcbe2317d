"""Lower prices (改价): staff lower an unpaid order with a reason, and refund the difference of a paid one."""

from collections.abc import Mapping
from dataclasses import replace

from store.core import errors, input_limits, money
from store.core.database import db
from store.orders import counting, fulfilments, locks, orders, returns, snapshots
from store.orders.fulfilments import BEFORE_HANDOVER, Fulfilment
from store.orders.requests import Place, ReturnLine, ReturnRequest
from store.orders.tables import Order
from store.pricing.request import StaffDiscount
from store.shop_orders import refunds
from store.shop_orders.submission import place_adapter
from store.tenants import audit

STAFF_REFERENCE = "shop"


@db.transactional
def lower(
    *,
    number: str,
    change_number: str,
    amount_fen: int,
    reason: str,
    quantities: Mapping[str, int] | None = None,
) -> Fulfilment:
    """Take an amount off an order, and change an unpaid one to these quantities by line. Idempotent.

    An order that is paid on delivery can be changed until the shop accepts it. Of a paid one units are refunded.

    `change_number` is the number of the change; a paid order gets a return under it.
    Raises DomainError(invalid, order_state, payment_pending) and those of `orders.change` and `returns.give_back`.
    """
    reason = input_limits.check_line(reason.strip(), field="reason", max_length=60)
    if not reason:
        raise errors.invalid("reason", "请填写改价原因")
    if amount_fen < 0 or (not amount_fen and not quantities):
        raise errors.invalid("amount_fen", "请填写优惠金额或数量")
    order = locks.lock(number)
    row = refunds.get_row(order)
    if is_done(row, change_number):
        return row
    before_fen = order.total_fen
    ensure_possible(row, order, quantities or {})
    if order.state == "placed":
        _change_unpaid(row, amount_fen, reason, quantities or {})
    else:
        _refund_difference(order, change_number, amount_fen, reason)
    changed = Order.get_by_id(order.id)
    after_fen = changed.total_fen
    sums = f"{money.yuan(before_fen)} → {money.yuan(after_fen)} 元" if after_fen != before_fen else ""
    text = f"{'改数量' if quantities else '改价'}：{reason}，{sums}".rstrip("，")
    fulfilments.note(row, "lower", f"{text}（{change_number}）")
    if after_fen != before_fen:  # a paid order has the message of its refund
        counting.record("orders.changed", changed, before_fen=before_fen, message=reason)
    audit.record(
        "shop_orders.lower", f"order:{number}", before={"total_fen": before_fen},
        after={"total_fen": after_fen, "amount_fen": amount_fen, "reason": reason},
    )  # fmt: skip
    return row


def ensure_possible(row: Fulfilment, order: Order, quantities: Mapping[str, int]) -> None:
    """Raise DomainError(order_state) if an order cannot be changed so now."""
    is_unpaid = order.state == "placed" and row.state in ("unpaid", "placed")
    is_paid = order.state == "paid" and row.state in BEFORE_HANDOVER and not quantities
    if not is_unpaid and not is_paid:
        raise errors.DomainError("order_state", "该订单不能改价", 409, state=row.state)


def is_done(row: Fulfilment, change_number: str) -> bool:
    """Return whether a change of a number was made."""
    return any(
        step.action == "lower" and step.message.endswith(f"（{change_number}）")
        for step in fulfilments.list_steps(row)
    )


def read_place(row: Fulfilment) -> Place:
    """Return what the customer asked for, with the changes of staff."""
    place: Place = place_adapter.validate_python(row.parameters)
    return place


def _change_unpaid(row: Fulfilment, amount_fen: int, reason: str, quantities: Mapping[str, int]) -> None:
    place = read_place(row)
    wanted = _sum_quantities(row.order, quantities)
    lines = tuple(
        replace(line, quantity=wanted[str(position)]) for position, line in enumerate(place.lines, start=1)
    )
    lowered = place.lowered
    if amount_fen:
        lowered = (*lowered, StaffDiscount(reference=STAFF_REFERENCE, reason=reason, amount_fen=amount_fen))
    changed = replace(place, lines=lines, lowered=lowered, expected_total_fen=None)
    orders.change(number=row.order.number, request=changed)
    row.update_fields(parameters=place_adapter.dump_python(changed, mode="json"))


def _sum_quantities(order: Order, quantities: Mapping[str, int]) -> dict[str, int]:
    """Return the units of each line of the request, which the limit of a special price may have split."""
    units = {
        line.line: line.quantity
        for line in snapshots.list_lines(order)
        if not line.is_freight and not line.gift_for
    }
    if not set(quantities) <= set(units):
        raise errors.invalid("quantities", "没有该商品行")
    found: dict[str, int] = {}
    for line, quantity in (units | dict(quantities)).items():
        source = snapshots.source_of(line)
        found[source] = found.get(source, 0) + quantity
    return found


def _refund_difference(order: Order, change_number: str, amount_fen: int, reason: str) -> None:
    left = {line.line: line.goods_fen for line in snapshots.list_lines(order) if not line.is_freight}
    parts = money.split(min(amount_fen, sum(left.values())), list(left.values()))
    lines = tuple(ReturnLine(line, amount_fen=part) for line, part in zip(left, parts, strict=True) if part)
    returns.give_back(
        request=ReturnRequest(
            number=change_number, order_number=order.number, lines=lines, reason=f"改价：{reason}"
        )
    )
