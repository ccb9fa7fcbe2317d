"""Steps of an order of the shop (订单流转): what staff and customers do between payment and completion.

Each step is idempotent: in the state that it leads to it changes nothing. Locks are taken as by `orders.close`.
"""

from datetime import timedelta

import peewee

from store.core import clock, encryption, errors, input_limits, rate_limits
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.orders import fulfilments, locks, orders, stock_holds
from store.orders.fulfilments import Fulfilment
from store.orders.settings import FulfilmentSettings
from store.orders.tables import Order
from store.payments import cash
from store.shop_orders import refunds
from store.tenants import settings

CUSTOMER_CANCELLED = "顾客取消"
MAX_PARCELS = 20


class Parcel(Model):
    """A parcel of an order with the courier's company and number; the own courier has neither."""

    fulfilment = peewee.ForeignKeyField(Fulfilment, backref="parcels", index=False)
    company = peewee.CharField(max_length=60, default="")
    tracking_number = peewee.CharField(max_length=40, default="")
    shipped_at = UtcDateTimeField(default=clock.now)

    class Meta:
        indexes = ((("fulfilment", "company", "tracking_number"), True),)


@db.transactional
def accept(*, number: str) -> Fulfilment:
    """Accept an order. Idempotent. Raises DomainError(order_state)."""
    row = _lock(number)
    if row.state != "accepted":
        fulfilments.move(row, "accepted", action="accept")
    return row


@db.transactional
def reject(*, number: str, reason: str) -> Fulfilment:
    """Reject an order with a reason, and refund what was paid. Idempotent. Raises DomainError(invalid, order_state)."""
    reason = _check_reason(reason, "请填写拒单原因")
    row = _lock(number)
    if row.state != "refused":
        fulfilments.move(row, "refused", action="reject", message=reason)
        _give_up(row.order, reason, return_number="REFUSED")
    return row


@db.transactional
def cancel(*, number: str, reason: str, by_staff: bool = False) -> Fulfilment:
    """Cancel an order: an unpaid one closes, a paid one is refunded. Idempotent.

    A customer cancels until the shop accepts, staff until the goods leave. What pends on a platform has to be closed
    before. Raises DomainError(invalid, order_state, payment_pending).
    """
    reason = _check_reason(reason, "请填写取消原因")
    row = _lock(number)
    if row.state in ("closed", "refunded"):
        return row
    if row.state not in ("unpaid", "placed") and not by_staff:
        raise errors.DomainError("order_state", "商家已接单，请联系门店取消", 409, state=row.state)
    if row.order.state == "placed":
        fulfilments.ensure_can_move(row, "closed")
        orders.close(number=number, reason=reason)
        return _reload(row)
    fulfilments.move(row, "refunded", action="cancel", message=reason)
    _give_up(row.order, reason, return_number="CANCELLED")
    return row


@db.transactional
def mark_ready(*, number: str) -> Fulfilment:
    """Mark the goods of an order as ready to be fetched. Idempotent. Raises DomainError(order_state)."""
    row = _lock(number)
    if row.order.kind == "delivery":
        raise errors.DomainError("order_state", "送货上门的订单请发货", 409, state=row.state)
    if row.state != "ready":
        days = settings.read(FulfilmentSettings).pickup_reminder_days
        due_at = clock.now() + timedelta(days=days[0]) if days else None
        fulfilments.move(row, "ready", action="mark_ready", due_at=due_at)
        stock_holds.commit(row.order)
    return row


@db.transactional
def ship(*, number: str, company: str = "", tracking_number: str = "") -> Fulfilment:
    """Record the shipment of an order, or of a further parcel of it. Idempotent by parcel.

    Raises DomainError(invalid, order_state).
    """
    company = input_limits.check_line(company, field="company", max_length=60)
    tracking_number = input_limits.check_line(tracking_number, field="tracking_number", max_length=40)
    if bool(company.strip()) != bool(tracking_number.strip()):
        raise errors.invalid("tracking_number", "快递公司和单号请一起填写，自己配送都不填")
    row = _lock(number)
    if row.order.kind != "delivery":
        raise errors.DomainError("order_state", "该订单不是送货上门", 409, state=row.state)
    if Parcel.find(fulfilment=row.id, company=company, tracking_number=tracking_number):
        return row
    message = f"{company} {tracking_number}".strip()
    if row.state == "shipped":
        _ensure_parcels(row)
        fulfilments.note(row, "ship", message)
    else:
        days = settings.read(FulfilmentSettings).receive_after_days
        fulfilments.move(
            row, "shipped", action="ship", message=message, due_at=clock.now() + timedelta(days=days)
        )
        stock_holds.commit(row.order)
    Parcel.create(fulfilment=row, company=company, tracking_number=tracking_number)
    return row


