"""Freezing (冻结) of a member account by staff: it earns, and does not spend or redeem, until it is unfrozen."""

from store.core import errors, events
from store.core.database import db
from store.customers import members
from store.customers.members import Member
from store.tenants import audit

MAX_REASON_LENGTH = 200


@db.transactional
def freeze(*, member: Member, reason: str) -> Member:
    """Freeze an account with a reason. Idempotent. What is held for an open order stays held.

    Raises DomainError(invalid, membership_closed).
    """
    return _change_status(member, "frozen", reason)


@db.transactional
def unfreeze(*, member: Member, reason: str) -> Member:
    """Unfreeze an account with a reason. Idempotent. Raises DomainError(invalid, membership_closed)."""
    return _change_status(member, "active", reason)


def _change_status(member: Member, status: str, reason: str) -> Member:
    if not 1 <= len(reason.strip()) <= MAX_REASON_LENGTH:
        raise errors.invalid("reason", f"请填写原因，最多 {MAX_REASON_LENGTH} 个字")
    row = members.lock(member.id)
    members.ensure_open(row)
    if row.status == status:
        return row
    row.update_fields(status=status)
    action = "freeze" if status == "frozen" else "unfreeze"
    audit.record(f"members.{action}", f"member:{row.public_id}", after={"reason": reason.strip()})
    events.record(f"members.{'frozen' if status == 'frozen' else 'unfrozen'}",
                  customer_id=row.customer_id, member_id=row.id)  # fmt: skip
    return row
