"""A visitor (访客): the account through which somebody came to a page, and the session of their browser."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import request

from miniprogram_api.caller import COOKIE
from store.company import channels, tenants
from store.company.channels import Channel
from store.kernel.refusals import Refused
from store.people import sessions
from store.people.sessions import Session


@dataclass(frozen=True)
class Visitor:
    """`session` is a running one of this very tenant, or None."""

    channel: Channel
    session: Session | None


def visited(view: Callable[..., Any]) -> Callable[..., Any]:
    """Give a page its visitor, with the tenant in force while it is made.

    Raises Refused(not_found) for an unknown account, Refused(which_account) where none is named and
    there is more than one to choose from.
    """

    @functools.wraps(view)
    def run(**parts: str) -> Any:
        key = request.args.get("a")
        with tenants.using(tenants.owner_of(key) if key else _likely_tenant()):
            channel = channels.of_key(key) if key else _first_official()
            return view(Visitor(channel=channel, session=running_session()), **parts)

    return run


def running_session() -> Session | None:
    """The session of the browser's cookie, if it belongs to the tenant in force."""
    try:
        return sessions.of_token(request.cookies.get(COOKIE, ""))
    except Refused:
        return None


def _likely_tenant() -> str:
    """The tenant of the browser's session, else the only one there is."""
    slugs = tenants.slugs()
    of_session = request.cookies.get(COOKIE, "").partition(".")[0]
    if of_session in slugs:
        return of_session
    if len(slugs) == 1:
        return slugs[0]
    raise _incomplete()


def _first_official() -> Channel:
    channel = channels.first_of("wechat_official")
    if channel is None:
        raise _incomplete()
    return channel


def _incomplete() -> Refused:
    return Refused("which_account", "链接不完整，请从公众号重新打开", 404)
