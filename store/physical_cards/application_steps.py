"""The steps of an application by staff (审核、邮寄), and its last one, the receipt of the card (领取)."""

from store.core import actors, clock, errors, input_limits
from store.core.database import db
from store.customers import customers, profiles
from store.customers.customers import Customer
from store.customers.members import Member
from store.physical_cards import applications, cards, replacements
from store.physical_cards.applications import CardApplication
from store.physical_cards.cards import PhysicalCard
from store.tenants import audit

MAX_REASON_LENGTH = 200


@db.transactional
def approve(row: CardApplication) -> CardApplication:
    """Approve an application. Idempotent. A profile without name or ID number takes over those applied with.

    Raises DomainError(application_state).
    """
    customer = customers.lock(Member.get_by_id(row.member_id).customer_id)
    row = applications.lock(row)
    if row.state == "approved":
        return row
    applications.move(row, "approved", reviewed_at=clock.now(), operator=actors.current().name, reason="")
    _complete_profile(customer, row)
    return _finish_step("approved", row)


@db.transactional
def reject(row: CardApplication, *, reason: str) -> CardApplication:
    """Send an application back with a reason, so that the member corrects it. Idempotent.

    Raises DomainError(application_state, invalid).
    """
    reason = input_limits.check_line(reason.strip(), field="reason", max_length=MAX_REASON_LENGTH)
    if not reason:
        raise errors.invalid("reason", "请填写退回原因")
    row = applications.lock(row)
    if row.state == "rejected":
        return row
    applications.move(row, "rejected", reviewed_at=clock.now(), operator=actors.current().name, reason=reason)
    return _finish_step("rejected", row)


@db.transactional
def mail(
    row: CardApplication, *, courier: str, tracking_number: str, card_number: str | None = None
) -> CardApplication:
    """Record that the card is mailed, of a new number unless one is given. Idempotent.

    Raises DomainError(application_state, invalid, card_number_taken, card_exists, card_replaced).
    """
    courier = _check_text("courier", courier, 30)
    tracking_number = _check_text("tracking_number", tracking_number, 40)
    row = applications.lock(row)
    if row.state == "mailed":
        return row
    card = _issue_card(row, card_number)
    applications.move(row, "mailed", mailed_at=clock.now(), courier=courier, tracking_number=tracking_number,
                      card=card, operator=actors.current().name)  # fmt: skip
    return _finish_step("mailed", row)


@db.transactional
def receive(row: CardApplication) -> CardApplication:
    """Record that the card has arrived: its number counts from now on, and that of the old card stops. Idempotent.

    Raises DomainError(application_state, card_state).
    """
    row = applications.lock(row)
    if row.state == "received":
        return row
    applications.move(row, "received", received_at=clock.now())
    card, owner = PhysicalCard.get_by_id(row.card_id), Member.get_by_id(row.member_id)
    cards.move(card, "active")
    if row.old_card_id is not None:
        replacements.finish(owner, PhysicalCard.get_by_id(row.old_card_id), card)
    return _finish_step("received", row)


def _issue_card(row: CardApplication, card_number: str | None) -> PhysicalCard:
    if row.state != "approved":
        raise errors.DomainError(
            "application_state", f"该申请{applications.LABELS[row.state]}，请先审核通过", 409
        )
    owner, key = Member.get_by_id(row.member_id), f"application:{row.number}"
    if row.old_card_id is not None:
        old = PhysicalCard.get_by_id(row.old_card_id)
        return replacements.mail(member=owner, old=old, kind=row.kind, new_number=card_number, key=key)
    cards.ensure_without_card(owner)
    return cards.issue(member=owner, kind=row.kind, number=card_number, key=key, state="mailed")


def _finish_step(step: str, row: CardApplication) -> CardApplication:
    applications.record(step, row)
    if actors.current().kind != "customer":
        audit.record(
            f"card_applications.{step}", f"card_application:{row.number}", after={"reason": row.reason}
        )
    return row


def _complete_profile(customer: Customer, row: CardApplication) -> None:
    applied = {"name": row.name, "id_number": row.id_number}
    missing = {field: value for field, value in applied.items() if value and not getattr(customer, field)}
    if missing:
        profiles.change(customer, **missing)


def _check_text(field: str, text: str, max_length: int) -> str:
    line = input_limits.check_line(text.strip(), field=field, max_length=max_length)
    if not line:
        raise errors.invalid(field, "不能为空")
    return line
