"""What an order holds (占用): coupons, points and stored value, taken together, changed in place, then committed."""

from collections.abc import Iterable
from dataclasses import dataclass

from store.core import money
from store.coupons import redemption_records
from store.coupons import redemptions as coupon_redemptions
from store.customers.members import Member
from store.orders import snapshots
from store.orders.pricing_requests import Held
from store.orders.tables import Order, OrderTender
from store.points import payments as point_payments
from store.points.payments import PointPaymentSettings
from store.pricing.price import Price
from store.promotions import uses as promotion_uses
from store.stored_value import payments as stored_value_payments
from store.stored_value.authorization import PaymentAuthorization
from store.stored_value.payment_records import StoredValuePayment
from store.tenants import settings


@dataclass(frozen=True)
class _Wanted:
    """What a price wants to be held."""

    codes: list[str]
    points: int
    points_fen: int
    stored_value_fen: int


def hold(
    order: Order, member: Member | None, price: Price, authorization: PaymentAuthorization | None
) -> None:
    """Hold all that a new price uses: all or none. Requires the locks of member and order."""
    change(order, member, price, authorization, before=Held())


def change(
    order: Order,
    member: Member | None,
    price: Price,
    authorization: PaymentAuthorization | None,
    *,
    before: Held,
    stored_value_before: int = 0,
) -> None:
    """Hold what a price uses instead of what was held before. Requires the locks of member and order."""
    wanted = _to_wanted(price)
    if member is None:
        return
    _change_coupons(order, member, price, wanted, before)
    _change_points(order, member, price, wanted, before)
    change_stored_value(order, member, wanted.stored_value_fen, authorization, before_fen=stored_value_before)


def change_stored_value(
    order: Order,
    member: Member,
    amount_fen: int,
    authorization: PaymentAuthorization | None,
    *,
    before_fen: int,
) -> None:
    """Hold an amount of stored value instead of the one before, and note the part that is bonus."""
    if not amount_fen:
        if before_fen:
            stored_value_payments.release(order_number=order.number)
        return
    if before_fen:
        payment = stored_value_payments.change(
            order_number=order.number, amount_fen=amount_fen, authorization=authorization
        )
    else:
        payment = stored_value_payments.hold(
            member=member, order_number=order.number, amount_fen=amount_fen, authorization=authorization,
            shop_id=order.shop_id,
        )  # fmt: skip
    _note_bonus(order, payment)


def release(order: Order) -> None:
    """Release all that an order holds. Idempotent."""
    coupon_redemptions.release(order_number=order.number)
    point_payments.release(order_number=order.number)
    stored_value_payments.release(order_number=order.number)


def commit(order: Order, tenders: Iterable[OrderTender], *, received_fen: int) -> None:
    """Commit all that a paid order holds. `received_fen` is money and the principal of stored value."""
    kinds = {tender.kind for tender in tenders}
    if "voucher" in kinds or any(one.kind == "coupon" for one in snapshots.list_discounts(order)):
        coupon_redemptions.commit(order_number=order.number, received_fen=received_fen)
    if "points" in kinds:
        point_payments.commit(order_number=order.number)
    if "stored_value" in kinds:
        stored_value_payments.commit(order_number=order.number)


def list_held(order: Order) -> Held:
    """Return the coupons, points and promotions that an order uses."""
    tenders, discounts = snapshots.list_tenders(order), snapshots.list_discounts(order)
    codes = [one.reference for one in discounts if one.kind == "coupon"]
    codes += [one.reference for one in tenders if one.kind == "voucher"]
    uses = redemption_records.list_for_order(order.number)
    held_at = min((use.held_at for use in uses), default=None) if codes else None
    promotions_at = order.placed_at if promotion_uses.has_uses(order.number) else None
    return Held(tuple(codes), sum(one.points for one in tenders), held_at, order.number, promotions_at)


def stored_value_fen(tenders: Iterable[OrderTender]) -> int:
    """Return what stored value pays among tenders."""
    return sum(tender.fen for tender in tenders if tender.kind == "stored_value")


def _to_wanted(price: Price) -> _Wanted:
    points = [tender for tender in price.tenders if tender.kind == "points"]
    value = [tender for tender in price.tenders if tender.kind == "stored_value"]
    return _Wanted(
        snapshots.coupon_codes(price),
        sum(tender.points for tender in points),
        sum(tender.fen for tender in points),
        sum(tender.fen for tender in value),
    )


def _change_coupons(order: Order, member: Member, price: Price, wanted: _Wanted, before: Held) -> None:
    if before.coupon_codes and not wanted.codes:
        coupon_redemptions.release(order_number=order.number)
    elif before.coupon_codes:
        coupon_redemptions.change(order_number=order.number, codes=wanted.codes, basket=price.basket)
    elif wanted.codes:
        coupon_redemptions.hold(
            member=member, codes=wanted.codes, basket=price.basket, order_number=order.number
        )


def _change_points(order: Order, member: Member, price: Price, wanted: _Wanted, before: Held) -> None:
    limit_fen = price.goods_fen * settings.read(PointPaymentSettings).max_percent // 100
    if before.points and not wanted.points:
        point_payments.release(order_number=order.number)
    elif before.points:
        point_payments.change(
            order_number=order.number, points=wanted.points, amount_fen=wanted.points_fen, limit_fen=limit_fen
        )
    elif wanted.points:
        point_payments.hold(
            member=member, order_number=order.number, points=wanted.points, amount_fen=wanted.points_fen,
            limit_fen=limit_fen,
        )  # fmt: skip


def _note_bonus(order: Order, payment: StoredValuePayment) -> None:
    """Write down how much of the order's stored value is bonus, with its shares by line."""
    tender = OrderTender.get((OrderTender.order == order.id) & (OrderTender.kind == "stored_value"))
    parts = money.split(payment.bonus_fen, list(tender.shares.values()))
    tender.update_fields(
        bonus_fen=payment.bonus_fen,
        bonus_shares={line: part for line, part in zip(tender.shares, parts, strict=True) if part},
    )
