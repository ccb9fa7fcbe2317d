"""One-time links (登录链接): the person who opens one chooses the password of an account and is signed in.

The token is `<tenant>.<random>`; only its hash is stored. It is behind `#`, so it reaches no log of a server.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import peewee

from store.core import actors, clock, errors, ids
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.staff import account_changes, accounts, passwords, sessions
from store.staff.accounts import StaffAccount
from store.staff.sessions import OpenedStaffSession
from store.tenants import audit

LIFETIME_S = 24 * 3600
PATH = "/console/link"


class SignInLink(Model):
    """A new link of an account replaces its earlier ones."""

    account = peewee.ForeignKeyField(StaffAccount)
    token_hash = peewee.CharField(max_length=64, unique=True)
    created_at = UtcDateTimeField(default=clock.now)
    expires_at = UtcDateTimeField(index=True)
    used_at = UtcDateTimeField(null=True)


@dataclass(frozen=True)
class IssuedLink:
    """A link, which is shown only once. `path` belongs behind the public address."""

    path: str = field(repr=False)
    expires_at: datetime


@db.transactional
def issue(account: StaffAccount, *, by: StaffAccount | None = None) -> IssuedLink:
    """Issue a link for an active account, and revoke its earlier ones. `by` is who asks for it, None an operator.

    Raises DomainError(staff_disabled), and right_not_held for an account with more rights than `by` has.
    """
    row = accounts.lock(account.id)
    account_changes.ensure_may_manage(by, row)
    if row.state != "active":
        raise errors.DomainError("staff_disabled", "账号已停用，请先启用")
    SignInLink.delete().where(SignInLink.account == row.id).execute()
    token = f"{db.current_tenant()}.{ids.token()}"
    link = SignInLink.create(
        account=row, token_hash=sessions.hash_token(token), created_at=clock.now(),
        expires_at=clock.now() + timedelta(seconds=LIFETIME_S),
    )  # fmt: skip
    audit.record("staff.issue_link", accounts.subject_of(row))
    return IssuedLink(path=f"{PATH}#{token}", expires_at=link.expires_at)


def find_account(token: str) -> StaffAccount:
    """Return the account of a link that can be used. Raises DomainError(link_invalid)."""
    return _get_usable(token, lock=False).account


@db.transactional
def use(*, token: str, password: str, address: str = "", user_agent: str = "") -> OpenedStaffSession:
    """Set the password that the owner of a link has chosen, end the sessions of the account and open a new one.

    Raises DomainError(link_invalid) for a link that is unknown, used or older than a day, and DomainError(invalid) for
    a password against the rules, which leaves the link usable.
    """
    link = _get_usable(token, lock=True)
    account = accounts.lock(link.account_id)
    if account.state != "active":
        raise _invalid_error()
    passwords.check(password, login=account.login)
    link.update_fields(used_at=clock.now())
    with actors.acting_as(actors.Actor(kind="staff", name=account.login, address=address)):
        changed = accounts.set_password(account, password=password)
        sessions.end_all(changed)
        return sessions.open_session(changed, address=address, user_agent=user_agent)


@db.transactional
def purge_expired() -> int:
    """Delete links that have ended and return their number."""
    return SignInLink.delete().where(SignInLink.expires_at < clock.now()).execute()


def _get_usable(token: str, *, lock: bool) -> SignInLink:
    found = SignInLink.find(token_hash=sessions.hash_token(token), lock=lock)
    if found is None or found.used_at is not None or found.expires_at <= clock.now():
        raise _invalid_error()
    return found


def _invalid_error() -> errors.DomainError:
    return errors.DomainError("link_invalid", "链接已失效，请管理员重新发送", 410)
