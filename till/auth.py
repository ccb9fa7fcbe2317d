"""Authentication at a till: the tenant, the terminal and the cashier of a request, by its bearer token."""

import functools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from flask import request

from store.core import actors, ids
from store.core.errors import DomainError
from store.shops.shops import Shop
from store.tenants import registry
from store.tills import cashiers
from store.tills import sessions as till_sessions
from store.tills.cashiers import Cashier, RightAuthorization
from store.tills.sessions import TillSession
from store.tills.terminals import Terminal
from web import request_context
from web.idempotency import KEY_HEADER

View = Callable[..., Any]
ERRORS = {401: "未登录或登录已过期", 403: "没有权限，需店长授权", 429: "过于频繁"}


@dataclass(frozen=True)
class TillCaller:
    """The session of a request, with its terminal, shop and cashier."""

    session: TillSession

    @property
    def terminal(self) -> Terminal:
        return self.session.terminal  # type: ignore[no-any-return]

    @property
    def shop(self) -> Shop:
        return self.terminal.shop  # type: ignore[no-any-return]

    @property
    def cashier(self) -> Cashier:
        return self.session.cashier  # type: ignore[no-any-return]

    @property
    def scope(self) -> str:
        """Return the owner of the idempotency keys: the terminal, so that a repeat may come after a new sign-in."""
        return f"terminal:{self.terminal.id}"

    def authorize(self, right: str, manager_pin: str | None = None) -> RightAuthorization:
        """Authorize a right of the cashier, or by a manager's PIN. Raises DomainError(manager_required)."""
        return cashiers.authorize(
            shop_id=self.shop.id, cashier=self.cashier, right=right, manager_pin=manager_pin
        )

    def operation_key(self, action: str) -> str:
        """Return the key of an operation: that of the request, or a new one."""
        key = request.headers.get(KEY_HEADER)
        return f"till:{self.terminal.id}:{action}:{till_sessions.hash_token(key)[:40] if key else ids.public_id()}"


def till_session_required(view: View) -> View:
    """Pass the session of the token to a view as `caller`. Respond with 401 without a valid token."""

    @functools.wraps(view)
    def run(*args: Any, **kwargs: Any) -> Any:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        token = token.strip() if scheme.lower() == "bearer" else ""
        with use_tenant_of(token), ExitStack() as stack:
            session = till_sessions.get_by_token(token)
            address = request_context.client_ip()
            actor = actors.Actor(kind="staff", name=session.cashier.number, address=address)
            stack.enter_context(actors.acting_as(actor))
            return view(*args, caller=TillCaller(session), **kwargs)

    return run


@contextmanager
def use_tenant_of(token: str) -> Iterator[None]:
    """Select the tenant of a token or secret `<tenant>.<random>`. Raises DomainError(unauthorized)."""
    slug = token.partition(".")[0]
    with ExitStack() as stack:
        try:
            if not registry.SLUG_PATTERN.fullmatch(slug):
                raise DomainError("unauthorized", "请先在收银台登录", 401)
            stack.enter_context(registry.use_tenant(slug))
        except DomainError as error:
            if error.status == 503:  # the database does not answer: the token may be valid
                raise
            raise DomainError("unauthorized", "请先在收银台登录", 401) from None
        yield
