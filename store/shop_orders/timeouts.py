"""Steps of orders by themselves (订单超时): reminders, rejection of what is not accepted, receipt and completion."""

from datetime import timedelta

from store.core import actors, clock, errors
from store.core.database import db
from store.orders import counting, fulfilments, locks
from store.orders.fulfilments import Fulfilment
from store.orders.settings import FulfilmentSettings
from store.shop_orders import moves, refunds
from store.tenants import settings

BATCH_SIZE = 200
NOT_ACCEPTED = "商家超时未接单"


def run_due() -> int:
    """Take the steps that are due, one order a transaction, and return their number. Idempotent."""
    query = Fulfilment.select().where(Fulfilment.due_at <= clock.now())
    rows = list(query.order_by(Fulfilment.due_at, Fulfilment.id).limit(BATCH_SIZE))
    return sum(_run(row) for row in rows)


def _run(row: Fulfilment) -> int:
    try:
        with actors.acting_as(actors.SYSTEM):
            return take_step(number=row.order.number)
    except errors.DomainError:  # moved, or charged, while this call waited
        return 0


@db.transactional
def take_step(*, number: str) -> int:
    """Take the step of an order that is due now, and return 1, or 0 if none is. Idempotent."""
    row = refunds.get_row(locks.lock(number))
    if row.due_at is None or row.due_at > clock.now():
        return 0
    if row.state == "placed":
        _follow_placed(row)
    elif row.state == "ready":
        _remind_of_pickup(row)
    elif row.state == "shipped":
        _receive(row)
    elif row.state == "received":
        moves.complete(number=number)
    else:
        row.update_fields(due_at=None)
    return 1


def _follow_placed(row: Fulfilment) -> None:
    """Remind staff once, then reject the order and refund it."""
    rules = settings.read(FulfilmentSettings)
    ends_at = row.changed_at + timedelta(minutes=rules.refund_after_minutes)
    if clock.now() >= ends_at:
        moves.reject(number=row.order.number, reason=NOT_ACCEPTED)
        return
    fulfilments.note(row, "remind", "提醒门店接单")
    row.update_fields(reminders=row.reminders + 1, due_at=ends_at)
    counting.record("orders.acceptance_due", row.order, fulfilment=row.order.kind)


def _remind_of_pickup(row: Fulfilment) -> None:
    """Remind the customer after each of the set days; then staff decide."""
    days = settings.read(FulfilmentSettings).pickup_reminder_days
    count = row.reminders + 1
    due_at = row.changed_at + timedelta(days=days[count]) if count < len(days) else None
    fulfilments.note(row, "remind", "提醒顾客取货")
    row.update_fields(reminders=count, due_at=due_at)
    counting.record("orders.pickup_due", row.order, fulfilment=row.order.kind)


def _receive(row: Fulfilment) -> None:
    """Receive what was shipped. One that is paid on delivery waits for its money."""
    if row.order.state == "paid":
        moves.receive(number=row.order.number, by_itself=True)
    else:
        row.update_fields(due_at=None)
