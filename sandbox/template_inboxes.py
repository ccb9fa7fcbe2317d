"""Template inboxes: the template and subscribe messages that each person received, in memory."""

import itertools
import threading
import time
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.clock import Clock

REPEAT_WINDOW_S = 600


@dataclass(frozen=True)
class TemplateMessage:
    """A message. `kind` is `template` or `subscribe`, `lines` are the names and values that the phone shows."""

    message_id: int
    kind: str
    appid: str
    account: str
    template_id: str
    title: str
    lines: list[dict[str, str]]
    sent_at: int
    url: str = ""
    mini_program: dict[str, str] | None = None
    page: str = ""
    state: str = ""
    client_msg_id: str = ""


class TemplateInboxes:
    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        # Ids start at the current time. Otherwise they would repeat after a restart.
        self._ids = itertools.count(time.time_ns() // 1000)
        self.reset()

    def next_message_id(self) -> int:
        return next(self._ids)

    def add(self, person_id: str, **fields: Any) -> TemplateMessage:
        """Add a message to the inbox of a person."""
        message = TemplateMessage(sent_at=self._clock.wall_time(), **fields)
        with self._lock:
            self._by_person.setdefault(person_id, []).insert(0, message)
        return message

    def list_received(self, person_id: str, *, appid: str = "") -> list[dict[str, Any]]:
        """Return the messages of a person, or those of one account, the newest first."""
        messages = list(self._by_person.get(person_id, []))
        return [asdict(message) for message in messages if appid in ("", message.appid)]

    def claim_client_msg_id(self, client_msg_id: str, *, appid: str, openid: str) -> tuple[int, bool]:
        """Return the id of the message with this number, and whether it is a new one.

        The platform sends one message for the same openid and number within 10 minutes.
        """
        key, now = (appid, openid, client_msg_id), self._clock.now()
        with self._lock:
            known = self._client_msg_ids.get(key)
            if client_msg_id and known and now - known[1] < REPEAT_WINDOW_S:
                return known[0], False
            message_id = self.next_message_id()
            if client_msg_id:
                self._client_msg_ids[key] = (message_id, now)
        return message_id, True

    def reset(self) -> None:
        self._by_person: dict[str, list[TemplateMessage]] = {}
        self._client_msg_ids: dict[tuple[str, str, str], tuple[int, float]] = {}
