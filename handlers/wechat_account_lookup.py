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

    While the registry or the tenant's database hangs, the result is the account as this process saw it last. Raises
    DomainError(not_found), or DomainError(busy) for an account that this process has never seen.
    """
    slug = registry.find_cached_slug(key)
    known = cache.peek(slug, channels.get_by_key, key) if slug else None
    if slug and known and known.is_fresh:
        found = slug, known.value
    else:
        found = _refresh(key, (slug, known.value) if slug and known else None)
    if found[1].kind != "wechat_official":  # only official accounts receive pushes
        raise not_found("该账号")
    return found


def _refresh(key: str, last: tuple[str, Channel] | None) -> tuple[str, Channel]:
    lookup = _join_or_start(key)
    # The deadline counts from the start of the lookup, so requests that join a hanging lookup late do not wait again.
    lookup.done.wait(max(0.0, lookup.started_at + LOOKUP_TIMEOUT_S - time.monotonic()))
    if lookup.found is not None:
        return lookup.found
    if isinstance(lookup.error, DomainError) and lookup.error.code == "not_found":
        raise lookup.error
    if isinstance(lookup.error, DecryptionError):  # no push can be decrypted, and none is worth a traceback
        log.error("account_unreadable", account=key)
        raise not_found("该账号") from None
    log.warning("account_not_looked_up", account=key, known=last is not None, error=repr(lookup.error))
    if last is None:
        raise busy()
    return last


def _join_or_start(key: str) -> "_Lookup":
    """Return the running lookup of a key or start one, so that a hanging database holds one thread per account."""
    with _lock:
        lookup = _in_flight.get(key)
        if lookup is None:
            lookup = _in_flight[key] = _Lookup(key)
            lookup.start()
        return lookup


class _Lookup(threading.Thread):
    """Thread that looks up the tenant and the channel of a key and keeps the result."""

    def __init__(self, key: str) -> None:
        super().__init__(name=f"lookup-{key}", daemon=True)
        self.started_at = time.monotonic()
        self.done = threading.Event()
        self.found: tuple[str, Channel] | None = None
        self.error: Exception | None = None
        self._key = key

    def run(self) -> None:
        try:
            slug = registry.get_slug_by_account_key(self._key)
            with registry.use_tenant(slug):
                self.found = slug, channels.get_by_key(self._key)
        except Exception as error:  # raised in the thread that waits for the result
            self.error = error
        with _lock:
            del _in_flight[self._key]
        self.done.set()
