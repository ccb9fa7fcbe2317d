"""Payers of orders (支付即会员): who pays becomes a customer with the order, and it counts once they are a member."""

from collections.abc import Collection
from datetime import timedelta

import peewee

from store.core import clock, errors, keyset
from store.core.database import db
from store.core.events import Event
from store.core.keyset import Position
from store.customers import customers, members, payers
from store.customers.customers import Customer
from store.customers.members import Member
from store.orders import locks, orders
from store.orders import payments as order_payments
from store.orders.settings import OrderSettings
from store.orders.tables import Order
from store.payments import attempts, kinds
from store.tenants import settings

PLATFORMS: dict[str | None, payers.Platform] = {"wechat_pay": "wechat", "alipay": "alipay"}


@db.transactional
def attach_payer(event: Event) -> None:
    """Open the customer of a `payments.succeeded` event, and attach an order that has no customer. Idempotent.

    The payer of another member's order becomes a customer without the order.
    """
    if event.properties["payable_kind"] != order_payments.PAYABLE_KIND:
        return
    attempt = attempts.get(event.properties["number"])
    platform = PLATFORMS.get(kinds.find_platform(attempt.kind))
    if platform is None or not attempt.payer_id:
        return
    customer = payers.find_or_open(
        platform=platform, app_id=attempt.app_id, payer_id=attempt.payer_id, union_id=attempt.union_id,
        shop_id=attempt.shop_id,
    )  # fmt: skip
    member = _find_joined(customer)
    if member is not None:
        members.lock(member.id)  # before the order, as everything locks
    order = locks.lock(attempt.payable_number)
    if order.member_id is not None or order.state == "closed":
        return
    if member is not None:
        orders.attach_member(number=order.number, member=member)
    elif order.customer_id is None:
        order.update_fields(customer=customer)


@db.transactional
def attach_earlier_orders(event: Event) -> None:
    """Attach the orders of the last days (setting) that a customer paid before becoming a member. Idempotent.

    Called for `members.joined` and for `customers.merged`.
    """
    customer = customers.survivor(Customer.get_by_id(event.customer_id))
    member = _find_joined(customer)
    if member is None:
        return
    since = clock.now() - timedelta(days=settings.read(OrderSettings).attach_days)
    mine = (Order.customer == customer.id) & Order.member.is_null() & (Order.direction == "sale")
    rows = Order.select().where(mine & (Order.paid_at >= since)).order_by(Order.id)
    for order in list(rows):
        orders.attach_member(number=order.number, member=member)


@db.transactional
def record_payer(*, number: str, customer: Customer) -> Order:
    """Record who is about to pay an order without a customer. Idempotent.

    The order counts for their membership once the payment has arrived. Raises DomainError(not_found,
    order_has_payer).
    """
    order = locks.lock(number)
    if order.customer_id is not None:
        if order.customer_id != customer.id:
            raise errors.DomainError("order_has_payer", "该订单由其他顾客支付", 409)
        return order
    locks.ensure_state(order, "placed")
    order.update_fields(customer=customer)
    return order


def get_of_customer(customer: Customer, number: str) -> Order:
    """Return a customer's own sale by its number. Raises DomainError(not_found)."""
    order = Order.select().where(_is_of(customer) & (Order.number == number)).first()
    if order is None:
        raise errors.not_found("该订单")
    return order


def list_page_of_customer(
    customer: Customer, *, states: Collection[str], page: int, page_size: int, after: Position | None = None
) -> tuple[list[Order], int]:
    """Return one page of a customer's own sales in these states, the newest first, and the total."""
    query = Order.select().where(_is_of(customer) & Order.state.in_(list(states)))
    keys: keyset.Keys = ((Order.id, True),)
    return keyset.select_page(query, keys, page=page, page_size=page_size, after=after), query.count()


def list_of_customer(customer: Customer, limit: int = 50) -> list[Order]:
    """Return the orders that a customer paid, the latest first."""
    return list(Order.select().where(_is_of(customer)).order_by(Order.id.desc()).limit(limit))


def _is_of(customer: Customer) -> peewee.Expression:
    return (Order.customer == customer.id) & (Order.direction == "sale")


def _find_joined(customer: Customer) -> Member | None:
    """Return the open account of a customer who has registered, or None."""
    member = members.find_active(customer)
    return member if member is not None and member.joined_at is not None and not member.is_closed else None
