"""Reopening (重新打开): an order that time-out closed takes money after all, if everything can be held again."""

from store.core import clock, errors
from store.core.database import db
from store.coupons import redemption_records
from store.coupons import redemptions as coupon_redemptions
from store.coupons.basket import Basket, BasketLine
from store.customers import members
from store.customers.members import Member
from store.orders import counting, fulfilments, holds, snapshots, stock_holds
from store.orders import settings as order_settings
from store.orders.tables import OVERDUE_REASON, Order, OrderDiscount
from store.points import payments as point_payments
from store.points.payments import PointPaymentSettings
from store.pricing.promotions import LINE_KINDS, ORDER_KINDS
from store.promotions import uses as promotion_uses
from store.shops.shops import Shop
from store.stored_value.authorization import PaymentAuthorization
from store.stored_value.payment_records import StoredValuePayment
from store.tenants import business_days, settings

_PROMOTIONS = ("special_price", *LINE_KINDS, *ORDER_KINDS)
_BEFORE_COUPONS = (*_PROMOTIONS, "member_price", "tier")


def reopen(order: Order, *, paid_fen: int) -> bool:
    """Reopen an order that time-out closed, and return whether it is open now. Requires the order's lock.

    Only money that pays all of it reopens it, and only if coupons, points and stored value can be held again at the
    same total. Otherwise it stays closed and nothing is held.
    """
    is_overdue = order.state == "closed" and order.close_reason == OVERDUE_REASON and not order.money_fen
    if not (is_overdue and settings.read(order_settings.OrderSettings).reopen_overdue):
        return False
    if paid_fen < order.due_fen:
        return False
    try:
        with db.savepoint():
            _hold_again(order)
            order.update_fields(state="placed", closed_at=None, close_reason="", ends_at=clock.now())
            fulfilments.on_reopened(order)
            counting.record("orders.reopened", order, total_fen=order.total_fen, due_fen=order.due_fen)
    except errors.DomainError:  # a coupon is used elsewhere, points are spent: the money goes back
        return False
    return True


def _hold_again(order: Order) -> None:
    """Hold what the order held before it was closed. Raises DomainError if one of it cannot be had."""
    shop = Shop.get_by_id(order.shop_id)
    if shop.state == "closed":
        raise errors.DomainError("shop_closed", "该门店已停业", 409)
    promotion_uses.take_again(order_number=order.number)
    stock_holds.hold(order, shop)
    if order.member_id is None:
        return
    member = Member.get_by_id(order.member_id)
    members.ensure_open(member)
    _hold_coupons(order, member, shop)
    for tender in snapshots.list_tenders(order):
        if tender.kind == "points":
            percent = settings.read(PointPaymentSettings).max_percent
            point_payments.hold(
                member=member, order_number=order.number, points=tender.points, amount_fen=tender.fen,
                limit_fen=(order.total_fen - order.freight_fen) * percent // 100,
            )  # fmt: skip
        elif tender.kind == "stored_value":
            authorization = _earlier_authorization(order, tender.fen)
            holds.change_stored_value(order, member, tender.fen, authorization, before_fen=0)


def _hold_coupons(order: Order, member: Member, shop: Shop) -> None:
    """Hold the coupons and vouchers of an order. Raises DomainError(price_changed) if they pay another amount now."""
    discounts, tenders = snapshots.list_discounts(order), snapshots.list_tenders(order)
    wanted = {one.reference: one.fen for one in discounts if one.kind == "coupon"}
    wanted |= {one.reference: one.fen for one in tenders if one.kind == "voucher"}
    if not wanted:
        return
    uses = coupon_redemptions.hold(
        member=member, codes=wanted, basket=_to_basket(order, discounts, shop), order_number=order.number
    )
    if {use.coupon.code: use.value_fen for use in uses} != wanted:
        raise errors.DomainError("price_changed", "优惠券的优惠已变化", 409)


def _to_basket(order: Order, discounts: list[OrderDiscount], shop: Shop) -> Basket:
    """Return the basket as coupons saw it when the order was placed."""
    uses = redemption_records.list_for_order(order.number)
    first_held_at = min((use.held_at for use in uses), default=clock.now())
    before = [one for one in discounts if one.kind in _BEFORE_COUPONS]
    lines = tuple(
        BasketLine(
            number=line.line, product=line.product, quantity=line.quantity, groups=tuple(line.categories),
            total_fen=line.list_fen - sum(one.shares.get(line.line, 0) for one in before),
            promoted=any(one.kind in _PROMOTIONS and line.line in one.shares for one in before),
        )
        for line in snapshots.list_lines(order)
        if not line.is_freight
    )  # fmt: skip
    return Basket(lines, business_days.to_local(first_held_at), shop.code)


def _earlier_authorization(order: Order, amount_fen: int) -> PaymentAuthorization | None:
    """Return the authorization with which the same order held the same stored value before."""
    rows = [
        row for row in StoredValuePayment.find_all(order_number=order.number) if row.amount_fen == amount_fen
    ]
    row = max(rows, key=lambda one: one.id, default=None)
    if row is None or not row.authorized_by:
        return None
    return PaymentAuthorization(kind=row.authorized_by, member_id=row.member_id, manager_id=row.manager_id)
