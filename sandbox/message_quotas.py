"""Quotas: how often an account may still write to a person, and until when.

The limits stand on the platform's page of customer service messages: a message of the person gives five
messages in 48 hours; a menu tap, a follow or a scan gives three within one minute.
"""

import threading
from dataclasses import dataclass

from sandbox.clock import Clock
from sandbox.errors import WeChatError

GRANTS = {
    "message": (5, 48 * 3600),
    "click": (3, 60),
    "follow": (3, 60),
    "scan": (3, 60),
}


@dataclass
class Grant:
    remaining: int
    expires_at: float


class MessageQuotas:
    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._grants: dict[tuple[str, str], dict[str, Grant]] = {}

    def grant(self, cause: str, *, appid: str, person_id: str) -> None:
        """A new cause replaces what was left of the same one; quotas do not pile up."""
        count, window_s = GRANTS[cause]
        with self._lock:
            grants = self._grants.setdefault((appid, person_id), {})
            grants[cause] = Grant(count, self._clock.now() + window_s)

    def consume(self, *, appid: str, person_id: str) -> None:
        """Spends one message, from the window that closes first."""
        with self._lock:
            open_now = self._list_open(appid, person_id)
            if not open_now:
                raise WeChatError(45015)
            with_some_left = [each for each in open_now if each.remaining]
            if not with_some_left:
                raise WeChatError(45047)
            min(with_some_left, key=lambda each: each.expires_at).remaining -= 1

    def remaining_by_cause(self, *, appid: str, person_id: str) -> dict[str, dict]:
        """What a page shows: cause, messages left and seconds left."""
        now = self._clock.now()
        return {
            cause: {"remaining": each.remaining, "seconds": round(each.expires_at - now)}
            for cause, each in self._grants.get((appid, person_id), {}).items()
            if each.expires_at > now
        }

    def revoke(self, *, appid: str, person_id: str) -> None:
        """Who stops following takes every window along."""
        self._grants.pop((appid, person_id), None)

    def reset(self) -> None:
        self._grants = {}

    def _list_open(self, appid: str, person_id: str) -> list[Grant]:
        now = self._clock.now()
        return [each for each in self._grants.get((appid, person_id), {}).values() if each.expires_at > now]
