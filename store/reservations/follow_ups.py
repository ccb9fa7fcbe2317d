"""Follow-up of reservations (跟进记录): each step with its state, a note, and whether the customer reads it."""

import peewee

from store.core import actors, clock, errors, input_limits
from store.core.database import db
from store.core.database.fields import EncryptedField, UtcDateTimeField
from store.core.database.models import Model
from store.customers import profiles
from store.reservations import reservations
from store.reservations.reservations import OPEN, STATE_LABELS, STATES, TRANSITIONS, Reservation
from store.tenants import audit

MAX_NOTE = 300


class ReservationStep(Model):
    """A step of a reservation; rows are only added. A note is the customer's to read if `is_shown`."""

    key = peewee.CharField(max_length=60, unique=True)
    reservation = peewee.ForeignKeyField(Reservation, backref="steps")
    state = peewee.CharField(max_length=10, constraints=[peewee.Check(f"state IN {STATES}")])
    note = EncryptedField(context="reservation_step.note")
    is_shown = peewee.BooleanField(default=False)
    actor_kind = peewee.CharField(max_length=20)
    actor_name = peewee.CharField(max_length=100)
    at = UtcDateTimeField(default=clock.now)


@db.transactional
def follow_up(
    reservation: Reservation, *, state: str, note: str, is_shown: bool, expected_state: str, key: str
) -> Reservation:
    """Move a reservation to a state, or add a note in the same one. Idempotent by `key`.

    `expected_state` is the one that the caller has seen. Raises DomainError(invalid, changed, wrong_state).
    """
    if state not in STATES or state == "cancelled":
        raise errors.invalid("state", "没有这种状态")
    input_limits.check_line(note.strip(), field="note", max_length=MAX_NOTE)
    row = reservations.lock(reservation)
    if ReservationStep.find(key=input_limits.check_key(key, max_length=60)) is not None:
        return row
    if row.state != expected_state:
        raise errors.DomainError(
            "changed", f"该预定已是“{STATE_LABELS[row.state]}”，请刷新后再处理", 409, state=row.state
        )
    if state == row.state and not note.strip():
        raise errors.invalid("note", "请填写跟进内容")
    before = row.state
    _move(row, state, note=note.strip(), is_shown=is_shown, key=key)
    if state != before or (is_shown and note.strip()):
        reservations.record(row, "followed_up")
    audit.record(
        "reservations.follow_up", f"reservation:{row.public_id}", before={"state": before}, after={"state": state}
    )  # fmt: skip
    return row


@db.transactional
def cancel_own(reservation: Reservation) -> Reservation:
    """Cancel a reservation of a customer that is still followed up. Idempotent. Raises DomainError(wrong_state)."""
    row = reservations.lock(reservation)
    if row.state != "cancelled":
        _move(row, "cancelled", note="", is_shown=True, key=f"cancel:{row.public_id}")
        reservations.record(row, "cancelled")
    return row


def can_cancel(row: Reservation) -> bool:
    """Return whether the customer may cancel a reservation now."""
    return row.state in OPEN


def list_steps(reservation: Reservation, *, shown_only: bool = False) -> list[ReservationStep]:
    """Return the steps of a reservation, the latest first.

    `shown_only` leaves out those for staff alone.
    """
    rows = sorted(ReservationStep.find_all(reservation=reservation.id), key=lambda row: -row.id)
    return [row for row in rows if row.is_shown] if shown_only else rows


def list_next_states(row: Reservation) -> list[str]:
    """Return the states that staff may choose, the present one first if a note can be added."""
    found = TRANSITIONS[row.state] - {"cancelled"}
    return sorted(found, key=lambda state: (state != row.state, STATES.index(state)))


def _move(row: Reservation, state: str, *, note: str, is_shown: bool, key: str) -> None:
    """Move a locked reservation and write the step. Raises DomainError(wrong_state)."""
    if state not in TRANSITIONS[row.state]:
        raise errors.DomainError(
            "wrong_state", f"该预定{STATE_LABELS[row.state]}，不能再操作", 409, state=row.state
        )
    actor = actors.current()
    row.update_fields(state=state, changed_at=clock.now())
    ReservationStep.create(
        key=key, reservation=row, state=state, note=note, is_shown=is_shown, actor_kind=actor.kind,
        actor_name=actor.name,
    )  # fmt: skip


def _erase(customer_ids: list[int]) -> int:
    """Cancel what is still followed up, and erase the notes, which may name the person."""
    own = list(Reservation.select().where(Reservation.customer.in_(customer_ids)))
    for row in own:
        if row.state in OPEN:
            _move(row, "cancelled", note="", is_shown=True, key=f"cancel:{row.public_id}")
    steps = ReservationStep.select().where(ReservationStep.reservation.in_([row.id for row in own]))
    found = [step.id for step in steps if step.note] if own else []
    return int(ReservationStep.update(note="").where(ReservationStep.id.in_(found)).execute()) if found else 0


profiles.register_eraser(_erase)
