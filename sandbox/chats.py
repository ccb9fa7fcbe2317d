"""Chats: what a person and an account said to each other. In memory only."""

import itertools
import threading
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Any

from sandbox.clock import Clock
from sandbox.pushes import OUT_OF_ORDER, Push

KEPT = 500
TYPING_S = 15


@dataclass
class Line:
    """`in` came into the phone, `out` left it, `note` is grey small print of WeChat or of the stand-in."""

    id: int
    at: int
    side: str
    kind: str
    content: dict[str, Any]
    push: Push | None = None

    def shown(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "at": self.at,
            "side": self.side,
            "kind": self.kind,
            "content": self.content,
            "push": self.push.shown() if self.push else None,
        }


class Chats:
    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._numbers = itertools.count(1)
        self._changes = itertools.count(1)
        self._lock = threading.Lock()
        self.reset()

    def lines(self, *, appid: str, person_id: str) -> list[Line]:
        return list(self._lines[appid, person_id])

    def version(self, *, appid: str, person_id: str) -> int:
        """Grows with every change, so that a page can ask whether there is anything new."""
        return self._versions[appid, person_id]

    def say(
        self, side: str, kind: str, content: dict, *, appid: str, person_id: str, push: Push | None = None
    ) -> Line:
        with self._lock:
            line = Line(next(self._numbers), self._clock.wall(), side, kind, content, push)
            self._lines[appid, person_id].append(line)
        if side == "in":
            self._typing_until.pop((appid, person_id), None)
        elif side == "out" and kind != "event":
            self._heard_at[appid, person_id] = self._clock.now()
        self.touch(appid=appid, person_id=person_id)
        return line

    def show_outcome(self, push: Push, *, appid: str, person_id: str) -> None:
        """Puts into the chat what the person sees of an answered push."""
        if push.reply:
            self.say("in", push.reply.kind, push.reply.content, appid=appid, person_id=person_id)
        elif push.outcome == "out_of_order":
            self.say("note", "fault", {"Content": OUT_OF_ORDER}, appid=appid, person_id=person_id)
        elif push.outcome == "no_callback":
            note = {"Content": "这个账号还没有填服务器地址，消息没有送出"}
            self.say("note", "sandbox", note, appid=appid, person_id=person_id)
        self.touch(appid=appid, person_id=person_id)

    def touch(self, *, appid: str, person_id: str) -> None:
        self._versions[appid, person_id] = next(self._changes)

    def set_typing(self, typing: bool, *, appid: str, person_id: str) -> None:
        if typing:
            self._typing_until[appid, person_id] = self._clock.now() + TYPING_S
        else:
            self._typing_until.pop((appid, person_id), None)
        self.touch(appid=appid, person_id=person_id)

    def typing(self, *, appid: str, person_id: str) -> bool:
        return self._clock.now() < self._typing_until.get((appid, person_id), 0)

    def quiet_s(self, *, appid: str, person_id: str) -> float:
        """How long the person has said nothing: taps and other events do not count."""
        return self._clock.now() - self._heard_at.get((appid, person_id), float("-inf"))

    def reset(self) -> None:
        self._lines: dict[tuple[str, str], deque[Line]] = defaultdict(lambda: deque(maxlen=KEPT))
        self._versions: dict[tuple[str, str], int] = defaultdict(int)
        self._typing_until: dict[tuple[str, str], float] = {}
        self._heard_at: dict[tuple[str, str], float] = {}
