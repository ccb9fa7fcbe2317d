"""The sign-in of staff by login and password, and the change of the own password.

An unknown login, a wrong password and a disabled account get the same answer after the same time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from store.core import actors, errors, rate_limits
from store.core.database import db
from store.customers import captchas
from store.staff import accounts, attempts, passwords, sessions
from store.staff.accounts import StaffAccount
from store.staff.sessions import OpenedStaffSession, StaffSession
from store.tenants import audit

MAX_SIGN_INS_PER_MINUTE = 30  # of one address: an office has one, with several people


@dataclass(frozen=True)
class CaptchaAnswer:
    """What a person read in a captcha."""

    captcha_id: str
    answer: str


def check_limit(client_ip: str) -> None:
    """Count an attempt to sign in from an address. Raises DomainError(too_many)."""
    rate_limits.consume(
        name=f"staff-sign-ins:{rate_limits.client_network(client_ip)}", limit=MAX_SIGN_INS_PER_MINUTE,
        window_s=60, message="登录过于频繁，请稍后再试",
    )  # fmt: skip


def sign_in(
    *,
    login: str,
    password: str,
    captcha: CaptchaAnswer | None = None,
    address: str = "",
    user_agent: str = "",
) -> OpenedStaffSession:
    """Open a session for a login and its password. Counts an attempt.

    Raises DomainError: sign_in_failed, captcha_required from the fourth attempt on, captcha_wrong, staff_locked after
    eight. Raises RuntimeError inside a transaction.
    """
    db.ensure_outside_transaction()
    login = login.strip().lower()
    if attempts.read_state(login).needs_captcha:
        _verify_captcha(captcha)
    found = accounts.verify_password(login, password)
    if found is None:
        with _acting_as_visitor(address):
            _record_failure(login)
        needs_captcha = attempts.read_state(login).needs_captcha
        raise errors.DomainError("sign_in_failed", "账号或密码不正确", 401, captcha_required=needs_captcha)
    with actors.acting_as(actors.Actor(kind="staff", name=found.login, address=address)):
        return sessions.open_session(found, address=address, user_agent=user_agent)


def change_password(session: StaffSession, *, old: str, new: str) -> StaffAccount:
    """Change the password of a session's own account, which ends its other sessions.

    Wrong old passwords count like those of a sign-in. Raises DomainError(password_wrong, invalid, staff_locked), and
    RuntimeError inside a transaction.
    """
    account = session.account
    passwords.check(new, login=account.login)
    verified = accounts.verify_password(account.login, old)
    if verified is None:
        raise errors.DomainError("password_wrong", "原密码不正确", 422, field="old")
    if new == old:
        raise errors.invalid("new", "新密码不能与原密码相同")
    return _replace_password(session, verified, new)


@db.transactional
def _replace_password(session: StaffSession, verified: StaffAccount, new: str) -> StaffAccount:
    row = accounts.lock(verified.id)
    if row.password_hash != verified.password_hash or row.state != "active":
        raise errors.DomainError("password_wrong", "原密码不正确", 422, field="old")
    changed = accounts.set_password(row, password=new)
    sessions.end_all(changed, but=session)
    return changed


def _verify_captcha(captcha: CaptchaAnswer | None) -> None:
    if captcha is None:
        raise errors.DomainError("captcha_required", "请输入图片验证码", 422, field="captcha")
    captchas.verify(public_id=captcha.captcha_id, answer=captcha.answer)


@db.transactional
def _record_failure(login: str) -> None:
    """Record a failed sign-in. An unknown login is not named: it may be a password in the wrong field."""
    found = accounts.find_by_login(login)
    audit.record("staff.sign_in_failed", accounts.subject_of(found) if found else "staff:?")


@contextmanager
def _acting_as_visitor(address: str) -> Iterator[None]:
    with actors.acting_as(actors.Actor(kind="staff", name="?", address=address)):
        yield
