"""Which account of which company an address belongs to: found within a second, or as it was known last."""

import threading
import time

import structlog

from store.company import channels, tenants
from store.company.channels import Channel
from store.kernel import recent
from store.kernel.refusals import Refused, busy, not_found
from store.kernel.secrets import UnreadableSecret

log = structlog.get_logger("wechat")

PATIENCE_S = 1.0  # half of what the whole answer may take

_turn = threading.Lock()
_under_way: dict[str, "_Lookup"] = {}


def find(key: str) -> tuple[str, Channel]:
    """The company and the official account behind a key.

    While the records do not answer it is the account as this process saw it last. Raises Refused:
    `not_found`, or `busy` when the account was never seen.
    """
    slug = tenants.owner_of(key)
    known = recent.kept(slug, channels.of_key, key)
    channel = known.answer if known and known.fresh else _looked_up(slug, key, known and known.answer)
    if channel.kind != "wechat_official":  # nobody pushes to the others here
        raise not_found("该账号")
    return slug, channel


def _looked_up(slug: str, key: str, last: Channel | None) -> Channel:
    lookup = _lookup_of(slug, key)
    # From when it began, so that of those who come while the records are stuck only the first ones wait.
    lookup.done.wait(max(0.0, lookup.began + PATIENCE_S - time.monotonic()))
    if lookup.channel is not None:
        return lookup.channel
    if isinstance(lookup.error, Refused) and lookup.error.code == "not_found":
        raise lookup.error
    if isinstance(lookup.error, UnreadableSecret):  # no push can be opened, and none is worth a traceback
        log.error("account_unreadable", account=key)
        raise not_found("该账号") from None
    log.warning("account_not_looked_up", account=key, known=last is not None, error=repr(lookup.error))
    if last is None:
        raise busy()
    return last


def _lookup_of(slug: str, key: str) -> "_Lookup":
    """The lookup that is under way, or a new one: an account whose records are stuck holds one thread."""
    with _turn:
        lookup = _under_way.get(key)
        if lookup is None:
            lookup = _under_way[key] = _Lookup(slug, key)
            lookup.start()
        return lookup


class _Lookup(threading.Thread):
    """One look at the records, and what came of it."""

    def __init__(self, slug: str, key: str) -> None:
        super().__init__(name=f"lookup-{key}", daemon=True)
        self.began = time.monotonic()
        self.done = threading.Event()
        self.channel: Channel | None = None
        self.error: Exception | None = None
        self._slug, self._key = slug, key

    def run(self) -> None:
        try:
            with tenants.using(self._slug):
                self.channel = channels.of_key(self._key)
        except Exception as error:  # handed to whoever waits for it
            self.error = error
        with _turn:
            del _under_way[self._key]
        self.done.set()
