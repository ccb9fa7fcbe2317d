"""Who is asking: the company and the customer behind a request, in force until it is answered.

A signed-in customer's company stands in the token itself and nowhere else; a visitor names it by one of
its accounts. The session's cookie counts only when a page of our own asks, so that no other site can
make a browser act for its owner.
"""

import functools
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, request

import doors
from store.company import channels, tenants
from store.company.channels import Channel
from store.kernel import actors
from store.kernel.refusals import Refused, invalid
from store.people import sessions
from store.people.customers import Customer
from store.people.sessions import Session

COOKIE = "xiaoer_session"
ACCOUNT = r"^[A-Za-z0-9_-]{1,40}$"

Door = Callable[..., Any]


@dataclass(frozen=True)
class Caller:
    """`session` is None for a visitor."""

    session: Session | None

    @property
    def customer(self) -> Customer | None:
        """The customer as they live now, also when the session began under one since merged."""
        return self.session.customer if self.session else None

    @property
    def channel(self) -> Channel:
        """The account through which a signed-in customer came in."""
        return channels.of_id(self.session.channel_id)

    @property
    def scope(self) -> str:
        """Whose idempotency keys these are; a session outlives a merge of its customer."""
        return f"session:{self.session.id}" if self.session else f"visitor:{doors.address()}"


def signed_in(door: Door) -> Door:
    """Give a door its `caller`, a customer; without a valid token it answers 401."""

    @functools.wraps(door)
    def run(*args: Any, **kwargs: Any) -> Any:
        token, _ = _token()
        with ExitStack() as stack:
            return door(*args, caller=_enter(stack, token), **kwargs)

    return run


def visiting(door: Door) -> Door:
    """Give a door its `caller`: a customer, or without a token a visitor of the named `account`."""

    @functools.wraps(door)
    def run(*args: Any, **kwargs: Any) -> Any:
        with ExitStack() as stack:
            return door(*args, caller=_customer(stack) or _visitor(stack), **kwargs)

    return run


@contextmanager
def company_of(account: str) -> Iterator[Channel]:
    """Put the company of an account in force; raises Refused(not_found)."""
    with (
        tenants.using(tenants.owner_of(account)),
        actors.acting(actors.Actor(kind="customer", name="visitor", address=doors.address())),
    ):
        yield channels.of_key(account)


def _customer(stack: ExitStack) -> Caller | None:
    token, by_cookie = _token()
    if not token:
        return None
    try:
        return _enter(stack, token)
    except Refused as refused:
        # A page cannot drop a cookie it may not read: a worn-out one must not shut its visitor out.
        if refused.status == 401 and by_cookie and _named_account():
            return None
        raise


def _visitor(stack: ExitStack) -> Caller:
    account = _named_account()
    if account is None:
        raise invalid("account", "请先登录，或指明账号")
    stack.enter_context(company_of(account))
    return Caller(session=None)


def _enter(stack: ExitStack, token: str) -> Caller:
    """Put the company and the customer of a token in force; raises Refused(unauthorized, other_company)."""
    slug = token.partition(".")[0]
    with ExitStack() as trial:
        try:
            if not tenants.SLUG.fullmatch(slug):
                raise Refused("no_tenant", "")
            trial.enter_context(tenants.using(slug))
        except Refused:
            raise Refused("unauthorized", "请先登录", 401) from None
        session = sessions.of_token(token)
        _refuse_other_company(slug)
        stack.push(trial.pop_all())
    actor = actors.Actor(kind="customer", name=session.customer.public_id, address=doors.address())
    stack.enter_context(actors.acting(actor))
    return Caller(session=session)


def _refuse_other_company(slug: str) -> None:
    account = _named_account()
    if account is not None and tenants.owner_of(account) != slug:
        raise Refused("other_company", "该账号属于另一家公司，请重新登录", 403)


def _named_account() -> str | None:
    """The account that the query or the body names; a body that comes in chunks has no length to look at."""
    body = request.get_json(silent=True, force=True) if request.get_data() else None
    in_body = body.get("account") if isinstance(body, dict) else None
    account = request.args.get("account", in_body)
    if account is None:
        return None
    if not isinstance(account, str) or not re.fullmatch(ACCOUNT, account):
        raise invalid("account", "账号标识不正确")
    return account


def _token() -> tuple[str, bool]:
    """The session's token, and whether it came by cookie; empty when there is none."""
    header = request.headers.get("Authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        return token.strip() if scheme.lower() == "bearer" else "", False
    return (request.cookies.get(COOKIE, ""), True) if _from_our_page() else ("", False)


def _from_our_page() -> bool:
    """Whether the browser says that a page of our own, or the person at the address bar, asks."""
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
