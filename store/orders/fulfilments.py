"""Fulfilment (履约): how an order of the shop reaches the customer, its states and the steps between them.

The row changes in the transaction of what changes the order: paying, closing and reopening move it here, what staff
and customers do in `store/shop_orders`.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import peewee

from store.core import actors, clock, errors
from store.core.database.fields import EncryptedField, JsonField, UtcDateTimeField
from store.core.database.models import Model
from store.delivery import slots
from store.orders import counting
from store.orders.settings import FulfilmentSettings
from store.orders.tables import Order
from store.shops.shops import Shop
from store.tenants import settings

KINDS = ("pickup", "delivery", "dine_in", "takeaway")
KIND_LABELS = {"pickup": "到店自提", "delivery": "送货上门", "dine_in": "堂食", "takeaway": "外带"}
PAYMENT_TERMS = ("online", "cash_on_delivery")
PAYMENT_LABELS = {"online": "在线付款", "cash_on_delivery": "货到付款"}
STATE_LABELS = {
    "unpaid": "待付款",
    "placed": "待接单",
    "accepted": "备货中",
    "ready": "待取货",
    "shipped": "已发货",
    "received": "已收货",
    "completed": "已完成",
    "closed": "已关闭",
    "refused": "已拒单",
    "refunded": "已退款",
}
TRANSITIONS: dict[str, frozenset[str]] = {
    "unpaid": frozenset({"placed", "closed"}),
    "placed": frozenset({"accepted", "refused", "refunded", "closed"}),
    "accepted": frozenset({"ready", "shipped", "refunded", "closed"}),
    "ready": frozenset({"received", "refunded", "closed"}),
    "shipped": frozenset({"received"}),
    "received": frozenset({"completed"}),
    "completed": frozenset(),
    "closed": frozenset({"unpaid"}),  # late money reopens an order, by a setting
    "refused": frozenset(),
    "refunded": frozenset(),
}
BEFORE_HANDOVER = ("placed", "accepted", "ready")  # the goods are still in the shop
ENDED = ("completed", "closed", "refused", "refunded")
_CODE_DIGITS = 6
_CODE_TRIES = 20


class Fulfilment(Model):
    """One for each order of the shop. `recipient` and `invoice` are JSON, `parameters` is what the customer asked for.

    `invoice_number` is that of the issued invoice. `due_at` is when the next reminder or step by itself is due,
    `reminders` counts those of this state.
    """

    order = peewee.ForeignKeyField(Order, unique=True)
    shop = peewee.ForeignKeyField(Shop, index=False)
    state = peewee.CharField(
        max_length=10, default="unpaid", constraints=[peewee.Check(f"state IN {tuple(TRANSITIONS)}")]
    )
    payment_terms = peewee.CharField(
        max_length=20, constraints=[peewee.Check(f"payment_terms IN {PAYMENT_TERMS}")]
    )
    pickup_code = peewee.CharField(max_length=_CODE_DIGITS, null=True)
    recipient = EncryptedField(context="fulfilment.recipient", null=True)
    invoice = EncryptedField(context="fulfilment.invoice", null=True)
    invoice_number = peewee.CharField(max_length=40, null=True)
    invoiced_at = UtcDateTimeField(null=True)
    parameters = JsonField()
    slot_starts_at = UtcDateTimeField(null=True)
    slot_ends_at = UtcDateTimeField(null=True)
    people = peewee.IntegerField(null=True)
    table_name = peewee.CharField(max_length=20, default="")
    due_at = UtcDateTimeField(null=True)
    reminders = peewee.IntegerField(default=0)
    is_hidden = peewee.BooleanField(default=False)
    is_hidden_from_staff = peewee.BooleanField(default=False)
    changed_at = UtcDateTimeField(default=clock.now)

    class Meta:
        indexes = ((("shop", "state", "order"), False),)

    def read_recipient(self) -> dict[str, Any]:
        """Return name, phone, region, detail and position of the recipient, empty without one."""
        return json.loads(self.recipient) if self.recipient else {}

    def read_invoice(self) -> dict[str, Any]:
        """Return kind, title, tax_number and email of the wanted invoice, empty without one."""
        return json.loads(self.invoice) if self.invoice else {}


Fulfilment.add_index(
    Fulfilment.index(Fulfilment.due_at, name="fulfilment_due").where(peewee.SQL("due_at IS NOT NULL"))
)
Fulfilment.add_index(
    Fulfilment.index(Fulfilment.shop, Fulfilment.pickup_code, unique=True, name="fulfilment_code").where(
        peewee.SQL("pickup_code IS NOT NULL AND state IN ('placed', 'accepted', 'ready')")
    )
)
Fulfilment.add_index(
    Fulfilment.index(Fulfilment.shop, name="fulfilment_invoice").where(
        peewee.SQL("invoice IS NOT NULL AND invoice_number IS NULL")
    )
)


class FulfilmentStep(Model):
    """A step of an order with who took it and the message to the customer. Never changed."""

    fulfilment = peewee.ForeignKeyField(Fulfilment, backref="steps")
    action = peewee.CharField(max_length=30)
    state = peewee.CharField(max_length=10)
    actor_kind = peewee.CharField(max_length=10)
    actor_name = peewee.CharField(max_length=100)
    message = peewee.CharField(max_length=200, default="")
    at = UtcDateTimeField(default=clock.now)


@dataclass(frozen=True)
class NewFulfilment:
    """What a customer chose: recipient, time, invoice, table, and `parameters` by which staff can change the order."""

    payment_terms: str = "online"
    recipient: Mapping[str, Any] = field(default_factory=dict)
    invoice: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    slot_starts_at: datetime | None = None
    slot_ends_at: datetime | None = None
    people: int | None = None
    table_name: str = ""


def create(order: Order, wanted: NewFulfilment) -> Fulfilment:
    """Create the row of a new order, which waits for its payment or, without one, for the shop.

    Requires the order's lock.
    """
    row = Fulfilment.create(
        order=order, shop=order.shop_id, payment_terms=wanted.payment_terms,
        recipient=_to_json(wanted.recipient), invoice=_to_json(wanted.invoice), parameters=dict(wanted.parameters),
        slot_starts_at=wanted.slot_starts_at, slot_ends_at=wanted.slot_ends_at, people=wanted.people,
        table_name=wanted.table_name,
    )  # fmt: skip
    _write_step(row, "submit", "")
    if wanted.payment_terms == "cash_on_delivery" and order.state == "placed":
        order.update_fields(ends_at=None)
        _place(row, order, "submit")
    elif order.state == "paid":
        _place(row, order, "pay")
    return row


def find(order: Order) -> Fulfilment | None:
    """Return the fulfilment of an order, None for one of a till."""
    if order.kind not in KINDS:
        return None
    row = Fulfilment.find(order=order.id)
    if row is not None:
        row.order = order
    return row


def find_order(number: str) -> Order | None:
    """Return the sale of a number that has a fulfilment, or None."""
    order = Order.find(number=number, direction="sale")
    return order if order is not None and find(order) is not None else None


def on_paid(order: Order) -> None:
    """Move a paid order to the shop. Requires the order's lock."""
    row = find(order)
    if row is not None and row.state == "unpaid":
        _place(row, order, "pay")


