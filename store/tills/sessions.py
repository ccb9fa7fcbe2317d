"""Sessions of a cashier at a terminal, behind a bearer token, for twelve hours.

The token is `<tenant>.<random>`; only its hash is stored. A session ends with a sign-out, and when its terminal or
its cashier is disabled or gets a new secret or PIN.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta

import peewee

from store.core import clock, errors, ids, rate_limits
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.tills import cashiers, terminals
from store.tills.cashiers import Cashier
from store.tills.terminals import Terminal

LIFETIME_S = 12 * 3600
MAX_SIGN_INS_PER_MINUTE = 30  # of one address: a shop has one, with several tills
MAX_SEARCHES_PER_MINUTE = 60  # of one terminal


class TillSession(Model):
    """The versions are those of the terminal and the cashier when the session began."""

    token_hash = peewee.CharField(max_length=64, unique=True)
    terminal = peewee.ForeignKeyField(Terminal)
    cashier = peewee.ForeignKeyField(Cashier)
    terminal_version = peewee.IntegerField()
    cashier_version = peewee.IntegerField()
    opened_at = UtcDateTimeField(default=clock.now)
    expires_at = UtcDateTimeField(index=True)


@dataclass(frozen=True)
class VerifiedSignIn:
    """A terminal and a cashier whose secret and PIN were right."""

    terminal: Terminal
    cashier: Cashier


@dataclass(frozen=True)
class OpenedSession:
    """A session with its token, which is shown only once."""

    session: TillSession
    token: str = field(repr=False)


def check_sign_in_limit(client_ip: str) -> None:
    """Count an attempt to sign in from an address. Raises DomainError(too_many)."""
    rate_limits.consume(
        name=f"till-sessions:{rate_limits.client_network(client_ip)}", limit=MAX_SIGN_INS_PER_MINUTE,
        window_s=60, message="登录过于频繁，请稍后再试",
    )  # fmt: skip


def check_search_limit(terminal: Terminal) -> None:
    """Count a search for members at a terminal. Raises DomainError(too_many)."""
    rate_limits.consume(
        name=f"till-searches:{terminal.id}", limit=MAX_SEARCHES_PER_MINUTE, window_s=60,
        message="查询过于频繁，请稍后再试",
    )  # fmt: skip


def verify(*, terminal_code: str, secret: str, cashier_number: str, pin: str) -> VerifiedSignIn:
    """Verify the secret of a terminal, then the PIN of a cashier. Counts an attempt at the PIN.

    So only who knows the secret of a terminal can lock a cashier. Raises RuntimeError inside a transaction.
    """
    db.ensure_outside_transaction()
    terminal = terminals.verify_secret(code=terminal_code, secret=secret)
    cashier = cashiers.verify_pin(number=cashier_number, pin=pin, shop_id=terminal.shop_id)
    return VerifiedSignIn(terminal, cashier)


@db.transactional
def open_session(sign_in: VerifiedSignIn) -> OpenedSession:
    """Open a session. Raises DomainError if terminal or cashier were disabled since the sign-in was verified."""
    terminal, cashier = terminals.lock(sign_in.terminal.id), cashiers.lock(sign_in.cashier.id)
    if _version(terminal) != _version(sign_in.terminal) or _version(cashier) != _version(sign_in.cashier):
        raise _ended_error()
    token = f"{db.current_tenant()}.{ids.token()}"
    row = TillSession.create(
        token_hash=hash_token(token), terminal=terminal, cashier=cashier, opened_at=clock.now(),
        terminal_version=terminal.sign_in_version, cashier_version=cashier.sign_in_version,
        expires_at=clock.now() + timedelta(seconds=LIFETIME_S),
    )  # fmt: skip
    return OpenedSession(row, token)


def get_by_token(token: str) -> TillSession:
    """Return the active session of a token. Raises DomainError(unauthorized)."""
    session = TillSession.find(token_hash=hash_token(token))
    if session is None or session.expires_at <= clock.now():
        raise _ended_error()
    if _version(session.terminal) != ("active", session.terminal_version):
        raise _ended_error()
    if _version(session.cashier) != ("active", session.cashier_version):
        raise _ended_error()
    return session


@db.transactional
def close(session: TillSession) -> None:
    """End a session. Idempotent."""
    TillSession.delete().where(TillSession.id == session.id).execute()


@db.transactional
def purge_expired() -> int:
    """Delete sessions that have expired and return their number."""
    return TillSession.delete().where(TillSession.expires_at < clock.now()).execute()


def hash_token(token: str) -> str:
    """Return the hash under which a token is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def _version(row: Terminal | Cashier) -> tuple[str, int]:
    return row.state, row.sign_in_version


def _ended_error() -> errors.DomainError:
    return errors.DomainError("unauthorized", "请先在收银台登录", 401)
