"""A short-lived cache per tenant, for frequently read settings.

Only for values that may be a second old (menus, replies, channels), never for balances. A writer calls `clear()`
so that its own process sees the change at once.
"""

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, ParamSpec, TypeVar

from store.core.database import db

P = ParamSpec("P")
R = TypeVar("R")

MAX_ENTRIES = 10_000
_entries: dict[tuple, tuple[float, object]] = {}
_generation = 0  # counts the calls of forget(): what was read before one must not be kept after it


def cached(ttl_s: float) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Cache a function's result per tenant and hashable arguments for `ttl_s` seconds."""

    def wrap(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            key = (db.current_tenant(), function, args, tuple(kwargs.items()))
            now = time.monotonic()
            found = _entries.get(key)
            if found and found[0] > now:
                return found[1]  # type: ignore[return-value]
            asked = _generation
            answer = function(*args, **kwargs)
            if asked != _generation:
                return answer
            if len(_entries) >= MAX_ENTRIES:
                _entries.clear()
            _entries[key] = (now + ttl_s, answer)
            return answer

        return run

    return wrap


@dataclass(frozen=True)
class CachedValue(Generic[R]):
    """A cached result; `is_fresh` while it may be returned without calling the function."""

    value: R
    is_fresh: bool


def peek(tenant: str, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> CachedValue[R] | None:
    """Return the last cached result of a function without calling it, or None."""
    key = (tenant, function.__wrapped__, args, tuple(kwargs.items()))  # type: ignore[attr-defined]
    found = _entries.get(key)
    return CachedValue(found[1], found[0] > time.monotonic()) if found else None  # type: ignore[arg-type]


def clear() -> None:
    """Delete all cached values of this process."""
    global _generation
    _generation += 1
    _entries.clear()
