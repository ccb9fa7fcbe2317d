"""Orders (订单): placed with all their holds in one transaction, changed while open, closed or completed.

Locks are taken in the order member, order, stock, coupons, attempt.
"""

from datetime import datetime, timedelta

from store.core import clock, errors, input_limits
from store.core.database import db
from store.customers import members
from store.customers.members import Member
from store.orders import (
    counting,
    fulfilments,
    holds,
    locks,
    money_back,
    placement,
    pricing_requests,
    snapshots,
    stock_holds,
)
from store.orders import payments as order_payments
from store.orders import requests as order_requests
from store.orders.money_back import Way
from store.orders.pricing_requests import Held
from store.orders.requests import Place, PlaceLine
from store.orders.settings import OrderSettings
from store.orders.tables import Order, OrderTender
from store.pricing.price import Price
from store.promotions import uses as promotion_uses
from store.stored_value.authorization import PaymentAuthorization
from store.tenants import settings

get, place = locks.get, placement.place
__all__ = [
    "Order", "Place", "PlaceLine", "attach_member", "change", "close", "complete", "get", "hold_stored_value",
    "list_overdue", "place", "preview", "preview_open",
]  # fmt: skip


def preview(request: Place) -> Price:
    """Return what an order would cost now. Nothing is held. Raises DomainError(invalid, not_found)."""
    order_requests.check_place(request)
    member = pricing_requests.find_member(request.member_id)
    return pricing_requests.price(request, pricing_requests.get_shop(request.shop_id), member)


def preview_open(order: Order, request: Place) -> Price:
    """Return what an open order would cost if it became `request`. Nothing is changed."""
    order_requests.check_place(request)
    member = pricing_requests.find_member(request.member_id)
    shop = pricing_requests.get_shop(request.shop_id)
    return pricing_requests.price(request, shop, member, holds.list_held(order))


@db.transactional
def change(*, number: str, request: Place, authorization: PaymentAuthorization | None = None) -> Order:
    """Change an open order, which is priced anew, and its holds in place. Idempotent by request.

    Raises DomainError: order_paid, order_closed, payment_pending, or order_has_money once money was taken.
    """
    order_requests.check_place(request)
    member, order = _lock_both(number, request.member_id)
    if order.request_hash == order_requests.hash_place(request):
        return order
    _ensure_open(order)
    _ensure_same_origin(order, request)
    held, value = holds.list_held(order), holds.stored_value_fen(snapshots.list_tenders(order))
    if order.member_id != (member.id if member else None):
        holds.release(order)
        held, value = Held(order_number=order.number), 0
    shop = pricing_requests.get_shop(request.shop_id)
    price = placement.calculate_price(request, shop, member, held)
    order.update_fields(
        **snapshots.totals(price), request_hash=order_requests.hash_place(request), member=member,
        customer=member.customer_id if member else None, remark=request.remark,
        cashier_id=request.cashier_id, terminal_id=request.terminal_id,
    )  # fmt: skip
    lines_before = snapshots.list_lines(order)
    snapshots.rewrite(order, request, price)
    promotion_uses.take(order_number=order.number, shop=shop, member=member, price=price)
    stock_holds.change(order, shop, lines_before)
    holds.change(order, member, price, authorization, before=held, stored_value_before=value)
    order_payments.finish_if_paid(order)
    return order


@db.transactional
def hold_stored_value(
    *, number: str, amount_fen: int, authorization: PaymentAuthorization | None = None
) -> Order:
    """Let stored value pay a part of an open order, instead of what it paid before.

    An amount of 0 releases it. Idempotent by amount. An order without money due is paid at once.
    Raises DomainError(payment_cut, payment_pending, member_required).
    """
    if not isinstance(amount_fen, int) or amount_fen < 0:
        raise errors.invalid("amount_fen", "金额不能为负")
    order = locks.lock(number)
    before = OrderTender.get_or_none((OrderTender.order == order.id) & (OrderTender.kind == "stored_value"))
    before_fen = before.fen if before else 0
    if before_fen == amount_fen:
        return order
    locks.ensure_state(order, "placed")
    order_payments.ensure_no_pending(order)
    if order.member_id is None:
        raise errors.DomainError("member_required", "请先识别会员", 409)
    if amount_fen > order.due_fen + before_fen:
        raise errors.DomainError(
            "payment_cut", "储值金额超过了待支付金额", 409, taken=order.due_fen + before_fen
        )
    snapshots.replace_stored_value(order, before, amount_fen)
    member = Member.get_by_id(order.member_id)
    members.ensure_open(member)
    holds.change_stored_value(order, member, amount_fen, authorization, before_fen=before_fen)
    order_payments.finish_if_paid(order)
    return order


