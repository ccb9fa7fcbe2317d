"""Refund requests (储值退款申请): the member asks for the principal back, on the phone.

Within seven days of the first top-up, and if nothing was used, the request is granted at once. Otherwise staff grant
it, or reject it with a reason. The principal goes back the way it came, and the bonus is forfeited.
"""

from datetime import timedelta

import peewee
from pydantic import Field

from store.core import actors, clock, errors, events, ids, input_limits
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.customers import members
from store.customers.members import Member
from store.customers.merging import rules as merge_rules
from store.stored_value import accounts, payouts
from store.stored_value.ledger import StoredValueAccount, StoredValueEntry
from store.stored_value.top_ups import TopUp
from store.tenants import audit, settings

TRANSITIONS: dict[str, set[str]] = {"open": {"granted", "rejected"}, "granted": set(), "rejected": set()}
LABELS = {"open": "待处理", "granted": "已同意", "rejected": "未同意"}
PAYOUT_REASON = "会员申请退款"
_USES = ("spent", "held", "committed")


class RefundRequestSettings(settings.SettingsGroup, name="stored_value_refund"):
    """For how many days after the first top-up a request is granted at once, if nothing was used."""

    at_once_days: int = Field(default=7, ge=0, le=365)


class StoredValueRefundRequest(Model):
    """`principal_fen` and `bonus_fen` are what the account held at the request, and after a grant what left it."""

    number = peewee.CharField(max_length=32, unique=True, default=lambda: ids.public_id("rr_"))
    member = peewee.ForeignKeyField(Member)
    key = peewee.CharField(max_length=100, unique=True)
    state = peewee.CharField(
        max_length=10, default="open", constraints=[peewee.Check(f"state IN {tuple(TRANSITIONS)}")]
    )
    principal_fen = peewee.BigIntegerField(constraints=[peewee.Check("principal_fen > 0")])
    bonus_fen = peewee.BigIntegerField(constraints=[peewee.Check("bonus_fen >= 0")])
    at_once = peewee.BooleanField(default=False)
    answer = peewee.CharField(max_length=accounts.MAX_REASON_LENGTH, default="")
    operator = peewee.CharField(max_length=100, default="")
    requested_at = UtcDateTimeField(default=clock.now)
    answered_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("state", "id"), False),)


merge_rules.register_rule(StoredValueRefundRequest.member)


@db.transactional
def request(*, member: Member, key: str) -> StoredValueRefundRequest:
    """Request the refund of all principal. Idempotent by `key`, and an open request of the member is returned.

    Raises DomainError(nothing_to_refund, stored_value_frozen, membership_closed, key_reused).
    """
    input_limits.check_key(key)
    owner = members.lock(member.id)
    found = StoredValueRefundRequest.find(key=key)
    if found is not None and found.member_id != owner.id:
        raise errors.DomainError("key_reused", "该业务编号已用于另一笔申请", 422, key=key)
    found = found or find_open(owner)
    if found is not None:
        return found
    members.ensure_open(owner)
    account = _get_account(owner)
    row = StoredValueRefundRequest.create(
        member=owner, key=key, principal_fen=account.principal_fen, bonus_fen=account.bonus_fen
    )
    _record_event("stored_value.refund_requested", row)
    return _grant(row, account, at_once=True) if _is_granted_at_once(owner, account) else row


@db.transactional
def grant(*, number: str) -> StoredValueRefundRequest:
    """Refund what the account holds now, by staff. Idempotent.

    Raises DomainError(not_found, staff_only, request_answered, nothing_to_refund, stored_value_frozen).
    """
    row = _lock_by_number(number)
    if row.state == "granted":
        return row
    _ensure_open(row)
    row = _grant(row, _get_account(Member.get_by_id(row.member_id)), at_once=False)
    _audit("grant", row)
    return row


@db.transactional
def reject(*, number: str, reason: str) -> StoredValueRefundRequest:
    """Reject a request with a reason that the member reads, by staff. Idempotent.

    Raises DomainError(not_found, staff_only, request_answered, invalid).
    """
    row = _lock_by_number(number)
    reason = accounts.validate_reason(reason)
    if row.state == "rejected" and row.answer == reason:
        return row
    _ensure_open(row)
    _answer(row, "rejected", answer=reason)
    _record_event("stored_value.refund_rejected", row)
    _audit("reject", row)
    return row


