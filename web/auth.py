"""Authentication of customers: the tenant and the customer of a request.

The session token contains the tenant of a signed-in customer. A visitor names the tenant by an account key.
The session cookie counts only for requests of our own pages, so that no other site can act for its owner.
"""

import functools
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, request

from store.core import actors
from store.core.errors import DomainError, invalid
from store.customers import sessions
from store.customers.customers import Customer
from store.customers.sessions import Session
from store.tenants import channels, registry
from store.tenants.channels import Channel
from web import request_context
from web.idempotency import KEY_HEADER

SESSION_COOKIE = "xiaoer_session"
ACCOUNT_PATTERN = r"^[A-Za-z0-9_-]{1,40}$"

View = Callable[..., Any]


@dataclass(frozen=True)
class Caller:
    """`session` is None for a visitor, and for the owner of a session that has ended."""

    session: Session | None
    ended_token: str = ""

    @property
    def customer(self) -> Customer | None:
        """Return the current customer, also if the session began under one that was merged since."""
        return self.session.customer if self.session else None

    @property
    def channel(self) -> Channel:
        """Return the channel of the session."""
        return channels.get_by_id(self.session.channel_id)

    @property
    def scope(self) -> str:
        """Return the owner of the idempotency keys: the token, which stays after a merge or the session's end."""
        if self.session or self.ended_token:
            token_hash = self.session.token_hash if self.session else sessions.hash_token(self.ended_token)
            return f"session:{token_hash[:32]}"
        return f"visitor:{request_context.client_ip()}"

    def ensure_session(self) -> None:
        """Raise DomainError(unauthorized) if the session has ended."""
        if self.session is None:
            raise DomainError("unauthorized", "请先登录", 401)


def login_required(view: View) -> View:
    """Pass the signed-in customer to a view as `caller`. Respond with 401 without a valid token."""

    @functools.wraps(view)
    def run(*args: Any, **kwargs: Any) -> Any:
        token, _ = _read_token()
        with ExitStack() as stack:
            return view(*args, caller=_authenticate_token(stack, token), **kwargs)

    return run


def login_or_repeat_required(view: View) -> View:
    """Pass the signed-in customer to a view that ends the session.

    A repeat with an idempotency key comes after the end. It gets a caller without a session, who can read stored
    responses of this token and nothing else: the view calls `ensure_session` before it does anything.
    """

    @functools.wraps(view)
    def run(*args: Any, **kwargs: Any) -> Any:
        token, _ = _read_token()
        with ExitStack() as stack:
            try:
                caller = _authenticate_token(stack, token)
            except DomainError as refused:
                slug = token.partition(".")[0]
                if refused.status != 401 or KEY_HEADER not in request.headers or not _is_tenant(slug):
                    raise
                stack.enter_context(registry.use_tenant(slug))
                caller = Caller(session=None, ended_token=token)
            return view(*args, caller=caller, **kwargs)

    return run


def login_optional(view: View) -> View:
    """Pass `caller` to a view: a customer, or without a token a visitor of the named `account`."""

    @functools.wraps(view)
    def run(*args: Any, **kwargs: Any) -> Any:
        with ExitStack() as stack:
            return view(*args, caller=_authenticate(stack) or _anonymous_caller(stack), **kwargs)

    return run


@contextmanager
def use_tenant_of_account(account: str) -> Iterator[Channel]:
    """Select the tenant of an account. Raises DomainError(not_found)."""
    with (
        registry.use_tenant(registry.get_slug_by_account_key(account)),
        actors.acting_as(actors.Actor(kind="customer", name="visitor", address=request_context.client_ip())),
    ):
        yield channels.get_by_key(account)


def _authenticate(stack: ExitStack) -> Caller | None:
    token, by_cookie = _read_token()
    if not token:
        return None
    try:
        return _authenticate_token(stack, token)
    except DomainError as refused:
        # A page cannot delete a cookie that it cannot read: an expired one must not lock its visitor out.
        if refused.status == 401 and by_cookie and _requested_account():
            return None
        raise


def _anonymous_caller(stack: ExitStack) -> Caller:
    account = _requested_account()
    if account is None:
        raise invalid("account", "请先登录，或指明账号")
    stack.enter_context(use_tenant_of_account(account))
    return Caller(session=None)


def _authenticate_token(stack: ExitStack, token: str) -> Caller:
    """Select the tenant and the customer of a token. Raises DomainError(unauthorized, other_tenant)."""
    slug = token.partition(".")[0]
    with ExitStack() as trial:
        if not registry.SLUG_PATTERN.fullmatch(slug):
            raise DomainError("unauthorized", "请先登录", 401)
        try:
            trial.enter_context(registry.use_tenant(slug))
        except DomainError as error:
            if error.status == 503:  # the database does not answer: the token may be valid
                raise
            raise DomainError("unauthorized", "请先登录", 401) from None
        session = sessions.get_by_token(token)
        _ensure_same_tenant(slug)
        stack.push(trial.pop_all())
    actor = actors.Actor(
        kind="customer", name=session.customer.public_id, address=request_context.client_ip()
    )
    stack.enter_context(actors.acting_as(actor))
    return Caller(session=session)


def _is_tenant(slug: str) -> bool:
    return bool(registry.SLUG_PATTERN.fullmatch(slug)) and slug in registry.list_slugs()


def _ensure_same_tenant(slug: str) -> None:
    account = _requested_account()
    if account is not None and registry.get_slug_by_account_key(account) != slug:
        raise DomainError("other_tenant", "该账号属于另一家公司，请重新登录", 403)


def _requested_account() -> str | None:
    """Return the account that the query or the body names; a chunked body has no content length."""
    body = request.get_json(silent=True, force=True) if request.get_data() else None
    in_body = body.get("account") if isinstance(body, dict) else None
    account = request.args.get("account", in_body)
    if account is None:
        return None
    if not isinstance(account, str) or not re.fullmatch(ACCOUNT_PATTERN, account):
        raise invalid("account", "账号标识不正确")
    return account


def _read_token() -> tuple[str, bool]:
    """Return the session token, or an empty string, and whether it came by cookie."""
    header = request.headers.get("Authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        return token.strip() if scheme.lower() == "bearer" else "", False
    return (request.cookies.get(SESSION_COOKIE, ""), True) if _is_same_origin() else ("", False)


def _is_same_origin() -> bool:
    """Return whether the request comes from a page of our own or from the address bar."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    source = request.headers.get("Origin") or request.headers.get("Referer")
    return source is not None and _origin(source) in {
        _origin(request.host_url),
        _origin(current_app.config["PUBLIC_URL"]),
    }


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
