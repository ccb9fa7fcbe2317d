"""Tickets of a queue (排队号): taken by a customer or at the till, numbered from 1 on each day by type."""

from datetime import date
from typing import Any

import peewee

from store.core import clock, errors, events, ids, input_limits
from store.core.database import db
from store.core.database.fields import DateField, UtcDateTimeField
from store.core.database.models import Model
from store.customers import customers
from store.customers.customers import Customer
from store.customers.merging import rules as merge_rules
from store.queues import queue_types
from store.queues.queue_types import MAX_PEOPLE, QueueType
from store.shops.shops import Shop
from store.tenants import business_days

TRANSITIONS: dict[str, frozenset[str]] = {
    "waiting": frozenset({"called", "left", "expired"}),
    "called": frozenset({"called", "served", "skipped", "left", "expired"}),
    "skipped": frozenset({"served", "expired"}),
    "served": frozenset(),
    "left": frozenset(),
    "expired": frozenset(),
}
STATES = tuple(TRANSITIONS)
STATE_LABELS = {
    "waiting": "等待中", "called": "请就位", "served": "已就位", "skipped": "已过号", "left": "已取消",
    "expired": "已过期",
}  # fmt: skip
LIVE = ("waiting", "called")
NEAR = 3  # the customer is notified when no more than these are ahead


class QueueTicket(Model):
    """A ticket of a business day. Without a customer it was taken at the till. `calls` counts the calls."""

    public_id = peewee.CharField(max_length=40, unique=True, default=lambda: ids.public_id("tik_"))
    queue_type = peewee.ForeignKeyField(QueueType, index=False)
    shop = peewee.ForeignKeyField(Shop, index=False)
    customer = peewee.ForeignKeyField(Customer, null=True, backref="queue_tickets")
    day = DateField()
    number = peewee.IntegerField(constraints=[peewee.Check("number > 0")])
    code = peewee.CharField(max_length=10)
    people = peewee.IntegerField(null=True)
    state = peewee.CharField(
        max_length=10, default="waiting", constraints=[peewee.Check(f"state IN {STATES}")]
    )
    calls = peewee.IntegerField(default=0, constraints=[peewee.Check("calls BETWEEN 0 AND 3")])
    taken_at = UtcDateTimeField(default=clock.now)
    called_at = UtcDateTimeField(null=True)
    ended_at = UtcDateTimeField(null=True)
    near_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = (
            (("queue_type", "day", "number"), True),
            (("shop", "day", "state"), False),
            (("state", "day"), False),
        )


merge_rules.register_rule(QueueTicket.customer)


@db.transactional
def take(
    *, queue_type: QueueType, customer: Customer | None, people: int | None = None, key: str
) -> QueueTicket:
    """Take the next number of a type for a customer, or at the till for a person without an account.

    Idempotent by `key`. Raises DomainError(invalid, already_waiting, queue_closed, unauthorized).
    """
    public_id = f"tik_{input_limits.check_key(key, max_length=36)}"
    owner = customers.lock_unless_erased(customer) if customer is not None else None
    kind, day = queue_types.lock(queue_type.id), business_days.today()
    found = QueueTicket.find(public_id=public_id)
    if found is not None:
        return found
    if not kind.is_on or kind.shop.state != "open":
        raise errors.DomainError("queue_closed", f"{kind.name}暂停取号", 409)
    _check_people(kind, people)
    if owner is not None:
        _ensure_not_waiting(owner, kind.shop_id, day)
    ahead = count_waiting(kind, day)
    number = _read_last_number(kind, day) + 1
    row = QueueTicket.create(
        public_id=public_id, queue_type=kind, shop=kind.shop_id, customer=owner, day=day, number=number,
        code=f"{kind.letter}{number:03d}", people=people, near_at=clock.now() if ahead <= NEAR else None,
    )  # fmt: skip
    record(row, "taken", ahead=ahead)
    return row


def count_waiting(queue_type: QueueType, day: date) -> int:
    """Return how many tickets of a type wait on a day."""
    return int(_select_waiting(queue_type.id, day).count())


def count_ahead(ticket: QueueTicket) -> int:
    """Return how many tickets wait before a ticket, 0 for one that was called or has ended."""
    if ticket.state != "waiting":
        return 0
    waiting = _select_waiting(ticket.queue_type_id, ticket.day)
    return int(waiting.where(QueueTicket.number < ticket.number).count())


def list_waiting(queue_type: QueueType, day: date, *, limit: int) -> list[QueueTicket]:
    """Return the tickets of a type that wait on a day, the next first."""
    return list(_select_waiting(queue_type.id, day).order_by(QueueTicket.number).limit(limit))


def list_own_of_day(customer: Customer) -> list[QueueTicket]:
    """Return the tickets of a customer of today, the latest first."""
    mine = QueueTicket.customer == customers.survivor(customer).id
    of_day = QueueTicket.select().where(mine, QueueTicket.day == business_days.today())
    return list(of_day.order_by(QueueTicket.id.desc()))


def get_own(customer: Customer, public_id: str) -> QueueTicket:
    """Return a customer's own ticket. Raises DomainError(not_found)."""
    found = QueueTicket.find(public_id=public_id, customer=customers.survivor(customer).id)
    if found is None:
        raise errors.not_found("该排队号")
    return found


def get_of_shop(shop_id: int, public_id: str) -> QueueTicket:
    """Return a ticket of a shop. Raises DomainError(not_found)."""
    found = QueueTicket.find(public_id=public_id, shop=shop_id)
    if found is None:
        raise errors.not_found("该排队号")
    return found


def record(row: QueueTicket, step: str, **properties: Any) -> None:
    """Record the event of a step. Requires a transaction."""
    events.record(
        f"queue_tickets.{step}", customer_id=row.customer_id, shop_id=row.shop_id, ticket_id=row.id, code=row.code,
        **properties,
    )  # fmt: skip


def _select_waiting(type_id: int, day: date) -> Any:
    mine = (QueueTicket.queue_type == type_id) & (QueueTicket.day == day)
    return QueueTicket.select().where(mine, QueueTicket.state == "waiting")


def _read_last_number(queue_type: QueueType, day: date) -> int:
    mine = (QueueTicket.queue_type == queue_type.id) & (QueueTicket.day == day)
    return int(QueueTicket.select(peewee.fn.MAX(QueueTicket.number)).where(mine).scalar() or 0)


def _check_people(queue_type: QueueType, people: int | None) -> None:
    least, most = queue_type.min_people, queue_type.max_people
    if least is None or most is None:
        if people is not None:
            input_limits.check_number(people, field="people", minimum=1, maximum=MAX_PEOPLE)
    elif people is None or not least <= people <= most:
        raise errors.invalid("people", f"{queue_type.name}接待 {least}–{most} 人")


def _ensure_not_waiting(customer: Customer, shop_id: int, day: date) -> None:
    mine = (QueueTicket.customer == customer.id) & (QueueTicket.shop == shop_id) & (QueueTicket.day == day)
    found = QueueTicket.select().where(mine, QueueTicket.state.in_(LIVE)).first()
    if found is not None:
        raise errors.DomainError(
            "already_waiting", f"您已取号 {found.code}，请等待叫号", 409, ticket=found.public_id
        )
