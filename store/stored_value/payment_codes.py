"""A payment code (储值付款码): shown on the member's phone, new each minute, good for one purchase.

18 digits that begin with 88, where WeChat's begin with 10 to 15 and Alipay's with 25 to 30, so that a
till tells them apart by looking. Only the keyed hash is kept. A number no one can guess and a limit on
trying stand between a thief and the account.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import peewee
from pydantic import Field

from store.core import clock, encryption, errors, ids, rate_limits
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

PREFIX = "88"
DIGITS = 18
LIFETIME_S = 60
_FORMAT = re.compile(rf"{PREFIX}[0-9]{{{DIGITS - len(PREFIX)}}}")


class PaymentCodeSettings(settings.SettingsGroup, name="payment_code"):
    """How many codes a till may read, and a member may be shown, in a minute."""

    scans_per_minute: int = Field(default=60, ge=1, le=10_000)
    issues_per_minute: int = Field(default=20, ge=1, le=1_000)


class PaymentCode(Model):
    """One code of a member; at most one of them is good at a time."""

    member = peewee.ForeignKeyField(Member, backref="payment_codes")
    code_hash = peewee.CharField(max_length=64, unique=True)
    issued_at = UtcDateTimeField(default=clock.now)
    expires_at = UtcDateTimeField(index=True)
    used_at = UtcDateTimeField(null=True)


def _undo_merge(field: peewee.Field, context: MergeContext) -> None:
    """A code shown since the merge may be on either's phone, so it ends."""
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
    """What the phone shows, and when it has to ask for the next one."""

    code: str = field(repr=False)
    expires_at: datetime


def matches_format(code: str) -> bool:
    """Whether digits that a till has scanned have the form of a payment code of ours."""
    return _FORMAT.fullmatch(code) is not None


@db.transactional
def issue_code(*, member: Member) -> IssuedCode:
    """A new code; the one before ends with it. Only members have one, followers have to register first."""
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
    active = (PaymentCode.member == account.member_id) & (PaymentCode.expires_at > now)
    PaymentCode.update(expires_at=now).where(active).execute()
    code = PREFIX + ids.one_time_code(DIGITS - len(PREFIX))
    expires_at = now + timedelta(seconds=LIFETIME_S)
    PaymentCode.create(
        member=account.member_id, code_hash=_hash_code(code), issued_at=now, expires_at=expires_at
    )
    return IssuedCode(code=code, expires_at=expires_at)


def resolve_code(*, code: str, till: str) -> tuple[PaymentCode, Member]:
    """The good code that a till has scanned and whose it is; `till` names who reads, for the limit.

    Unknown, used and ended get one answer. The try counts before the answer is known and whatever it is,
    so inside a verb, whose rejection would give it back, it raises RuntimeError.
    """
    if db.database.in_transaction():
        raise RuntimeError("the try would be rolled back with the verb around it")
    rate_limits.consume(
        name=f"payment-codes:read:{till[:90]}", limit=settings.read(PaymentCodeSettings).scans_per_minute,
        window_s=60, message="扫码过于频繁，请稍后再试",
    )  # fmt: skip
    found = PaymentCode.find(code_hash=_hash_code(code))
    if found is None or found.used_at is not None or found.expires_at <= clock.now():
        raise _invalid_code_error()
    return found, members.survivor(Member.get_by_id(found.member_id))


def consume(code: PaymentCode) -> None:
    """Spend a code that was read, in the transaction of the purchase; of two tills one is refused."""
    now = clock.now()
    good = (PaymentCode.id == code.id) & PaymentCode.used_at.is_null() & (PaymentCode.expires_at > now)
    if PaymentCode.update(used_at=now).where(good).execute() != 1:
        raise _invalid_code_error()


@db.transactional
def purge_expired() -> int:
    """Drop codes that ended before yesterday; returns how many."""
    return PaymentCode.delete().where(PaymentCode.expires_at < clock.now() - timedelta(days=1)).execute()


def _invalid_code_error() -> errors.DomainError:
    return errors.DomainError("payment_code_ended", "付款码无效或已过期，请刷新后重试", 422, field="code")


def _hash_code(code: str) -> str:
    return encryption.blind_index(code, purpose="payment-code")
