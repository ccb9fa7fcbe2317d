"""Quotas: how many customer service messages an account may send to a person, and until when.

The limits are from the documentation of customer service messages: a message of the person allows five
messages in 48 hours. A menu tap, a follow or a scan allows three within one minute.
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
    "alipay": (1000, 48 * 3600),  # a life account of Alipay has the window and no number
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
        """Grant the quota of a cause. It replaces the remaining quota of the same cause."""
        count, window_s = GRANTS[cause]
        with self._lock:
            grants = self._grants.setdefault((appid, person_id), {})
            grants[cause] = Grant(count, self._clock.now() + window_s)

    def consume(self, *, appid: str, person_id: str) -> None:
        """Use one message of the quota that expires first.

        Raises WeChatError.
        """
        with self._lock:
            open_grants = self._list_open(appid, person_id)
            if not open_grants:
                raise WeChatError(45015)
            usable_grants = [grant for grant in open_grants if grant.remaining]
            if not usable_grants:
                raise WeChatError(45047)
            min(usable_grants, key=lambda grant: grant.expires_at).remaining -= 1

    def remaining_by_cause(self, *, appid: str, person_id: str) -> dict[str, dict]:
        """Return the remaining messages and seconds by cause, for the phone page."""
        now = self._clock.now()
        return {
            cause: {"remaining": grant.remaining, "seconds": round(grant.expires_at - now)}
            for cause, grant in self._grants.get((appid, person_id), {}).items()
            if grant.expires_at > now
        }

    def revoke(self, *, appid: str, person_id: str) -> None:
        """Remove all quotas of a person who stops following."""
        self._grants.pop((appid, person_id), None)

    def reset(self) -> None:
        self._grants = {}

    def _list_open(self, appid: str, person_id: str) -> list[Grant]:
        now = self._clock.now()
        return [
            grant for grant in self._grants.get((appid, person_id), {}).values() if grant.expires_at > now
        ]
