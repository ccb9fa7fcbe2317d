"""Chats: the messages between persons and accounts, in memory."""

import itertools
import threading
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Any

from sandbox.clock import Clock
from sandbox.pushes import SERVICE_UNAVAILABLE, Push

MAX_LINES = 500
TYPING_TIMEOUT_S = 15


@dataclass
class Line:
    """A line of a chat. `side` is `in` (received by the phone), `out` (sent) or `note` (a grey system text)."""

    id: int
    sent_at: int
    side: str
    kind: str
    content: dict[str, Any]
    push: Push | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "sent_at": self.sent_at,
            "side": self.side,
            "kind": self.kind,
            "content": self.content,
            "push": self.push.to_json() if self.push else None,
        }


class Chats:
    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._line_ids = itertools.count(1)
        self._version_numbers = itertools.count(1)
        self._lock = threading.Lock()
        self.reset()

    def list_lines(self, *, appid: str, person_id: str) -> list[Line]:
        return list(self._lines[appid, person_id])

    def get_version(self, *, appid: str, person_id: str) -> int:
        """Return the version, which grows with every change, so that a page can poll for changes."""
        return self._versions[appid, person_id]

    def add_line(
        self, side: str, kind: str, content: dict, *, appid: str, person_id: str, push: Push | None = None
    ) -> Line:
        with self._lock:
            line = Line(next(self._line_ids), self._clock.wall_time(), side, kind, content, push)
            self._lines[appid, person_id].append(line)
        if side == "in":
            self._typing_until.pop((appid, person_id), None)
        elif side == "out" and kind != "event":
            self._last_message_at[appid, person_id] = self._clock.now()
        self.bump_version(appid=appid, person_id=person_id)
        return line

    def add_outcome(self, push: Push, *, appid: str, person_id: str) -> None:
        """Add to the chat what the person sees as the result of a push."""
        if push.reply:
            self.add_line("in", push.reply.kind, push.reply.content, appid=appid, person_id=person_id)
        elif push.outcome == "service_unavailable":
            self.add_line("note", "fault", {"Content": SERVICE_UNAVAILABLE}, appid=appid, person_id=person_id)
        elif push.outcome == "no_callback":
            note = {"Content": "这个账号还没有填服务器地址，消息没有送出"}
            self.add_line("note", "sandbox", note, appid=appid, person_id=person_id)
        self.bump_version(appid=appid, person_id=person_id)

    def bump_version(self, *, appid: str, person_id: str) -> None:
        self._versions[appid, person_id] = next(self._version_numbers)

    def set_typing(self, typing: bool, *, appid: str, person_id: str) -> None:
        if typing:
            self._typing_until[appid, person_id] = self._clock.now() + TYPING_TIMEOUT_S
        else:
            self._typing_until.pop((appid, person_id), None)
        self.bump_version(appid=appid, person_id=person_id)

    def is_typing(self, *, appid: str, person_id: str) -> bool:
        return self._clock.now() < self._typing_until.get((appid, person_id), 0)

    def seconds_since_last_message(self, *, appid: str, person_id: str) -> float:
        """Return the seconds since the last message of the person. Events do not count."""
        return self._clock.now() - self._last_message_at.get((appid, person_id), float("-inf"))

    def reset(self) -> None:
        self._lines: dict[tuple[str, str], deque[Line]] = defaultdict(lambda: deque(maxlen=MAX_LINES))
        self._versions: dict[tuple[str, str], int] = defaultdict(int)
        self._typing_until: dict[tuple[str, str], float] = {}
        self._last_message_at: dict[tuple[str, str], float] = {}
