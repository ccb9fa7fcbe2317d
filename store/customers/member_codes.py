"""Member codes (会员码): shown on the member's phone, renewed every half minute, valid for one identification.

A code has 18 digits and begins with 89 (see `store.core.numbers`). Nothing is stored before it is used: the 16
digits after the prefix are the encrypted number of the account, of the half minute and of the codes that were used
in it. So showing a code writes no row. A random number is a valid code as rarely as with stored random codes.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import peewee
from pydantic import Field

from store.core import clock, encryption, errors, numbers, rate_limits
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.customers import members
from store.customers.members import Member
from store.customers.merging import rules as merge_rules
from store.tenants import settings

WINDOW_S = 30  # a code is valid in its half minute and in the next one
PREFIX = numbers.GENERATED["member_code"][0]
_ACCOUNT_DIGITS, _WINDOW_DIGITS, _SEQUENCE_DIGITS = 9, 6, 1
_HALF_DIGITS = 8
_HALF = 10**_HALF_DIGITS
_ROUNDS = 8


class MemberCodeSettings(settings.SettingsGroup, name="member_code"):
    """How many member codes a till may scan in a minute."""

    scans_per_minute: int = Field(default=60, ge=1, le=10_000)


class MemberCodeUse(Model):
    """A code that was used; a unique hash allows one use. `key` is the idempotency key of the till."""

    member = peewee.ForeignKeyField(Member, backref="member_code_uses")
    code_hash = peewee.CharField(max_length=64, unique=True)
    till = peewee.CharField(max_length=90)
    key = peewee.CharField(max_length=100)
    used_at = UtcDateTimeField(default=clock.now, index=True)


merge_rules.register_rule(MemberCodeUse.member)


@dataclass(frozen=True)
class ShownCode:
    """The code that the phone shows, when it changes, and when the member was last identified by one."""

    code: str = field(repr=False)
    expires_at: datetime
    last_used_at: datetime | None


def compute_current(member: Member) -> ShownCode:
    """Return the member's current code, the next one after a use. Writes nothing.

    Raises DomainError(not_joined) for a follower, and DomainError(too_many) after nine uses in half a minute.
    """
    if member.joined_at is None:
        raise errors.DomainError("not_joined", "请先注册会员", 409)
    window = _window_at(clock.now())
    used = _count_uses(member, window)
    if used >= 10**_SEQUENCE_DIGITS - 1:
        raise errors.rate_limited("会员码使用过于频繁，请稍后再试", WINDOW_S)
    last = _latest_use(member)
    return ShownCode(
        code=_encode(member.id, window, used),
        expires_at=datetime.fromtimestamp((window + 1) * WINDOW_S, UTC),
        last_used_at=last.used_at if last else None,
    )


def identify(*, code: str, till: str, key: str) -> Member:
    """Return the member of a scanned code, which is used up. Idempotent by `key` of the same till.

    Unknown, used and expired codes raise the same error. The attempt is counted before the code is checked. Raises
    RuntimeError inside a transaction, whose rollback would undo the count.
    """
    db.ensure_outside_transaction()
    rate_limits.consume(
        name=f"member-codes:read:{till[:90]}", limit=settings.read(MemberCodeSettings).scans_per_minute,
        window_s=60, message="扫码过于频繁，请稍后再试",
    )  # fmt: skip
    return use(code=numbers.normalize(code), till=till[:90], key=key)


@db.transactional
def use(*, code: str, till: str, key: str) -> Member:
    """Use up a code and return its member. Call `identify`, which counts the attempt.

    Only one of two concurrent tills succeeds. Idempotent by `key` of the same till.
    """
    account_id, window = _decode(code)
    found = Member.find(id=account_id) if account_id else None
    if found is None or not _is_current(window):
        raise _invalid_code_error()
    owner = members.lock(found.id)
    before = MemberCodeUse.find(code_hash=_hash_code(code))
    if before is not None and (before.till, before.key) == (till, key):
        return owner
    if before is not None or owner.joined_at is None:
        raise _invalid_code_error()
    MemberCodeUse.create(member=owner.id, code_hash=_hash_code(code), till=till, key=key, used_at=clock.now())
    return owner


@db.transactional
def purge_expired() -> int:
    """Delete the uses before yesterday and return their number. Their codes have expired."""
    return MemberCodeUse.delete().where(MemberCodeUse.used_at < clock.now() - timedelta(days=1)).execute()


def _window_at(moment: datetime) -> int:
    return int(moment.timestamp()) // WINDOW_S


def _is_current(window_digits: int) -> bool:
    """Return whether the shortened number of a half minute is that of now or of the one before."""
    now = _window_at(clock.now())
    return window_digits in {(now - age) % 10**_WINDOW_DIGITS for age in (0, 1)}


def _count_uses(member: Member, window: int) -> int:
    """Return how many codes of a half minute are used, by the hashes of those that were shown in order."""
    used = 0
    while used < 10**_SEQUENCE_DIGITS - 1:
        if MemberCodeUse.find(code_hash=_hash_code(_encode(member.id, window, used))) is None:
            break
        used += 1
    return used


def _latest_use(member: Member) -> MemberCodeUse | None:
    mine = MemberCodeUse.select().where(MemberCodeUse.member == member.id)
    found: MemberCodeUse | None = mine.order_by(MemberCodeUse.used_at.desc(), MemberCodeUse.id.desc()).first()
    return found


def _encode(account_id: int, window: int, sequence: int) -> str:
    plain = (account_id * 10**_WINDOW_DIGITS + window % 10**_WINDOW_DIGITS) * 10**_SEQUENCE_DIGITS + sequence
    if account_id >= 10**_ACCOUNT_DIGITS:
        raise OverflowError(f"a member code has {_ACCOUNT_DIGITS} digits for the account")
    left, right = divmod(plain, _HALF)
    for number in range(_ROUNDS):
        left, right = right, (left + _round_value(number, right)) % _HALF
    return f"{PREFIX}{left:0{_HALF_DIGITS}}{right:0{_HALF_DIGITS}}"


def _decode(code: str) -> tuple[int, int]:
    """Return the account and the shortened half minute of a code, 0 and 0 for another text."""
    if numbers.find_kind(code) != "member_code":
        return 0, 0
    left, right = divmod(int(code.removeprefix(PREFIX)), _HALF)
    for number in reversed(range(_ROUNDS)):
        left, right = (right - _round_value(number, left)) % _HALF, left
    account_id, rest = divmod(left * _HALF + right, 10 ** (_WINDOW_DIGITS + _SEQUENCE_DIGITS))
    return account_id, rest // 10**_SEQUENCE_DIGITS


def _round_value(number: int, half: int) -> int:
    """Return the round function of the Feistel cipher over two halves of eight digits, keyed for each tenant."""
    text = f"{db.current_tenant()}:{number}:{half}"
    return int(encryption.blind_index(text, purpose="member-code-digits"), 16) % _HALF


def _invalid_code_error() -> errors.DomainError:
    return errors.DomainError("member_code_ended", "会员码无效或已过期，请刷新后重试", 422, field="code")


def _hash_code(code: str) -> str:
    return encryption.blind_index(code, purpose="member-code")
