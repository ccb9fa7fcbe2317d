"""The parts of an order as its page shows them."""

from datetime import datetime
from typing import Any

from console.refunds import to_refund
from store.core import money
from store.orders import return_records, returns, snapshots
from store.orders.tables import Order, OrderDiscount, OrderLine, OrderTender
from store.payments import attempts, kinds, refunds
from store.payments.attempts import PaymentAttempt
from store.payments.refunds import Refund
from store.points import points
from store.points.ledger import ENTRY_KINDS, PointEntry
from store.tills import sales

SIGNS = {"sale": 1, "return": -1}
_REFUND_ENDS = {"succeeded": "已到账", "failed": "失败"}


def to_details(order: Order) -> dict[str, Any]:
    """Return lines, discounts, tenders, payments, refunds, points, what happened, and of a sale its returns."""
    sale = order.original if order.is_return else order
    payments = {row.number: row for row in attempts.list_for("order", sale.number)}
    back = (
        [] if order.is_return else [one for row in payments.values() for one in refunds.list_for_attempt(row)]
    )
    made = [] if order.is_return else return_records.list_returns(order)
    returned = {} if order.is_return else returns.count_returned_units(order)
    discounts = snapshots.list_discounts(order)
    lines = snapshots.list_lines(order)
    return {
        "lines": [_to_line(line, order, returned, discounts) for line in lines],
        "amount_left_fen": _find_amount_left(order) if sales.is_amount_only(lines) else None,
        "discounts": [_to_part(one) for one in discounts],
        "tenders": [_to_tender(one, payments) for one in snapshots.list_tenders(order)],
        "deductions": [
            {"kind": one.kind, "sentence": one.sentence, "fen": one.fen}
            for one in return_records.list_deductions(order)
        ],
        "payments": [] if order.is_return else [to_payment(row) for row in payments.values()],
        "points": [_to_points(entry) for entry in points.list_for_order(sale.number)],
        "refunds": [to_refund(one, {}) for one in back],
        "returns": [_to_return(row) for row in made],
        "events": _list_events(order, [] if order.is_return else list(payments.values()), back, made),
        "return_number": order.return_number, "close_reason": order.close_reason,
        "closed_at": order.closed_at.isoformat() if order.closed_at else None,
        "completed_at": order.completed_at.isoformat() if order.completed_at else None,
    }  # fmt: skip


def to_payment(row: PaymentAttempt) -> dict[str, Any]:
    """Return an attempt with the name of its kind."""
    return {
        "number": row.number, "kind": row.kind, "name": kinds.get(row.kind).name, "state": row.state,
        "amount_fen": row.amount_fen, "paid_fen": row.paid_fen, "refunded_fen": row.refunded_fen,
        "created_at": row.created_at.isoformat(),
    }  # fmt: skip


def _find_amount_left(order: Order) -> int | None:
    """Return what is left to refund of a sale that has an amount and no goods, None for its return."""
    return None if order.is_return else returns.read_fen_left(order)


def _to_line(
    line: OrderLine, order: Order, returned: dict[str, int], discounts: list[OrderDiscount]
) -> dict[str, Any]:
    sign = SIGNS[order.direction]
    shares = [(one.sentence, one.shares.get(line.line, 0)) for one in discounts]
    return {
        "line": line.line, "product": sales.product_code(line), "name": line.name, "quantity": sign * line.quantity,
        "unit_fen": line.unit_fen, "list_fen": sign * line.list_fen,
        "discount_fen": sign * (line.list_fen - line.goods_fen), "goods_fen": sign * line.goods_fen,
        "returned": returned.get(line.line, 0), "is_gift": bool(line.gift_for),
        "discounts": [{"sentence": sentence, "fen": sign * fen} for sentence, fen in shares if fen],
    }  # fmt: skip


def _to_part(one: OrderDiscount | OrderTender) -> dict[str, Any]:
    return {"kind": one.kind, "reference": one.reference, "sentence": one.sentence, "fen": one.fen}


def _to_tender(one: OrderTender, payments: dict[str, PaymentAttempt]) -> dict[str, Any]:
    """Return a tender. That of money names its kind and payment."""
    payment = payments.get(one.reference)
    code = payment.kind if payment else one.kind
    return _to_part(one) | {
        "code": code, "name": kinds.get(code).name, "bonus_fen": one.bonus_fen, "points": one.points,
        "payment": payment.number if payment else None,
    }  # fmt: skip


def _to_points(entry: PointEntry) -> dict[str, Any]:
    return {
        "id": str(entry.id), "at": entry.at.isoformat(), "group": entry.account.group.name,
        "label": ENTRY_KINDS[entry.kind].label, "value": entry.signed_value, "reason": entry.reason,
        "expires_at": entry.expires_at.isoformat() if entry.expires_at else None,
    }  # fmt: skip


def _to_return(row: Order) -> dict[str, Any]:
    return {
        "number": row.number, "placed_at": row.placed_at.isoformat(), "total_fen": row.total_fen,
        "money_fen": row.money_fen, "reason": row.remark,
        "deducted_fen": sum(one.fen for one in return_records.list_deductions(row)),
    }  # fmt: skip


def _list_events(
    order: Order, payments: list[PaymentAttempt], back: list[Refund], made: list[Order]
) -> list[dict[str, Any]]:
    """Return what happened to an order, the earliest first."""
    found: list[tuple[datetime | None, str]] = [
        (order.placed_at, "退货" if order.is_return else "下单"),
        (order.paid_at, "付清"),
        (order.closed_at, f"关闭（{order.close_reason}）" if order.close_reason else "关闭"),
        *((row.paid_at, f"{kinds.get(row.kind).name}到账 {money.yuan(row.paid_fen)} 元") for row in payments),
        *((row.placed_at, f"退货 {money.yuan(row.total_fen)} 元，退货单 {row.number}") for row in made),
        *(
            (row.done_at, f"退款 {money.yuan(row.amount_fen)} 元{_REFUND_ENDS.get(row.state, '')}")
            for row in back
        ),
    ]
    if not order.is_return:
        found.append((order.completed_at, "完成"))
    dated = [(at, text) for at, text in found if at is not None]
    return [{"at": at.isoformat(), "text": text} for at, text in sorted(dated, key=lambda one: one[0])]
