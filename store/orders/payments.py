"""Payments of orders: what is due in money, and the money of an attempt taken until nothing is due."""

from store.core import clock, errors
from store.core.database import db
from store.flash_sales import holds as flash_holds
from store.orders import counting, fulfilments, holds, locks, reopening, snapshots, stock_holds
from store.orders.tables import Order, OrderTender
from store.payments import attempts
from store.payments import kinds as payment_kinds
from store.payments.attempts import PaymentAttempt
from store.payments.payables import PayableFunctions

PAYABLE_KIND = "order"


def due_fen(number: str) -> int:
    """Return what an order may still take in money: nothing unless it waits for payment."""
    order = locks.get(number)
    return int(order.due_fen) if order.state == "placed" else 0


def facts(number: str) -> dict[str, int]:
    """Return the shop of an order."""
    return {"shop_id": locks.get(number).shop_id}


def lock(number: str) -> None:
    """Lock the member of an order, then the order. Requires a transaction."""
    locks.lock(number)


@db.transactional
def take(number: str, attempt: PaymentAttempt) -> int:
    """Take the money of an attempt and return how much of it pays the order. The rest is a surplus.

    Idempotent by attempt. The one that brings the sum due to 0 makes the order paid. A setting lets late money reopen
    an order that time-out closed.
    """
    order = locks.lock(number)
    before = OrderTender.find(attempt_id=attempt.id)
    if before is not None:
        return int(before.fen)
    is_open = order.state == "placed" or reopening.reopen(order, paid_fen=attempt.paid_fen)
    taken = min(order.due_fen, attempt.paid_fen) if is_open else 0
    if taken:
        OrderTender.create(
            order=order, kind=attempt.kind, reference=attempt.number, sentence=_label(attempt.kind),
            fen=taken, shares={}, attempt_id=attempt.id,
        )  # fmt: skip
        order.update_fields(due_fen=order.due_fen - taken, money_fen=order.money_fen + taken)
        finish_if_paid(order)
    return int(taken)


def finish_if_paid(order: Order) -> None:
    """Make an order paid if nothing is due: commit its holds and split its money. Requires the order's lock."""
    if order.due_fen or order.state != "placed":
        return
    tenders = snapshots.list_tenders(order)
    bonus = sum(tender.bonus_fen for tender in tenders)
    received_fen = order.money_fen + holds.stored_value_fen(tenders) - bonus
    holds.commit(order, tenders, received_fen=received_fen)
    lines = snapshots.list_lines(order)
    for tender in tenders:
        if tender.attempt_id is not None:
            tender.update_fields(shares=dict(snapshots.take_from_lines(lines, tender.fen)))
    spend_fen = counting.spend_fen(tenders, {tender.id: tender.shares for tender in tenders})
    if any(line.flash_item_id is not None for line in lines):
        flash_holds.mark_sold(order.number)
    order.update_fields(state="paid", paid_at=clock.now(), spend_fen=spend_fen)
    if order.kind not in fulfilments.KINDS:  # the goods leave with the payment
        stock_holds.commit(order)
    counting.record_paid(order)
    fulfilments.on_paid(order)


def ensure_no_pending(order: Order) -> None:
    """Raise DomainError(payment_pending) while an attempt of an order may still bring money."""
    if attempts.has_pending(PAYABLE_KIND, order.number):
        raise errors.DomainError("payment_pending", "该订单有一笔支付尚未确定结果，请先撤销或等待结果", 409)


def _label(kind: str) -> str:
    return next((row.name for row in payment_kinds.list_kinds() if row.code == kind), kind)


PAYABLE = PayableFunctions(due_fen=due_fen, take=take, lock=lock, facts=facts)
