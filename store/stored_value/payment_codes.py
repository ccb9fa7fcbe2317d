"""Payment codes (储值付款码): shown on the member's phone, renewed every minute, valid for one payment.

A code has 18 digits and begins with 88 (see `store.core.numbers`), so a till can tell it from other pay codes. Only
the keyed hash is stored. A code cannot be guessed, and attempts are limited.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import peewee
from pydantic import Field

from store.core import clock, encryption, errors, numbers, rate_limits
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.customers import members
from store.customers.members import Member
from store.customers.merging import journal as merge_journal
from store.customers.merging import rules as merge_rules
from store.customers.merging.journal import MergeContext
from store.stored_value import accounts
from store.tenants import settings

LIFETIME_S = 60


class PaymentCodeSettings(settings.SettingsGroup, name="payment_code"):
    """How many codes a till may scan, and a member may be issued, in a minute."""

    scans_per_minute: int = Field(default=60, ge=1, le=10_000)
    issues_per_minute: int = Field(default=20, ge=1, le=1_000)


class PaymentCode(Model):
    """One code of a member. At most one of them is valid at a time. `payment_key` names the payment that used it."""

    member = peewee.ForeignKeyField(Member, backref="payment_codes")
    code_hash = peewee.CharField(max_length=64, unique=True)
    issued_at = UtcDateTimeField(default=clock.now)
    expires_at = UtcDateTimeField(index=True)
    used_at = UtcDateTimeField(null=True)
    payment_key = peewee.CharField(max_length=100, null=True)


def _undo_merge(field: peewee.Field, context: MergeContext) -> None:
    """Restore the codes and end those issued since the merge, which may be on either phone."""
    merge_journal.undo_move(field, context)
    now = clock.now()
    since = (
        (field == context.survivor_id)
        & (PaymentCode.issued_at > context.merge.merged_at)
        & (PaymentCode.expires_at > now)
    )
    PaymentCode.update(expires_at=now).where(since).execute()


merge_rules.register_rule(PaymentCode.member, undo=_undo_merge)


@dataclass(frozen=True)
class IssuedCode:
    """The code that the phone shows, and when the phone has to request the next one."""

    code: str = field(repr=False)
    expires_at: datetime


@db.transactional
def issue_code(*, member: Member) -> IssuedCode:
    """Issue a new code and end the current one. Raises DomainError(not_joined) for a follower."""
    rate_limits.consume(
        name=f"payment-codes:shown:{member.id}", limit=settings.read(PaymentCodeSettings).issues_per_minute,
        window_s=60, message="付款码刷新过于频繁，请稍后再试",
    )  # fmt: skip
    owner = members.lock(member.id)
    if owner.joined_at is None:
        raise errors.DomainError("not_joined", "请先注册会员", 409)
    account = accounts.lock_for_member(owner)
    accounts.ensure_not_frozen(account)
    now = clock.now()
    valid = (PaymentCode.member == account.member_id) & (PaymentCode.expires_at > now)
    PaymentCode.update(expires_at=now).where(valid).execute()
    code = numbers.generate("payment_code")
    expires_at = now + timedelta(seconds=LIFETIME_S)
    PaymentCode.create(
        member=account.member_id, code_hash=_hash_code(code), issued_at=now, expires_at=expires_at
    )
    return IssuedCode(code=code, expires_at=expires_at)


def resolve_code(*, code: str, till: str) -> tuple[PaymentCode, Member]:
    """Return a scanned code that is valid, and its member. `till` names the scanner for the rate limit.

    Unknown, used and expired codes raise the same error. The attempt is counted before the code is checked. Raises
    RuntimeError inside a transaction, whose rollback would undo the count.
    """
    db.ensure_outside_transaction()
    rate_limits.consume(
        name=f"payment-codes:read:{till[:90]}", limit=settings.read(PaymentCodeSettings).scans_per_minute,
        window_s=60, message="扫码过于频繁，请稍后再试",
    )  # fmt: skip
    found = PaymentCode.find(code_hash=_hash_code(code))
    if found is None or found.used_at is not None or found.expires_at <= clock.now():
        raise _invalid_code_error()
    return found, members.survivor(Member.get_by_id(found.member_id))


def consume(code: PaymentCode, *, payment_key: str) -> None:
    """Consume a resolved code in the payment's transaction. Only one of two concurrent tills succeeds."""
    now = clock.now()
    good = (PaymentCode.id == code.id) & PaymentCode.used_at.is_null() & (PaymentCode.expires_at > now)
    if PaymentCode.update(used_at=now, payment_key=payment_key).where(good).execute() != 1:
        raise _invalid_code_error()


def find_latest_used(member: Member) -> PaymentCode | None:
    """Return the code that a payment of the member used last, or None."""
    used = (PaymentCode.member == member.id) & PaymentCode.used_at.is_null(False)
    found: PaymentCode | None = PaymentCode.select().where(used).order_by(PaymentCode.used_at.desc()).first()
    return found


@db.transactional
def purge_expired() -> int:
    """Delete the codes that expired before yesterday and return their number."""
    return PaymentCode.delete().where(PaymentCode.expires_at < clock.now() - timedelta(days=1)).execute()


def _invalid_code_error() -> errors.DomainError:
    return errors.DomainError("payment_code_ended", "付款码无效或已过期，请刷新后重试", 422, field="code")


def _hash_code(code: str) -> str:
    return encryption.blind_index(numbers.normalize(code), purpose="payment-code")
