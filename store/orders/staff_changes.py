"""Changes of an order by staff away from a till: a member is attached, or an unpaid order is closed."""

from store.core import errors
from store.core.database import db
from store.customers.members import Member
from store.orders import locks, orders
from store.orders.tables import Order
from store.tenants import audit


@db.transactional
def attach_member(*, number: str, member: Member) -> Order:
    """Attach a member to an order in the name of staff (补挂会员). Idempotent.

    Raises DomainError: order_is_return, and those of `orders.attach_member`.
    """
    order = locks.lock(number)
    if order.is_return:
        raise errors.DomainError("order_is_return", "退单不能补挂会员", 409)
    had_member = order.member_id is not None
    order = orders.attach_member(number=number, member=member)
    if not had_member:
        audit.record("orders.attach_member", f"order:{order.number}", after={"member": member.public_id})
    return order


@db.transactional
def close(*, number: str, reason: str) -> Order:
    """Close an order of which nothing is paid, in the name of staff. Idempotent.

    Raises DomainError: invalid without a reason, part_paid, and those of `orders.close`.
    """
    if not reason.strip():
        raise errors.invalid("reason", "请填写关闭原因")
    order = locks.lock(number)
    if order.state == "closed":
        return order
    locks.ensure_state(order, "placed")
    if order.money_fen:
        raise errors.DomainError("part_paid", "已收到一部分钱，请在收银台退款并关闭", 409)
    order = orders.close(number=number, reason=reason.strip())
    audit.record("orders.close", f"order:{order.number}", after={"reason": reason.strip()})
    return order
