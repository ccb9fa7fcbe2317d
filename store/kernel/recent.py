"""Answers remembered for a moment, per tenant: what a hot door reads on every message.

Only for what may be a second old (menus, replies, channel accounts), never for balances.
A writer calls `forget()` so that its own process sees the change at once.
"""

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, ParamSpec, TypeVar

from store.kernel import db

P = ParamSpec("P")
R = TypeVar("R")

LIMIT = 10_000
_remembered: dict[tuple, tuple[float, object]] = {}
_forgotten = 0  # counts the calls of forget(): what was read before one must not be kept after it


def remembered(seconds: float) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Keep a function's answer per tenant and arguments (hashable) for `seconds`."""

    def wrap(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            key = (db.tenant(), function, args, tuple(kwargs.items()))
            now = time.monotonic()
            found = _remembered.get(key)
            if found and found[0] > now:
                return found[1]  # type: ignore[return-value]
            asked = _forgotten
            answer = function(*args, **kwargs)
            if asked != _forgotten:
                return answer
            if len(_remembered) >= LIMIT:
                _remembered.clear()
            _remembered[key] = (now + seconds, answer)
            return answer

        return run

    return wrap


@dataclass(frozen=True)
class Kept(Generic[R]):
    """An answer as it was given last; `fresh` while it would still be given without asking."""

    answer: R
    fresh: bool


def kept(tenant: str, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Kept[R] | None:
    """What a remembered function answered last, if that was not forgotten; asks no database."""
    key = (tenant, function.__wrapped__, args, tuple(kwargs.items()))  # type: ignore[attr-defined]
    found = _remembered.get(key)
    return Kept(found[1], found[0] > time.monotonic()) if found else None  # type: ignore[arg-type]


def forget() -> None:
    """Drop everything remembered in this process."""
    global _forgotten
    _forgotten += 1
    _remembered.clear()
