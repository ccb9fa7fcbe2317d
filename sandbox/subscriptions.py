"""Subscriptions: acceptances of subscribe messages, one for one message, and switched-off template messages."""

import threading
from collections import Counter

from sandbox.errors import WeChatError


class Subscriptions:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.reset()

    def accept(self, template_id: str, *, appid: str, person_id: str) -> None:
        """Add one allowance: the account may send one message of the template to the person."""
        with self._lock:
            self._allowances[appid, person_id, template_id] += 1

    def consume(self, template_id: str, *, appid: str, person_id: str) -> None:
        """Use one allowance.

        Raises WeChatError.
        """
        with self._lock:
            if not self._allowances[appid, person_id, template_id]:
                raise WeChatError(43101)
            self._allowances[appid, person_id, template_id] -= 1

    def get_remaining(self, template_id: str, *, appid: str, person_id: str) -> int:
        return self._allowances[appid, person_id, template_id]

    def revoke_all(self, *, appid: str, person_id: str) -> list[str]:
        """Remove the allowances of a person and return the ids of their templates."""
        with self._lock:
            keys = [key for key, count in self._allowances.items() if key[:2] == (appid, person_id) and count]
            for key in keys:
                del self._allowances[key]
        return [key[2] for key in keys]

    def set_blocked(self, blocked: bool, *, appid: str, person_id: str) -> None:
        """Set whether the person has switched off the template messages of an official account."""
        if blocked:
            self._blocked.add((appid, person_id))
        else:
            self._blocked.discard((appid, person_id))

    def is_blocked(self, *, appid: str, person_id: str) -> bool:
        return (appid, person_id) in self._blocked

    def reset(self) -> None:
        self._allowances: Counter[tuple[str, str, str]] = Counter()
        self._blocked: set[tuple[str, str]] = set()