@db.transactional
def close(
    *,
    number: str,
    reason: str,
    terminal_id: int | None = None,
    cashier_id: int | None = None,
    card_reference: str = "",
) -> Order:
    """Close an unpaid order: release its holds and refund what was paid in part. Idempotent.

    Cash goes back out of the drawer of the terminal. `card_reference` is that of the card terminal on which a bank
    card got its money back.
    Raises DomainError: order_paid, or payment_pending while an attempt may still bring money.
    """
    input_limits.check_line(reason, field="reason", max_length=200)
    order = locks.lock(number)
    if order.state == "closed":
        return order
    locks.ensure_state(order, "placed")
    order_payments.ensure_no_pending(order)
    promotion_uses.give_back(order_number=order.number)
    stock_holds.release(order)
    holds.release(order)
    for tender in snapshots.list_tenders(order):
        if tender.attempt_id is not None:
            money_back.give(
                number=f"{order.number}C{tender.attempt_id}", attempt_number=tender.reference,
                amount_fen=tender.fen,
                way=Way(
                    reason[:80].strip() or "订单关闭", card_reference=card_reference, terminal_id=terminal_id,
                    cashier_id=cashier_id,
                ),
            )  # fmt: skip
    order.update_fields(state="closed", closed_at=clock.now(), close_reason=reason)
    fulfilments.on_closed(order, reason)
    counting.record("orders.closed", order, refunded_fen=order.money_fen)
    return order


@db.transactional
def complete(*, number: str) -> Order:
    """Complete a paid order, as given to the customer. Some kinds of orders count only now. Idempotent."""
    order = locks.lock(number)
    if order.state != "completed":
        locks.ensure_state(order, "paid")
        order.update_fields(state="completed", completed_at=clock.now())
        counting.record_completed(order)
    return order


@db.transactional
def attach_member(*, number: str, member: Member) -> Order:
    """Attach a member to an order that has none. Idempotent.

    A paid order of the last days (setting) counts for the member. Raises DomainError(order_has_member).
    """
    member = members.lock(member.id)
    order = locks.lock(number)
    if order.member_id == member.id:
        return order
    if order.member_id is not None:
        raise errors.DomainError("order_has_member", "该订单已属于其他会员", 409)
    members.ensure_open(member)
    locks.ensure_state(order, "placed", "paid", "completed")
    order.update_fields(member=member, customer=member.customer_id)
    if order.counted_at is not None and _is_recent(order):
        counting.record_attached(order)
    return order


def list_overdue(*, now: datetime | None = None, limit: int = 200) -> list[Order]:
    """Return unpaid orders whose time is over, the longest overdue first.

    An order that was paid in part with cash or a card waits for a cashier, who gives it back.
    """
    overdue = (Order.state == "placed") & (Order.ends_at <= (now or clock.now()))
    by_hand = OrderTender.select(OrderTender.order).where(OrderTender.kind.in_(("cash", "bank_card")))
    overdue &= (Order.money_fen == 0) | Order.id.not_in(by_hand)
    return list(Order.select().where(overdue).order_by(Order.ends_at, Order.id).limit(limit))


def _lock_both(number: str, member_id: int | None) -> tuple[Member | None, Order]:
    """Lock the member of an order and the wanted one in the order of their ids, then the order."""
    wanted = pricing_requests.find_member(member_id)
    current = locks.get(number).member_id
    both = (current, wanted.id if wanted else None)
    members.lock_all_in_order({one for one in both if one is not None})
    order = locks.lock(number)
    return (placement.lock_member(wanted.id) if wanted else None), order


def _ensure_open(order: Order) -> None:
    locks.ensure_state(order, "placed")
    order_payments.ensure_no_pending(order)
    if order.money_fen:
        raise errors.DomainError(
            "order_has_money", "该订单已收款，不能再修改", 409, money_fen=order.money_fen
        )


def _ensure_same_origin(order: Order, request: Place) -> None:
    same = (order.kind, order.source, order.source_number, order.shop_id)
    if same != (request.kind, request.source, request.source_number, request.shop_id):
        raise errors.invalid("source", "不能改变订单的类型、来源和门店")


def _is_recent(order: Order) -> bool:
    days = timedelta(days=settings.read(OrderSettings).attach_days)
    return bool(clock.now() - order.paid_at <= days)
