"""Changes of orders by staff that cost money (改价退款审批): at once up to a limit, above it after an approval.

The limits count all that was lowered or given back of an order before, so that many small changes need it too.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pydantic import Field

from store import approvals
from store.approvals import Approval
from store.core import errors, money
from store.core.database import db
from store.orders import fulfilments, locks, return_records
from store.orders.fulfilments import Fulfilment
from store.orders.requests import ReturnLine
from store.orders.returns import OrderReturn
from store.orders.tables import Order
from store.shop_orders import moves, price_changes, refunds
from store.tenants import settings

APPROVAL_KIND = "shop_order_changes"
ACTION_LABELS = {"lower": "改价", "refund": "退款", "cancel": "取消订单"}
MAX_FEN = 10_000_000_000


class OrderApprovalSettings(settings.SettingsGroup, name="shop_order_approval"):
    """The largest sums of an order that staff lower or give back without an approval, 0 if none ever needs one."""

    lower_above_fen: int = Field(default=0, ge=0, le=MAX_FEN)
    refund_above_fen: int = Field(default=0, ge=0, le=MAX_FEN)


@db.transactional
def lower_or_submit(
    *,
    number: str,
    change_number: str,
    amount_fen: int,
    reason: str,
    quantities: Mapping[str, int] | None = None,
) -> Fulfilment | Approval:
    """Change the price of an order, or submit it for approval above the limit. Idempotent by `change_number`.

    Other quantities alone never need an approval. Raises what `price_changes.lower` and `approvals.submit` raise.
    """
    order = locks.lock(number)
    limit, sum_fen = settings.read(OrderApprovalSettings).lower_above_fen, _read_lowered(order) + amount_fen
    is_repeat = price_changes.is_done(refunds.get_row(order), change_number)
    if is_repeat or not amount_fen or not limit or sum_fen <= limit:
        return price_changes.lower(
            number=number,
            change_number=change_number,
            amount_fen=amount_fen,
            reason=reason,
            quantities=quantities,
        )
    price_changes.ensure_possible(refunds.get_row(order), order, quantities or {})
    content = {
        "action": "lower", "change_number": change_number, "amount_fen": amount_fen, "reason": reason.strip(),
        "quantities": dict(quantities or {}),
    }  # fmt: skip
    return _submit(order, content, amount_fen)


@db.transactional
def refund_or_submit(
    *,
    number: str,
    return_number: str,
    lines: Sequence[ReturnLine],
    reason: str,
    expected_fen: int | None = None,
) -> OrderReturn | Approval:
    """Refund lines of an order, or submit it for approval above the limit. Idempotent by `return_number`.

    Raises what `refunds.refund_lines` and `approvals.submit` raise.
    """
    order = locks.lock(number)
    limit = settings.read(OrderApprovalSettings).refund_above_fen
    is_repeat = Order.find(original=order.id, return_number=return_number) is not None
    amount_fen = refunds.preview_lines(order, lines).total_fen if limit and not is_repeat else 0
    if not limit or is_repeat or _read_returned(order) + amount_fen <= limit:
        return refunds.refund_lines(
            number=number, return_number=return_number, lines=lines, reason=reason, expected_fen=expected_fen
        )
    content = {
        "action": "refund", "return_number": return_number, "reason": reason.strip(), "expected_fen": expected_fen,
        "lines": [{"line": one.line, "units": one.units} for one in lines],
    }  # fmt: skip
    return _submit(order, content, amount_fen)


@db.transactional
def cancel_or_submit(*, number: str, reason: str) -> Fulfilment | Approval:
    """Cancel an order as staff, or submit it for approval if more than the limit would go back. Idempotent.

    Raises what `moves.cancel` and `approvals.submit` raise.
    """
    order = locks.lock(number)
    row, limit = refunds.get_row(order), settings.read(OrderApprovalSettings).refund_above_fen
    is_ended = row.state in fulfilments.ENDED
    if not limit or is_ended or order.state != "paid" or order.total_fen <= limit:
        return moves.cancel(number=number, reason=reason, by_staff=True)
    fulfilments.ensure_can_move(row, "refunded")
    left_fen = order.total_fen - _read_returned(order)
    return _submit(order, {"action": "cancel", "reason": reason.strip()}, left_fen)


@db.transactional
def approve(approval: Approval, *, version: str, opinion: str = "") -> object:
    """Approve a change and carry it out. Idempotent. Raises what the change and `approvals.decide` raise."""
    is_repeat = approvals.get_by_public_id(approval.public_id).state == "approved"
    approvals.decide(approval, approved=True, version=version, opinion=opinion)
    return None if is_repeat else _carry_out(approval.subject, approval.content)


@db.transactional
def reject(approval: Approval, *, version: str, opinion: str) -> Approval:
    """Reject a change with an opinion. Idempotent."""
    return approvals.decide(approval, approved=False, version=version, opinion=opinion)


def select_seen(shop_ids: Collection[int] | None) -> dict[str, Any]:
    """Return the query of the orders whose changes an account of some shops sees, nothing for all shops."""
    if shop_ids is None:
        return {}
    return {APPROVAL_KIND: Order.select(Order.number).where(Order.shop << sorted(shop_ids))}


def describe(approval: Approval) -> list[tuple[str, str, str]]:
    """Return label, text before and text after of what a change does."""
    content, order = approval.content, Order.find(number=approval.subject)
    if order is None:
        raise errors.not_found("该订单")
    rows = [("订单", "", order.number), ("操作", "", ACTION_LABELS[content["action"]])]
    if content["action"] == "lower":
        rows.append(("减少金额", "", f"{money.yuan(content['amount_fen'])} 元"))
        rows += [(f"第 {line} 行数量", "", str(units)) for line, units in content["quantities"].items()]
    if content["action"] == "refund":
        rows += [(f"第 {one['line']} 行退货数量", "", str(one["units"])) for one in content["lines"]]
    return [*rows, ("订单金额", "", f"{money.yuan(order.total_fen)} 元"), ("原因", "", content["reason"])]


def _carry_out(number: str, content: Mapping[str, Any]) -> object:
    if content["action"] == "cancel":
        return moves.cancel(number=number, reason=content["reason"], by_staff=True)
    if content["action"] == "lower":
        return price_changes.lower(
            number=number, change_number=content["change_number"], amount_fen=content["amount_fen"],
            reason=content["reason"], quantities=content["quantities"],
        )  # fmt: skip
    lines = [ReturnLine(one["line"], units=one["units"]) for one in content["lines"]]
    return refunds.refund_lines(
        number=number, return_number=content["return_number"], lines=lines, reason=content["reason"],
        expected_fen=content["expected_fen"],
    )  # fmt: skip


def _submit(order: Order, content: dict[str, Any], amount_fen: int) -> Approval:
    if not content["reason"]:
        raise errors.invalid("reason", "请填写原因")
    label = ACTION_LABELS[content["action"]]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return approvals.submit(
        kind=APPROVAL_KIND, subject=order.number, title=f"{order.number} {label} {money.yuan(amount_fen)} 元",
        version=hashlib.sha256(text.encode()).hexdigest(), content=content, approver=None,
    )  # fmt: skip


def _read_lowered(order: Order) -> int:
    """Return what staff took off an order so far: before the payment, and as returns after it."""
    place = price_changes.read_place(refunds.get_row(order))
    return sum(one.amount_fen for one in place.lowered) + _read_returned(order)


def _read_returned(order: Order) -> int:
    return sum(int(row.total_fen) for row in return_records.list_returns(order))
