"""Sessions of staff in a browser, behind a cookie: 12 hours without a request end one, and 7 days at most.

The token is `<tenant>.<random>`; only its hash is stored.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta

import peewee

from store.core import clock, encryption, errors, ids
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.staff import accounts
from store.staff.accounts import StaffAccount
from store.tenants import audit

IDLE_S = 12 * 3600
LIFETIME_S = 7 * 24 * 3600
_SEEN_EVERY_S = 60  # a request of the same minute writes nothing
_KEEP = timedelta(days=7)


class StaffSession(Model):
    """`ended_at` is the sign-out, or when the account was disabled or its password changed."""

    public_id = peewee.CharField(max_length=40, unique=True)
    token_hash = peewee.CharField(max_length=64, unique=True)
    account = peewee.ForeignKeyField(StaffAccount)
    created_at = UtcDateTimeField(default=clock.now)
    last_seen_at = UtcDateTimeField(default=clock.now, index=True)
    ended_at = UtcDateTimeField(null=True)
    address = peewee.CharField(max_length=60, default="")
    user_agent = peewee.CharField(max_length=200, default="")


@dataclass(frozen=True)
class OpenedStaffSession:
    """A session with its token, which is shown only once."""

    session: StaffSession
    token: str = field(repr=False)


@db.transactional
def open_session(account: StaffAccount, *, address: str = "", user_agent: str = "") -> OpenedStaffSession:
    """Open a session with a new token. Raises DomainError(unauthorized) if the account was changed meanwhile."""
    row = accounts.lock(account.id)
    if row.state != "active" or row.password_hash != account.password_hash:
        raise _ended_error()
    token = f"{db.current_tenant()}.{ids.token()}"
    text = "".join(letter for letter in user_agent if letter.isprintable())
    opened = StaffSession.create(
        public_id=ids.public_id("ses_"), token_hash=hash_token(token), account=row, address=address[:60],
        user_agent=text[:200], created_at=clock.now(), last_seen_at=clock.now(),
    )  # fmt: skip
    audit.record("staff.sign_in", accounts.subject_of(row))
    return OpenedStaffSession(opened, token)


def get_by_token(token: str) -> StaffSession:
    """Return the running session of a token with its account. Raises DomainError(unauthorized)."""
    query = StaffSession.select(StaffSession, StaffAccount).join(StaffAccount)
    running = (StaffSession.token_hash == hash_token(token)) & _is_running()
    found = query.where(running & (StaffAccount.state == "active")).first()
    if found is None:
        raise _ended_error()
    session: StaffSession = found
    return session


@db.transactional
def mark_seen(session: StaffSession) -> None:
    """Extend a session by a request. Writes at most once a minute."""
    if session.last_seen_at < clock.now() - timedelta(seconds=_SEEN_EVERY_S):
        session.update_fields(last_seen_at=clock.now())


def list_running(account: StaffAccount) -> list[StaffSession]:
    """Return the running sessions of an account, the latest request first."""
    mine = StaffSession.select().where((StaffSession.account == account.id) & _is_running())
    return list(mine.order_by(StaffSession.last_seen_at.desc(), StaffSession.id.desc()))


def get_of_account(account: StaffAccount, public_id: str) -> StaffSession:
    """Return a session of this account. Raises DomainError(not_found)."""
    found = StaffSession.find(public_id=public_id, account=account.id)
    if found is None:
        raise errors.not_found("该登录")
    return found


@db.transactional
def end(session: StaffSession) -> None:
    """End a session. Idempotent."""
    row = StaffSession.find(id=session.id, lock=True)
    if row is not None and row.ended_at is None:
        row.update_fields(ended_at=clock.now())
        audit.record("staff.sign_out", accounts.subject_of(row.account), after={"session": row.public_id})


@db.transactional
def end_all(account: StaffAccount, *, but: StaffSession | None = None) -> int:
    """End the sessions of an account, all or all but one, and return their number."""
    mine = (StaffSession.account == account.id) & StaffSession.ended_at.is_null()
    if but is not None:
        mine &= StaffSession.id != but.id
    return int(StaffSession.update(ended_at=clock.now()).where(mine).execute())


@db.transactional
def purge_expired() -> int:
    """Delete sessions that were not used for a fortnight, and return their number."""
    earliest = clock.now() - timedelta(seconds=LIFETIME_S) - _KEEP
    return StaffSession.delete().where(StaffSession.last_seen_at < earliest).execute()


def csrf_token(token: str) -> str:
    """Return the token that every write of a session carries in a header, which another site cannot read."""
    return encryption.blind_index(hash_token(token), purpose="staff-csrf")


def hash_token(token: str) -> str:
    """Return the hash under which a token is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def _is_running() -> peewee.Expression:
    now = clock.now()
    return (
        StaffSession.ended_at.is_null()
        & (StaffSession.last_seen_at > now - timedelta(seconds=IDLE_S))
        & (StaffSession.created_at > now - timedelta(seconds=LIFETIME_S))
    )


def _ended_error() -> errors.DomainError:
    return errors.DomainError("unauthorized", "请先登录", 401)
