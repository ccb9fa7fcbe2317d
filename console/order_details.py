"""The parts of an order as its page shows them."""

from typing import Any

from store.orders import return_records, returns, snapshots
from store.orders.tables import Order, OrderDiscount, OrderTender
from store.payments import attempts, kinds
from store.payments.attempts import PaymentAttempt
from store.points import points
from store.points.ledger import ENTRY_KINDS, PointEntry

SIGNS = {"sale": 1, "return": -1}


def to_details(order: Order) -> dict[str, Any]:
    """Return lines, discounts, tenders, payments, points, and of a sale its returns."""
    sale = order.original if order.is_return else order
    payments = {row.number: row for row in attempts.list_for("order", sale.number)}
    returned = {} if order.is_return else returns.count_returned_units(order)
    return {
        "lines": [_to_line(line, order, returned) for line in snapshots.list_lines(order)],
        "discounts": [_to_part(one) for one in snapshots.list_discounts(order)],
        "tenders": [_to_tender(one, payments) for one in snapshots.list_tenders(order)],
        "deductions": [
            {"kind": one.kind, "sentence": one.sentence, "fen": one.fen}
            for one in return_records.list_deductions(order)
        ],
        "payments": [] if order.is_return else [to_payment(row) for row in payments.values()],
        "points": [_to_points(entry) for entry in points.list_for_order(sale.number)],
        "returns": [] if order.is_return else [_to_return(row) for row in return_records.list_returns(order)],
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


def _to_line(line: Any, order: Order, returned: dict[str, int]) -> dict[str, Any]:
    sign = SIGNS[order.direction]
    return {
        "line": line.line, "product": line.product, "name": line.name, "quantity": sign * line.quantity,
        "unit_fen": line.unit_fen, "list_fen": sign * line.list_fen,
        "discount_fen": sign * (line.list_fen - line.goods_fen), "goods_fen": sign * line.goods_fen,
        "returned": returned.get(line.line, 0), "is_gift": bool(line.gift_for),
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
