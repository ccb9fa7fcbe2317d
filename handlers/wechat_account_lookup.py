"""Which account of which tenant an address belongs to: found within a second, or as it was known last."""

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
    """The tenant and the official account behind a key.

    While the records do not answer it is the account as this process saw it last. Raises Refused:
    `not_found`, or `busy` when the account was never seen.
    """
    slug = registry.get_slug_by_account_key(key)
    known = cache.peek(slug, channels.get_by_key, key)
    channel = known.value if known and known.is_fresh else _refresh(slug, key, known and known.value)
    if channel.kind != "wechat_official":  # nobody pushes to the others here
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
    """The lookup that is under way, or a new one: an account whose records are stuck holds one thread."""
    with _lock:
        lookup = _in_flight.get(key)
        if lookup is None:
            lookup = _in_flight[key] = _Lookup(slug, key)
            lookup.start()
        return lookup


class _Lookup(threading.Thread):
    """One look at the records, and what came of it."""

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
        except Exception as error:  # handed to whoever waits for it
            self.error = error
        with _lock:
            del _in_flight[self._key]
        self.done.set()
