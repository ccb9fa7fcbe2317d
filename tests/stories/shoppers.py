"""Shoppers with their phones in the sandbox, and a journal of what they did and what they were told."""

import json
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from tests.bin.running import PATIENCE_S
from tests.stories.house import House
from tests.stories.lay_out import SECOND, TWO_PARTS
from tests.stories.records import Records

IN_TIME_MS = 5000


@dataclass(frozen=True)
class Shopper:
    id: str
    openid: str


@dataclass(frozen=True)
class Line:
    """`known` says whether an answer came: then the effect is there; without one it may be or not."""

    shopper: Shopper
    deed: str
    known: bool
    reply: str
    ms: int
    attempts: int


@dataclass
class Journal:
    """Who did what at the demo account; the checker at the end believes nothing but this and the records."""

    house: House
    lines: list[Line] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.account = self.house.account()
        (self.account_name,) = (
            row["original_id"]
            for row in self._ask("GET", "/sandbox/accounts")["accounts"]
            if row["appid"] == self.account["appid"]
        )
        self.records = Records(self.house)

    def arrive(self, count: int) -> list[Shopper]:
        """New people, who never met the account."""
        return [self._arrived() for _ in range(count)]

    def act(self, shopper: Shopper, do: str, **wish: Any) -> Line:
        """One deed in the chat; the sandbox brings it up to three times, as WeChat does."""
        push = self._ask("POST", f"{self._chat(shopper)}/actions", {"do": do, **wish})["push"]
        deed = {"签到": "check_in", TWO_PARTS: "two_parts"}.get(wish.get("content", ""), do)
        return self._note(shopper, deed, [push])

    def insist(self, shopper: Shopper, *, number: int) -> Line:
        """A check-in by one and the same message, brought until it is answered."""
        xml = (
            f"<xml><ToUserName>{self.account_name}</ToUserName><FromUserName>{shopper.openid}</FromUserName>"
            f"<CreateTime>{int(time.time())}</CreateTime><MsgType>text</MsgType>"
            f"<Content>签到</Content><MsgId>{number}</MsgId></xml>"
        )
        pushes, deadline = [], time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            pushes.append(
                self._ask("POST", f"{self._chat(shopper)}/actions", {"do": "raw", "xml": xml})["push"]
            )
            if pushes[-1]["outcome"] == "replied":
                break
            time.sleep(0.25)
        return self._note(shopper, "check_in", pushes)

    def each(self, shoppers: list[Shopper], work: Callable[[Shopper], object], *, hands: int = 8) -> None:
        """Let all of them do something, some at a time."""
        with ThreadPoolExecutor(hands) as pool:
            list(pool.map(work, shoppers))

    def visit(self, shopper: Shopper) -> None:
        """Follow, check in, and ask for an answer in two parts."""
        self.act(shopper, "follow")
        self.act(shopper, "text", content="签到")
        self.act(shopper, "text", content=TWO_PARTS)

    def seconds_told(self, shopper: Shopper) -> int:
        """How often the phone shows the second part, which only a delivery can bring."""
        messages = self._ask("GET", self._chat(shopper))["messages"]
        return sum(line["side"] == "in" and line["content"].get("Content") == SECOND for line in messages)

    def fail(self, path: str, kind: str, **more: Any) -> None:
        """Let the platform fail from now on."""
        self._ask("PUT", "/sandbox/faults", {"path": path, "kind": kind, **more})

    def mend(self) -> None:
        self._ask("DELETE", "/sandbox/faults")

    def in_time(self) -> bool:
        return all(line.known and line.ms < IN_TIME_MS for line in self.lines)

    def differences(self, *, said_at_least_once: bool = False) -> list[str]:
        """What the records and phones hold against the journal; empty when every effect is there once."""
        earned, check_ins = self.records.earned(), self.records.check_ins()
        told = Counter(
            {line.shopper.openid: self.seconds_told(line.shopper) for line in self._of("two_parts")}
        )
        most = 2 if said_at_least_once else 1
        return [
            *self._compare("follow", lambda openid: earned[openid, "follow"]),
            *self._compare("check_in", lambda openid: check_ins[openid]),
            *self._compare("check_in", lambda openid: earned[openid, "check_in"]),
            *self._compare("two_parts", lambda openid: told[openid], most=most),
        ]

    def _note(self, shopper: Shopper, deed: str, pushes: list[dict[str, Any]]) -> Line:
        attempts = [attempt for push in pushes for attempt in push["attempts"]]
        last = pushes[-1]
        self.lines.append(
            Line(
                shopper=shopper,
                deed=deed,
                known=last["outcome"] == "replied",
                reply=(last["reply"] or {}).get("content", {}).get("Content", ""),
                ms=sum(attempt["ms"] for attempt in attempts),
                attempts=len(attempts),
            )
        )
        return self.lines[-1]

    def _compare(self, deed: str, effects: Callable[[str], int], *, most: int = 1) -> list[str]:
        known = {line.shopper.openid for line in self._of(deed) if line.known}
        found = {openid: effects(openid) for openid in {line.shopper.openid for line in self._of(deed)}}
        return [
            f"{deed} of {openid}: {count} effects"
            for openid, count in found.items()
            if not (openid in known) <= count <= most
        ]

    def _of(self, deed: str) -> list[Line]:
        return [line for line in self.lines if line.deed == deed]

    def _arrived(self) -> Shopper:
        person = self._ask("POST", "/sandbox/people", {"name": "路人"})
        chat = self._ask("GET", f"/sandbox/people/{person['id']}/chats/{self.account['appid']}")
        return Shopper(person["id"], chat["openid"])

    def _chat(self, shopper: Shopper) -> str:
        return f"/sandbox/people/{shopper.id}/chats/{self.account['appid']}"

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            self.house.sandbox_url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
