"""Placement of orders (下单): the price, the rows and all holds of a new order in one transaction."""

from datetime import timedelta

from store.core import clock, errors, input_limits, numbers
from store.core.database import db
from store.customers import members
from store.customers.members import Member
from store.orders import counting, holds, pricing_requests, snapshots, stock_holds
from store.orders import payments as order_payments
from store.orders import requests as order_requests
from store.orders import settings as order_settings
from store.orders.pricing_requests import Held
from store.orders.requests import Place
from store.orders.tables import Order
from store.pricing.price import Price
from store.promotions import uses as promotion_uses
from store.shops.shops import Shop
from store.stored_value.authorization import PaymentAuthorization


@db.transactional
def place(*, request: Place, key: str, authorization: PaymentAuthorization | None = None) -> Order:
    """Place an order with all its holds, all or none. An order without money due is paid at once.

    Idempotent by `key`. Raises DomainError: price_changed if the total differs from `expected_total_fen`,
    payment_cut if points or stored value can pay less than is asked for, promotion_gone if another order was faster.
    """
    input_limits.check_key(key)
    member = lock_member(request.member_id)
    before = _find_existing(key, request)
    if before is not None:
        return before
    shop = pricing_requests.get_shop(request.shop_id)
    return place_new(request, key=key, shop=shop, member=member, authorization=authorization)


def place_new(
    request: Place,
    *,
    key: str,
    shop: Shop,
    member: Member | None,
    authorization: PaymentAuthorization | None = None,
) -> Order:
    """Place an order like `place`, for a caller that has found no order of the key under the lock of the member.

    Shop and member are those of the request, as they are now.
    """
    order_requests.check_place(request)
    price = calculate_price(request, shop, member, Held())
    order = _create(request, key, shop, member, price)
    lines = snapshots.write(order, request, price)
    promotion_uses.take_new(order_number=order.number, shop=shop, member=member, price=price)
    stock_holds.hold_new(order, shop, member, lines)
    holds.hold(order, member, price, authorization)
    counting.record("orders.placed", order, total_fen=order.total_fen, due_fen=order.due_fen)
    order_payments.finish_if_paid(order)
    return order


def calculate_price(request: Place, shop: Shop, member: Member | None, held: Held) -> Price:
    """Return the price that an order takes. Raises DomainError(payment_cut, price_changed)."""
    price = pricing_requests.price(request, shop, member, held)
    pricing_requests.ensure_uncut(price)
    pricing_requests.ensure_expected(price, request.expected_total_fen)
    return price


def lock_member(member_id: int | None) -> Member | None:
    """Lock the current account of a member id, or nothing without one."""
    member = pricing_requests.find_member(member_id)
    if member is None:
        return None
    member = members.lock(member.id)
    members.ensure_open(member)
    return member


def _create(request: Place, key: str, shop: Shop, member: Member | None, price: Price) -> Order:
    now, request_hash = clock.now(), order_requests.hash_place(request)
    return Order.create(
        number=numbers.generate("order"), key=key, placed_hash=request_hash, request_hash=request_hash,
        kind=request.kind, source=request.source, source_number=request.source_number, shop=shop,
        member=member, customer=member.customer_id if member else None, cashier_id=request.cashier_id,
        terminal_id=request.terminal_id, remark=request.remark, placed_at=now,
        ends_at=now + timedelta(minutes=order_settings.payment_minutes(request.kind)), **snapshots.totals(price),
    )  # fmt: skip


def _find_existing(key: str, request: Place) -> Order | None:
    """Return the earlier order of a key. Raises DomainError if the key or the source's number is another order's."""
    found = Order.find(key=key)
    if found is None:
        if request.source_number is not None:
            other = Order.find(source=request.source, source_number=request.source_number)
            if other is not None:
                raise errors.DomainError("order_exists", "该来源单号已有订单", 409, number=other.number)
        return None
    if found.is_return or found.placed_hash != order_requests.hash_place(request):
        raise errors.DomainError("key_reused", "该业务编号已用于另一个订单", 422, key=key)
    return found
