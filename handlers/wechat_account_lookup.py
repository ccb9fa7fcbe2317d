"""Look up tenant and channel of an account key within a second, or return the last known channel."""

import threading
import time

import structlog

from store.core import cache
from store.core.encryption import DecryptionError
from store.core.errors import DomainError, busy, not_found
from store.tenants import channels, registry
from store.tenants.channels import Channel

log = structlog.get_logger("wechat")

LOOKUP_TIMEOUT_S = 1.0  # half of what the whole answer may take

_lock = threading.Lock()
_in_flight: dict[str, "_Lookup"] = {}


def get_by_key(key: str) -> tuple[str, Channel]:
    """Return tenant and official account of a key.

    While the records do not answer it is the account as this process saw it last. Raises DomainError:
    `not_found`, or `busy` when the account was never seen.
    """
    slug = registry.get_slug_by_account_key(key)
    known = cache.peek(slug, channels.get_by_key, key)
    channel = known.value if known and known.is_fresh else _refresh(slug, key, known and known.value)
    if channel.kind != "wechat_official":  # only official accounts receive pushes
        raise not_found("该账号")
    return slug, channel


def _refresh(slug: str, key: str, last: Channel | None) -> Channel:
    lookup = _join_or_start(slug, key)
    # From when it began, so that of those who come while the records are stuck only the first ones wait.
    lookup.done.wait(max(0.0, lookup.started_at + LOOKUP_TIMEOUT_S - time.monotonic()))
    if lookup.channel is not None:
        return lookup.channel
    if isinstance(lookup.error, DomainError) and lookup.error.code == "not_found":
        raise lookup.error
    if isinstance(lookup.error, DecryptionError):  # no push can be opened, and none is worth a traceback
        log.error("account_unreadable", account=key)
        raise not_found("该账号") from None
    log.warning("account_not_looked_up", account=key, known=last is not None, error=repr(lookup.error))
    if last is None:
        raise busy()
    return last


def _join_or_start(slug: str, key: str) -> "_Lookup":
    """Return the running lookup of a key or start one, so that a hanging database holds one thread per account."""
    with _lock:
        lookup = _in_flight.get(key)
        if lookup is None:
            lookup = _in_flight[key] = _Lookup(slug, key)
            lookup.start()
        return lookup


class _Lookup(threading.Thread):
    """Thread that looks up one channel and keeps the result."""

    def __init__(self, slug: str, key: str) -> None:
        super().__init__(name=f"lookup-{key}", daemon=True)
        self.started_at = time.monotonic()
        self.done = threading.Event()
        self.channel: Channel | None = None
        self.error: Exception | None = None
        self._slug, self._key = slug, key

    def run(self) -> None:
        try:
            with registry.use_tenant(self._slug):
                self.channel = channels.get_by_key(self._key)
        except Exception as error:  # raised in the thread that waits for the result
            self.error = error
        with _lock:
            del _in_flight[self._key]
        self.done.set()
