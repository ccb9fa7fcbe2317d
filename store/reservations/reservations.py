"""Reservations (大客户预定): a customer leaves name and phone for regular supply or a bulk purchase."""

from collections.abc import Mapping
from typing import Annotated, Any

import peewee
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from store.core import clock, errors, events, ids, input_limits
from store.core.database import db
from store.core.database.fields import EncryptedField, UtcDateTimeField
from store.core.database.models import Model
from store.core.validation import validate
from store.customers import customers, phones, profiles
from store.customers.customers import Customer
from store.customers.merging import rules as merge_rules
from store.shops.shops import Shop

TRANSITIONS: dict[str, frozenset[str]] = {
    "submitted": frozenset({"following", "agreed", "declined", "cancelled"}),
    "following": frozenset({"following", "agreed", "declined", "cancelled"}),
    "agreed": frozenset({"agreed", "completed", "declined"}),
    "completed": frozenset(),
    "declined": frozenset({"following"}),
    "cancelled": frozenset(),
}
STATES = tuple(TRANSITIONS)
STATE_LABELS = {
    "submitted": "待跟进", "following": "跟进中", "agreed": "已达成", "completed": "已完成", "declined": "未达成",
    "cancelled": "已取消",
}  # fmt: skip
OPEN = ("submitted", "following")
MAX_OPEN = 5  # of a customer
_Text = Annotated[
    str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")
]
_Line = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]*$")]


class ReservationFields(BaseModel):
    """What a customer types. Goods, quantity and remark may be empty."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[_Line, StringConstraints(min_length=1, max_length=30)]
    phone: Annotated[str, StringConstraints(max_length=30), AfterValidator(phones.normalize)]
    goods: Annotated[_Line, StringConstraints(max_length=100)] = ""
    quantity: Annotated[_Line, StringConstraints(max_length=30)] = ""
    remark: Annotated[_Text, StringConstraints(max_length=300)] = ""


class Reservation(Model):
    """A reservation, with a shop or without. Name, phone and remark are encrypted."""

    public_id = peewee.CharField(max_length=40, unique=True, default=lambda: ids.public_id("res_"))
    customer = peewee.ForeignKeyField(Customer, backref="reservations")
    shop = peewee.ForeignKeyField(Shop, null=True, backref="reservations")
    state = peewee.CharField(
        max_length=10, default="submitted", constraints=[peewee.Check(f"state IN {STATES}")]
    )
    name = EncryptedField(context="reservation.name")
    phone = EncryptedField(context="reservation.phone")
    phone_index = peewee.CharField(max_length=64, index=True)
    goods = peewee.CharField(max_length=100, default="")
    quantity = peewee.CharField(max_length=30, default="")
    remark = EncryptedField(context="reservation.remark")
    created_at = UtcDateTimeField(default=clock.now)
    changed_at = UtcDateTimeField(default=clock.now)

    class Meta:
        indexes = ((("state", "created_at"), False),)


merge_rules.register_rule(Reservation.customer)


@db.transactional
def submit(*, customer: Customer, shop: Shop | None, values: Mapping[str, Any], key: str) -> Reservation:
    """Create a reservation. Idempotent by `key`. Raises DomainError(invalid, too_many_reservations, unauthorized)."""
    public_id = f"res_{input_limits.check_key(key, max_length=36)}"
    entered = validate(ReservationFields, dict(values))
    owner = customers.lock_unless_erased(customer)
    found = Reservation.find(public_id=public_id)
    if found is not None:
        return found
    mine = (Reservation.customer == owner.id) & Reservation.state.in_(OPEN)
    if Reservation.select().where(mine).count() >= MAX_OPEN:
        raise errors.DomainError(
            "too_many_reservations", f"您有 {MAX_OPEN} 个预定还在跟进，请等待联系或取消后再提交", 409
        )
    row = Reservation.create(
        public_id=public_id, customer=owner, shop=shop, phone_index=phones.blind_index(entered.phone),
        **entered.model_dump(),
    )  # fmt: skip
    record(row, "submitted")
    return row


def get_own(customer: Customer, public_id: str) -> Reservation:
    """Return a customer's own reservation. Raises DomainError(not_found)."""
    found = Reservation.find(public_id=public_id, customer=customers.survivor(customer).id)
    if found is None:
        raise errors.not_found("该预定")
    return found


def get_by_public_id(public_id: str) -> Reservation:
    """Return a reservation. Raises DomainError(not_found)."""
    found = Reservation.find(public_id=public_id)
    if found is None:
        raise errors.not_found("该预定")
    return found


def lock(reservation: Reservation) -> Reservation:
    """Lock the row of a reservation and return it as it is now. Requires a transaction."""
    return db.lock(Reservation.select().where(Reservation.id == reservation.id)).get()


def record(row: Reservation, step: str) -> None:
    """Record the event of a step. Requires a transaction."""
    events.record(
        f"reservations.{step}", customer_id=row.customer_id, shop_id=row.shop_id, reservation_id=row.id,
        state=row.state,
    )  # fmt: skip


def _erase(customer_ids: list[int]) -> int:
    """Erase name, phone and remark. What was wanted stays in the figures."""
    mine = Reservation.customer.in_(customer_ids) & (Reservation.phone_index != "")
    return int(Reservation.update(name="", phone="", phone_index="", remark="").where(mine).execute())


profiles.register_eraser(_erase)
