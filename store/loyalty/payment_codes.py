"""A payment code (储值付款码): shown on the member's phone, new each minute, good for one purchase.

18 digits that begin with 88, where WeChat's begin with 10 to 15 and Alipay's with 25 to 30, so that a
till tells them apart by looking. Only the keyed hash is kept. A number nobody can guess and a limit on
trying stand between a thief and the account.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import peewee
from pydantic import Field

from store.company import settings
from store.kernel import clock, db, ids, limits, refusals, secrets
from store.kernel.fields import Moment
from store.kernel.records import Record
from store.loyalty import stored_values
from store.people import members, merge_journal, merges
from store.people.members import Member
from store.people.merge_journal import Way

PREFIX = "88"
DIGITS = 18
LIFE_S = 60
_FORM = re.compile(rf"{PREFIX}[0-9]{{{DIGITS - len(PREFIX)}}}")


class PaymentCodeRules(settings.Topic):
    """How many codes a till may read, and a member may be shown, in a minute."""

    reads_a_minute: int = Field(default=60, ge=1, le=10_000)
    shows_a_minute: int = Field(default=20, ge=1, le=1_000)


class PaymentCode(Record):
    """One code of a member; at most one of them is good at a time."""

    member = peewee.ForeignKeyField(Member, backref="payment_codes")
    code_hash = peewee.CharField(max_length=64, unique=True)
    shown_at = Moment(default=clock.now)
    ends_at = Moment(index=True)
    used_at = Moment(null=True)


def _part(field: peewee.Field, way: Way) -> None:
    """A code shown since the merge may be on either's phone, so it ends."""
    merge_journal.put_back(field, way)
    now = clock.now()
    since = (field == way.survivor) & (PaymentCode.shown_at > way.merge.at) & (PaymentCode.ends_at > now)
    PaymentCode.update(ends_at=now).where(since).execute()


merges.carries(PaymentCode.member, back=_part)


@dataclass(frozen=True)
class Shown:
    """What the phone shows, and when it has to ask for the next one."""

    code: str = field(repr=False)
    ends_at: datetime


def is_one(code: str) -> bool:
    """Whether digits that a till has scanned have the form of a payment code of ours."""
    return _FORM.fullmatch(code) is not None


@db.verb
def show(*, member: Member) -> Shown:
    """A new code; the one before ends with it. Only members have one, fans have to register first."""
    limits.take(
        name=f"payment-codes:shown:{member.id}", most=settings.read(PaymentCodeRules).shows_a_minute,
        window_s=60, sentence="付款码刷新过于频繁，请稍后再试",
    )  # fmt: skip
    owner = members.locked(member.id)
    if owner.joined_at is None:
        raise refusals.Refused("not_joined", "请先注册会员", 409)
    account = stored_values.locked(owner)
    stored_values.refuse_frozen(account)
    now = clock.now()
    living = (PaymentCode.member == account.member_id) & (PaymentCode.ends_at > now)
    PaymentCode.update(ends_at=now).where(living).execute()
    code = PREFIX + ids.code(DIGITS - len(PREFIX))
    ends_at = now + timedelta(seconds=LIFE_S)
    PaymentCode.create(member=account.member_id, code_hash=_hash(code), shown_at=now, ends_at=ends_at)
    return Shown(code=code, ends_at=ends_at)


def read(*, code: str, till: str) -> tuple[PaymentCode, Member]:
    """The good code that a till has scanned and whose it is; `till` names who reads, for the limit.

    Unknown, used and ended get one answer. The try counts before the answer is known and whatever it is,
    so inside a verb, whose refusal would give it back, it raises RuntimeError.
    """
    if db.database.in_transaction():
        raise RuntimeError("the try would be rolled back with the verb around it")
    limits.take(
        name=f"payment-codes:read:{till[:90]}", most=settings.read(PaymentCodeRules).reads_a_minute,
        window_s=60, sentence="扫码过于频繁，请稍后再试",
    )  # fmt: skip
    found = PaymentCode.find(code_hash=_hash(code))
    if found is None or found.used_at is not None or found.ends_at <= clock.now():
        raise _no_good()
    return found, members.survivor(Member.get_by_id(found.member_id))


def use(code: PaymentCode) -> None:
    """Spend a code that was read, in the transaction of the purchase; of two tills one is refused."""
    now = clock.now()
    good = (PaymentCode.id == code.id) & PaymentCode.used_at.is_null() & (PaymentCode.ends_at > now)
    if PaymentCode.update(used_at=now).where(good).execute() != 1:
        raise _no_good()


@db.verb
def forget_old() -> int:
    """Drop codes that ended before yesterday; returns how many."""
    return PaymentCode.delete().where(PaymentCode.ends_at < clock.now() - timedelta(days=1)).execute()


def _no_good() -> refusals.Refused:
    return refusals.Refused("payment_code_ended", "付款码无效或已过期，请刷新后重试", 422, field="code")


def _hash(code: str) -> str:
    return secrets.blind(code, purpose="payment-code")
