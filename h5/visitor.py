"""A visitor (访客): the account of the link that opened a page, and the session of the browser."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import request

from store.core.errors import DomainError
from store.customers import sessions
from store.customers.sessions import Session
from store.tenants import channels, registry
from store.tenants.channels import Channel
from web.auth import SESSION_COOKIE


@dataclass(frozen=True)
class Visitor:
    """`session` is a running one of this very tenant, or None."""

    channel: Channel
    session: Session | None


def with_visitor(view: Callable[..., Any]) -> Callable[..., Any]:
    """Give a page its visitor, with the current tenant while it is made.

    Raises DomainError(not_found) for an unknown account, DomainError(which_account) where none is named and
    there is more than one to choose from.
    """

    @functools.wraps(view)
    def run(**parts: str) -> Any:
        key = request.args.get("a")
        with registry.use_tenant(registry.get_slug_by_account_key(key) if key else _guess_tenant()):
            channel = channels.get_by_key(key) if key else _default_channel()
            return view(Visitor(channel=channel, session=find_session()), **parts)

    return run


def find_session() -> Session | None:
    """Return the session of the browser's cookie if it belongs to the current tenant."""
    try:
        return sessions.get_by_token(request.cookies.get(SESSION_COOKIE, ""))
    except DomainError as error:
        if error.status != 401:
            raise
        return None


def _guess_tenant() -> str:
    """Return the tenant of the browser's session, or else the only tenant."""
    slugs = registry.list_slugs()
    of_session = request.cookies.get(SESSION_COOKIE, "").partition(".")[0]
    if of_session in slugs:
        return of_session
    if len(slugs) == 1:
        return slugs[0]
    raise _missing_account_error()


def _default_channel() -> Channel:
    channel = channels.find_first("wechat_official")
    if channel is None:
        raise _missing_account_error()
    return channel


def _missing_account_error() -> DomainError:
    return DomainError("which_account", "链接不完整，请从公众号重新打开", 404)
