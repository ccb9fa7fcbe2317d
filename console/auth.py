"""Authentication of staff: the tenant, the account and its rights, by the session cookie.

The cookie is `<tenant>.<random>`. A write also needs the header `X-CSRF-Token`, which `GET /console/api/me` gives.
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Response, current_app, request

from store.core import actors, encryption
from store.core.errors import DomainError, not_found
from store.staff import accounts
from store.staff import sessions as staff_sessions
from store.staff.accounts import StaffAccount
from store.staff.sessions import OpenedStaffSession, StaffSession
from store.tenants import registry
from web import request_context

COOKIE, COOKIE_PATH = "xiaoer_staff", "/console"
CSRF_HEADER = "X-CSRF-Token"
OWN_CHECK = "own_check"  # of a view that checks a right by what is asked for
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

View = Callable[..., Any]


@dataclass(frozen=True)
class StaffCaller:
    """The session of a request with the rights of its account. `shop_ids` is None for all shops."""

    session: StaffSession
    token: str
    rights: frozenset[str]
    shop_ids: frozenset[int] | None

    @property
    def account(self) -> StaffAccount:
        return self.session.account  # type: ignore[no-any-return]

    @property
    def scope(self) -> str:
        """Return the owner of the idempotency keys."""
        return f"staff:{self.account.id}"

    def can(self, right: str) -> bool:
        """Return whether the account has a right."""
        return right in self.rights

    def ensure(self, right: str) -> None:
        """Raise DomainError(forbidden) without a right."""
        if right not in self.rights:
            raise DomainError("forbidden", "没有权限", 403, right=right)

    def ensure_shop(self, shop_id: int | None, *, subject: str = "该记录") -> None:
        """Raise DomainError(not_found) for what belongs to a shop that the account does not see, or to none."""
        if self.shop_ids is not None and shop_id not in self.shop_ids:
            raise not_found(subject)

    def ensure_all_shops(self) -> None:
        """Raise DomainError(shop_not_held) before a change of what all shops share, for an account of some shops."""
        if self.shop_ids is not None:
            raise DomainError("shop_not_held", "您的账号只能管理指定门店，不能修改全部门店共用的内容", 403)


def staff_required(right: str | None) -> Callable[[View], View]:
    """Pass the signed-in account to a view as `caller`, if it has a right. Written below the route's decorator.

    None is for the own account only: sign-out, password, sessions. `OWN_CHECK` is for a view that checks a right
    itself. Responds with 401 without a session, 403 without the right, and 403 (password_change_required) until a
    password that another person has set is replaced.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def run(*args: Any, **kwargs: Any) -> Any:
            token = request.cookies.get(COOKIE, "")
            with use_tenant_of(token):
                caller = _authenticate(token)
                _ensure_own_page(token)
                _ensure_right(caller, right)
                address = request_context.client_ip()
                actor = actors.Actor(kind="staff", name=caller.account.login, address=address)
                with actors.acting_as(actor):
                    return view(*args, caller=caller, **kwargs)

        run.required_right = right  # type: ignore[attr-defined]
        return run

    return decorate


def visitor_allowed(view: View) -> View:
    """Mark a view that needs no session: the sign-in. Rejects requests of other sites."""

    @functools.wraps(view)
    def run(*args: Any, **kwargs: Any) -> Any:
        ensure_same_origin()
        return view(*args, **kwargs)

    run.required_right = ""  # type: ignore[attr-defined]
    return run


@contextmanager
def use_tenant_of(token: str) -> Iterator[None]:
    """Select the tenant of a token `<tenant>.<random>`. Raises DomainError(unauthorized)."""
    with ExitStack() as stack:
        try:
            stack.enter_context(use_tenant(token.partition(".")[0]))
        except DomainError as error:
            if error.status == 503:  # the database does not answer: the token may be valid
                raise
            raise DomainError("unauthorized", "请先登录", 401) from None
        yield


@contextmanager
def use_tenant(slug: str) -> Iterator[None]:
    """Select a tenant by its slug. Raises DomainError(not_found)."""
    if not registry.SLUG_PATTERN.fullmatch(slug):
        raise not_found("该商家")
    with registry.use_tenant(slug):
        yield


def ensure_same_origin() -> None:
    """Raise DomainError(cross_site) if the browser says that another site sent the request."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise DomainError("cross_site", "请从后台页面操作", 403)


def set_cookie(response: Response, opened: OpenedStaffSession) -> Response:
    """Keep the token of a session in the browser, where scripts cannot read it."""
    response.set_cookie(
        COOKIE, opened.token, max_age=staff_sessions.LIFETIME_S, path=COOKIE_PATH, httponly=True, samesite="Lax",
        secure=current_app.config["PUBLIC_URL"].startswith("https:"),
    )  # fmt: skip
    return response


def _authenticate(token: str) -> StaffCaller:
    session = staff_sessions.get_by_token(token)
    staff_sessions.mark_seen(session)
    account = session.account
    return StaffCaller(session, token, accounts.read_rights(account), accounts.find_shop_ids(account))


def _ensure_own_page(token: str) -> None:
    """Reject a write that does not come from our own page. Raises DomainError(cross_site, csrf_failed)."""
    if request.method in _SAFE_METHODS:
        return
    ensure_same_origin()
    given = request.headers.get(CSRF_HEADER, "")
    if not encryption.constant_time_equal(given, staff_sessions.csrf_token(token)):
        raise DomainError("csrf_failed", "页面已过期，请刷新后重试", 403)


def _ensure_right(caller: StaffCaller, right: str | None) -> None:
    if right is None:
        return
    if caller.account.must_change_password:
        raise DomainError("password_change_required", "请先修改密码", 403)
    if right != OWN_CHECK:
        caller.ensure(right)