@db.transactional
def hand_over(
    *, number: str, pickup_code: str | None = None, terminal_id: int | None = None, cashier_id: int | None = None,
    received_fen: int | None = None,
) -> Fulfilment:  # fmt: skip
    """Record that the customer has the goods, and the cash of an order that is paid on delivery. Idempotent.

    A wrong `pickup_code` is refused, staff with the right hand over without one. Goods that are fetched complete the
    order. Raises DomainError(order_state, wrong_pickup_code, cash_required).
    """
    row = _lock(number)
    if row.state in ("received", "completed"):
        return row
    if pickup_code is not None and not encryption.constant_time_equal(pickup_code, row.pickup_code or ""):
        raise errors.DomainError("wrong_pickup_code", "提货码不正确", 403)
    if row.state == "accepted" and row.order.kind != "delivery":
        fulfilments.move(row, "ready", action="mark_ready", event=None)
        stock_holds.commit(row.order)
    fulfilments.ensure_can_move(row, "received")
    _take_cash(row, terminal_id, cashier_id, received_fen)
    _receive(row, "hand_over")
    return row


@db.transactional
def receive(*, number: str, by_itself: bool = False) -> Fulfilment:
    """Record that a delivery arrived. Idempotent. Raises DomainError(order_state, cash_required)."""
    row = _lock(number)
    if row.state in ("received", "completed"):
        return row
    fulfilments.ensure_can_move(row, "received")
    if row.order.state != "paid":
        raise errors.DomainError("cash_required", "货到付款的订单由门店登记收款", 409)
    _receive(row, "receive_by_itself" if by_itself else "receive")
    return row


@db.transactional
def complete(*, number: str) -> Fulfilment:
    """Complete an order that was received: points and spend count now. Idempotent. Raises DomainError(order_state)."""
    row = _lock(number)
    if row.state != "completed":
        fulfilments.ensure_can_move(row, "completed")
        _complete(row)
    return row


@db.transactional
def hide(*, number: str) -> Fulfilment:
    """Remove an ended order from the customer's list, not from the store. Idempotent.

    Raises DomainError(order_state).
    """
    row = _lock(number)
    if row.state not in fulfilments.ENDED:
        raise errors.DomainError("order_state", "进行中的订单不能删除", 409, state=row.state)
    row.update_fields(is_hidden=True)
    return row


@db.transactional
def hide_from_staff(*, number: str, is_hidden: bool = True) -> Fulfilment:
    """Remove an ended order from the lists of staff, or show it again. Idempotent. Raises DomainError(order_state)."""
    row = _lock(number)
    if is_hidden and row.state not in fulfilments.ENDED:
        raise errors.DomainError("order_state", "进行中的订单不能隐藏", 409, state=row.state)
    if row.is_hidden_from_staff != is_hidden:
        row.update_fields(is_hidden_from_staff=is_hidden)
    return row


def check_code_attempts(terminal_id: int | str) -> None:
    """Count a typed pickup code of a till or an account. Raises DomainError(rate_limited) after ten a minute."""
    rate_limits.consume(
        name=f"pickup_code:{terminal_id}", limit=10, window_s=60, message="输入过于频繁，请稍后再试"
    )


def list_parcels(row: Fulfilment) -> list[Parcel]:
    """Return the parcels of an order, the earliest first."""
    return list(Parcel.select().where(Parcel.fulfilment == row.id).order_by(Parcel.id))


def _lock(number: str) -> Fulfilment:
    order = locks.lock(number)
    return refunds.get_row(order)


def _reload(row: Fulfilment) -> Fulfilment:
    found = fulfilments.find(Order.get_by_id(row.order_id))
    assert found is not None, "fulfilments are never deleted"
    return found


def _check_reason(reason: str, message: str) -> str:
    if not reason.strip():
        raise errors.invalid("reason", message)
    return input_limits.check_line(reason.strip(), field="reason", max_length=100)


def _give_up(order: Order, reason: str, *, return_number: str) -> None:
    """Close an unpaid order, or refund all of a paid one. Requires the order's lock."""
    if order.state == "placed":
        orders.close(number=order.number, reason=reason)
    else:
        refunds.refund_rest(order, return_number=return_number, reason=reason[:80])


def _ensure_parcels(row: Fulfilment) -> None:
    if len(list_parcels(row)) >= MAX_PARCELS:
        raise errors.invalid("tracking_number", f"每单最多 {MAX_PARCELS} 个包裹")


def _take_cash(
    row: Fulfilment, terminal_id: int | None, cashier_id: int | None, received_fen: int | None
) -> None:
    order = row.order
    if order.state != "placed":
        return
    if received_fen is None or received_fen < order.due_fen:
        raise errors.DomainError("cash_required", "请先收取货款", 409, due_fen=order.due_fen)
    cash.record_cash(
        payable_kind="order", payable_number=order.number, received_fen=received_fen, key=f"{order.number}:delivery",
        terminal_id=terminal_id, cashier_id=cashier_id,
    )  # fmt: skip
    row.order = Order.get_by_id(order.id)


def _receive(row: Fulfilment, action: str) -> None:
    days = settings.read(FulfilmentSettings).complete_after_days
    is_fetched = row.order.kind != "delivery"
    due_at = None if is_fetched else clock.now() + timedelta(days=days)
    fulfilments.move(row, "received", action=action, due_at=due_at)
    if is_fetched or not days:
        _complete(row)


def _complete(row: Fulfilment) -> None:
    fulfilments.move(row, "completed", action="complete", event=None)
    orders.complete(number=row.order.number)
