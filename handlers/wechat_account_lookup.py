"""Look up tenant and channel of an account key within a second, or return the last known channel."""

import contextvars
import threading
import time
from concurrent.futures import Future
from typing import NamedTuple

import structlog

from handlers.tenant_thread_pool import complete
from store.core import cache
from store.core.encryption import DecryptionError
from store.core.errors import DomainError, busy, not_found
from store.tenants import channels, registry
from store.tenants.channels import Channel

log = structlog.get_logger("wechat")

LOOKUP_TIMEOUT_S = 1.0  # half of what the whole answer may take
MAX_LOOKUPS = 64  # threads at once, also if the registry hangs and pushes name made-up keys

Account = tuple[str, Channel]  # slug of the tenant, and its official account or mini-program


class _Lookup(NamedTuple):
    future: "Future[Account]"
    deadline: float


_lock = threading.Lock()
_in_flight: dict[str, _Lookup] = {}


def get_by_key(key: str, *, platform: str = "wechat") -> Account:
    """Return tenant and account of a key. Raises DomainError(not_found, busy)."""
    account = find_by_key(key, platform=platform)
    if account is None:
        raise busy()
    return account


def find_by_key(key: str, *, platform: str = "wechat") -> Account | None:
    """Return tenant and account of a key as they are or, if the database does not answer, were.

    Returns None if the database does not answer and this process has never seen the account.
    Raises DomainError(not_found).
    """
    slug = registry.peek_slug_by_account_key(key)
    cached = cache.peek(slug, channels.get_by_key, key) if slug else None
    last = (slug, cached.value) if slug and cached else None
    account = last if cached and cached.is_fresh else _look_up_in_time(key, last)
    if account and not _receives_pushes(account[1], platform):
        raise not_found("该账号")
    return account


def _receives_pushes(channel: Channel, platform: str) -> bool:
    """Return whether a channel is an official account, or a mini-program whose pushes are set up, or of Alipay."""
    if platform == "alipay":
        return channel.kind == "alipay"
    is_mini_program = channel.kind == "wechat_miniprogram"
    return channel.kind == "wechat_official" or (is_mini_program and bool(channel.token))


def _look_up_in_time(key: str, last: Account | None) -> Account | None:
    try:
        lookup = _join_or_start(key)
        # The deadline of the first request: while the database hangs, later requests do not wait again.
        return lookup.future.result(max(0.0, lookup.deadline - time.monotonic()))
    except DecryptionError:  # such an account can receive nothing, and a traceback would explain no more
        log.error("account_unreadable", account=key)
        raise not_found("该账号") from None
    except Exception as error:  # whatever the database raises, the push is answered
        if isinstance(error, DomainError) and error.code == "not_found":
            raise
        log.warning("account_not_looked_up", account=key, known=last is not None, error=repr(error))
        return last


def _join_or_start(key: str) -> _Lookup:
    """Return the running lookup of a key or start one, so that a hanging database holds one thread per account.

    The threads are daemons: those of an executor are joined at exit, and a hanging database would delay it.
    """
    with _lock:
        lookup = _in_flight.get(key)
        if lookup is None:
            if len(_in_flight) >= MAX_LOOKUPS:
                raise busy()
            lookup = _Lookup(Future(), time.monotonic() + LOOKUP_TIMEOUT_S)
            run = contextvars.copy_context().run
            work = (complete, lookup.future, lambda: _look_up(key))
            threading.Thread(target=run, args=work, name=f"lookup-{key}", daemon=True).start()
            _in_flight[key] = lookup
        return lookup


def _look_up(key: str) -> Account:
    try:
        slug = registry.get_slug_by_account_key(key)
        with registry.use_tenant(slug):
            return slug, channels.get_by_key(key)
    finally:  # before the future is done: a request after its response must not join it
        with _lock:
            del _in_flight[key]