def on_closed(order: Order, reason: str) -> None:
    """Close the fulfilment of a closed order. Requires the order's lock."""
    row = find(order)
    if row is not None and row.state not in ENDED:
        move(row, "closed", action="close", message=reason, event=None)


def on_reopened(order: Order) -> None:
    """Let the fulfilment of a reopened order wait for payment again. Requires the order's lock."""
    row = find(order)
    if row is not None and row.state == "closed":
        move(row, "unpaid", action="reopen", event=None)


def move(
    row: Fulfilment, state: str, *, action: str, message: str = "", due_at: datetime | None = None,
    event: str | None = "",
) -> None:  # fmt: skip
    """Move a fulfilment, write the step and record `orders.<state>`, or another event, or none.

    Requires the order's lock. Raises DomainError(order_state) for a move that its state does not allow.
    """
    ensure_can_move(row, state)
    row.update_fields(state=state, due_at=due_at, reminders=0, changed_at=clock.now())
    _write_step(row, action, message)
    if state in ENDED:
        slots.release(row.order.number)
    if event is not None:
        counting.record(
            event or f"orders.{state}", row.order, fulfilment=row.order.kind, message=message,
            payment_terms=row.payment_terms,
        )  # fmt: skip


def note(row: Fulfilment, action: str, message: str) -> None:
    """Write a step that does not change the state. Requires the order's lock."""
    _write_step(row, action, message)


def ensure_can_move(row: Fulfilment, state: str) -> None:
    """Raise DomainError(order_state) if a fulfilment cannot move to a state."""
    if state not in TRANSITIONS[row.state]:
        raise errors.DomainError(
            "order_state", f"订单{STATE_LABELS[row.state]}，不能进行该操作", 409, state=row.state
        )


def list_steps(row: Fulfilment) -> list[FulfilmentStep]:
    """Return the steps of an order, the earliest first."""
    return FulfilmentStep.find_where("fulfilment_id = ? ORDER BY id", row.id)


def _place(row: Fulfilment, order: Order, action: str) -> None:
    rules = settings.read(FulfilmentSettings)
    if row.pickup_code is None:
        row.update_fields(pickup_code=_generate_code(row.shop_id))
    move(
        row, "placed", action=action, event="orders.awaiting_acceptance",
        due_at=clock.now() + timedelta(minutes=rules.remind_after_minutes),
    )  # fmt: skip
    if rules.accept_by_itself:
        with actors.acting_as(actors.SYSTEM):
            move(row, "accepted", action="accept")


def _generate_code(shop_id: int) -> str:
    """Return a code that no waiting order of the shop has."""
    for _ in range(_CODE_TRIES):
        code = str(secrets.randbelow(10**_CODE_DIGITS)).zfill(_CODE_DIGITS)
        taken = Fulfilment.select().where(
            (Fulfilment.shop == shop_id) & (Fulfilment.pickup_code == code) & Fulfilment.state.in_(BEFORE_HANDOVER)
        )  # fmt: skip
        if not taken.exists():
            return code
    raise errors.DomainError("pickup_codes_used_up", "门店待取订单过多，请稍后再试", 503)


def _write_step(row: Fulfilment, action: str, message: str) -> None:
    actor = actors.current()
    FulfilmentStep.create(
        fulfilment=row, action=action, state=row.state, actor_kind=actor.kind, actor_name=actor.name[:100],
        message=message[:200],
    )  # fmt: skip


def _to_json(facts: Mapping[str, Any]) -> str | None:
    return json.dumps(facts, ensure_ascii=False) if facts else None
