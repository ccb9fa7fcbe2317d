"""Payers of orders (支付即会员): who pays becomes a customer with the order, and it counts once they are a member."""

from datetime import timedelta

from store.core import clock
from store.core.database import db
from store.core.events import Event
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
    """Open the customer of a `payments.succeeded` event, and attach an order without a customer. Idempotent.

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


def list_of_customer(customer: Customer, limit: int = 50) -> list[Order]:
    """Return the orders that a customer paid, the latest first."""
    mine = (Order.customer == customer.id) & (Order.direction == "sale")
    return list(Order.select().where(mine).order_by(Order.id.desc()).limit(limit))


def _find_joined(customer: Customer) -> Member | None:
    """Return the open account of a customer who has registered, or None."""
    member = members.find_active(customer)
    return member if member is not None and member.joined_at is not None and not member.is_closed else None
