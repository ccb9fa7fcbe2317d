"""Wrong passwords, counted by the login that was typed, whether an account has it or not.

So the answers do not tell which logins exist. An attempt is counted before its password is checked.
"""

from dataclasses import dataclass
from datetime import timedelta

import peewee

from store.core import clock, encryption, errors
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model

CAPTCHA_FROM = 3  # failures, after which each attempt needs a captcha
MAX_FAILURES = 8
LOCK_S = 15 * 60
_FORGET_AFTER = timedelta(days=1)


class StaffAttempt(Model):
    """The attempts at a login since the last right password. `login_index` is a keyed hash of the login."""

    login_index = peewee.CharField(max_length=64, unique=True)
    count = peewee.IntegerField(default=0)
    locked_until = UtcDateTimeField(null=True)
    changed_at = UtcDateTimeField(default=clock.now, index=True)


@dataclass(frozen=True)
class AttemptState:
    """What a login has to expect at its next attempt."""

    needs_captcha: bool
    is_locked: bool


@db.transactional
def count(login: str) -> int:
    """Count an attempt and return the number of it. The last one locks, until it proves to be right.

    Without the lock concurrent attempts would read the same count and all be checked.
    Raises DomainError(staff_locked).
    """
    index = _index(login)
    db.advisory_lock(f"staff_attempt:{index}")
    row = StaffAttempt.find(login_index=index) or StaffAttempt.create(login_index=index)
    now = clock.now()
    if row.locked_until is not None and row.locked_until > now:
        left_s = max(1, round((row.locked_until - now).total_seconds()))
        message = f"密码错误次数过多，请 {-(-left_s // 60)} 分钟后再试"
        raise errors.DomainError("staff_locked", message, 429, retry_after_s=left_s)
    number = (CAPTCHA_FROM if row.locked_until is not None else row.count) + 1
    until = now + timedelta(seconds=LOCK_S) if number >= MAX_FAILURES else None
    row.update_fields(count=number, locked_until=until, changed_at=now)
    return int(number)


@db.transactional
def forget(login: str) -> None:
    """Delete the attempts at a login, after a right password or a new one. Idempotent."""
    StaffAttempt.delete().where(StaffAttempt.login_index == _index(login)).execute()


def read_state(login: str) -> AttemptState:
    """Return whether the next attempt at a login needs a captcha, and whether the login is locked."""
    row = StaffAttempt.find(login_index=_index(login))
    if row is None:
        return AttemptState(needs_captcha=False, is_locked=False)
    is_locked = row.locked_until is not None and row.locked_until > clock.now()
    return AttemptState(needs_captcha=row.count >= CAPTCHA_FROM, is_locked=is_locked)


@db.transactional
def purge_expired() -> int:
    """Delete the counts of logins that were not tried for a day, and return their number."""
    return StaffAttempt.delete().where(StaffAttempt.changed_at < clock.now() - _FORGET_AFTER).execute()


def _index(login: str) -> str:
    return encryption.blind_index(login, purpose="staff-login")