def find_open(member: Member) -> StoredValueRefundRequest | None:
    """Return the request of a member that staff have not answered, or None."""
    return StoredValueRefundRequest.find(member=member.id, state="open")


def list_for_member(member: Member, limit: int = 20) -> list[StoredValueRefundRequest]:
    """Return the requests of a member, the latest first."""
    mine = StoredValueRefundRequest.select().where(StoredValueRefundRequest.member == member.id)
    return list(mine.order_by(StoredValueRefundRequest.id.desc()).limit(limit))


def list_open(limit: int = 200) -> list[StoredValueRefundRequest]:
    """Return the requests that wait for staff, the oldest first."""
    waiting = StoredValueRefundRequest.select().where(StoredValueRefundRequest.state == "open")
    return list(waiting.order_by(StoredValueRefundRequest.id).limit(limit))


def _is_granted_at_once(member: Member, account: StoredValueAccount) -> bool:
    """Return whether the first top-up is recent and the account was never used, also before a merge."""
    paid = (TopUp.member == member.id) & (TopUp.state == "paid")
    since = clock.now() - timedelta(days=settings.read(RefundRequestSettings).at_once_days)
    if account.held_fen or not TopUp.select().where(paid).exists():
        return False
    if TopUp.select().where(paid & (TopUp.paid_at < since)).exists():
        return False
    own = (StoredValueAccount.member == member.id) & StoredValueEntry.kind.in_(_USES)
    return not StoredValueEntry.select().join(StoredValueAccount).where(own).exists()


def _grant(
    row: StoredValueRefundRequest, account: StoredValueAccount, *, at_once: bool
) -> StoredValueRefundRequest:
    principal_fen, bonus_fen = int(account.principal_fen), int(account.bonus_fen)
    payouts.pay_out_all(member=Member.get_by_id(row.member_id), key=row.number, reason=PAYOUT_REASON)
    _answer(row, "granted", principal_fen=principal_fen, bonus_fen=bonus_fen, at_once=at_once)
    _record_event("stored_value.refund_granted", row)
    return row


def _answer(row: StoredValueRefundRequest, state: str, **values: object) -> None:
    assert state in TRANSITIONS[row.state]
    row.update_fields(state=state, operator=actors.current().name, answered_at=clock.now(), **values)


def _get_account(member: Member) -> StoredValueAccount:
    """Return the account of a locked member. Raises DomainError(nothing_to_refund, stored_value_frozen)."""
    account = accounts.find_by_member(member)
    if account is None or account.principal_fen == 0:
        raise errors.DomainError("nothing_to_refund", "没有可退的储值本金", 409)
    accounts.ensure_not_frozen(account)
    return account


def _lock_by_number(number: str) -> StoredValueRefundRequest:
    if actors.current().kind not in ("staff", "operator"):
        raise errors.DomainError("staff_only", "退款申请须由店员处理", 403)
    if StoredValueRefundRequest.find(number=number) is None:
        raise errors.not_found("该退款申请")
    return members.lock_row_with_member(
        lambda: StoredValueRefundRequest.get(StoredValueRefundRequest.number == number)
    )


def _ensure_open(row: StoredValueRefundRequest) -> None:
    if row.state != "open":
        raise errors.DomainError("request_answered", f"该申请{LABELS[row.state]}，不能再改", 409)


def _record_event(kind: str, row: StoredValueRefundRequest) -> None:
    member = Member.get_by_id(row.member_id)
    events.record(
        kind, customer_id=member.customer_id, member_id=member.id, number=row.number,
        principal_fen=row.principal_fen, bonus_fen=row.bonus_fen,
    )  # fmt: skip


def _audit(action: str, row: StoredValueRefundRequest) -> None:
    after = {"principal_fen": row.principal_fen, "bonus_fen": row.bonus_fen, "reason": row.answer}
    audit.record(f"refund_requests.{action}", f"refund_request:{row.number}", after=after)
