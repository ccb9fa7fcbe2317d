"""Shoppers with their phones in the sandbox, and a journal of what they did and which answers they got."""

import json
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from tests.end_to_end.raw_records import Records
from tests.end_to_end.running_app import RunningApp
from tests.end_to_end.seed import SECOND_PART, TWO_PART_KEYWORD
from tests.support.app_process import TIMEOUT_S

REPLY_DEADLINE_MS = 5000


@dataclass(frozen=True)
class Shopper:
    id: str
    openid: str


@dataclass(frozen=True)
class Interaction:
    """`known` says whether an answer came: then the effect is there; without one it may be or not."""

    shopper: Shopper
    action: str
    is_answered: bool
    reply: str
    ms: int
    attempts: int


@dataclass
class InteractionLog:
    """Who did what at the demo account; the checker at the end believes nothing but this and the records."""

    running_app: RunningApp
    lines: list[Interaction] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.account = self.running_app.account()
        (self.account_name,) = (
            row["original_id"]
            for row in self._request("GET", "/sandbox/accounts")["accounts"]
            if row["appid"] == self.account["appid"]
        )
        self.records = Records(self.running_app)

    def arrive(self, count: int) -> list[Shopper]:
        """New people, who never met the account."""
        return [self._create_shopper() for _ in range(count)]

    def act(self, shopper: Shopper, do: str, **fields: Any) -> Interaction:
        """One action in the chat; the sandbox sends it up to three times, as WeChat does."""
        push = self._request("POST", f"{self._chat(shopper)}/actions", {"action": do, **fields})["push"]
        action = {"签到": "check_in", TWO_PART_KEYWORD: "two_parts"}.get(fields.get("content", ""), do)
        return self._log_interaction(shopper, action, [push])

    def repeat_until_answered(self, shopper: Shopper, *, number: int) -> Interaction:
        """A check-in by one and the same message, brought until it is answered."""
        xml = (
            f"<xml><ToUserName>{self.account_name}</ToUserName><FromUserName>{shopper.openid}</FromUserName>"
            f"<CreateTime>{int(time.time())}</CreateTime><MsgType>text</MsgType>"
            f"<Content>签到</Content><MsgId>{number}</MsgId></xml>"
        )
        pushes, deadline = [], time.monotonic() + TIMEOUT_S
        while time.monotonic() < deadline:
            pushes.append(
                self._request("POST", f"{self._chat(shopper)}/actions", {"action": "raw", "xml": xml})["push"]
            )
            if pushes[-1]["outcome"] == "replied":
                break
            time.sleep(0.25)
        return self._log_interaction(shopper, "check_in", pushes)

    def run_for_each(
        self, shoppers: list[Shopper], work: Callable[[Shopper], object], *, threads: int = 8
    ) -> None:
        """Let all of them do something, some at a time."""
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, shoppers))

    def visit(self, shopper: Shopper) -> None:
        """Follow, check in, and ask for an answer in two parts."""
        self.act(shopper, "follow")
        self.act(shopper, "text", content="签到")
        self.act(shopper, "text", content=TWO_PART_KEYWORD)

    def count_second_parts(self, shopper: Shopper) -> int:
        """How often the phone shows the second part, which only a delivery can bring."""
        messages = self._request("GET", self._chat(shopper))["messages"]
        return sum(
            line["side"] == "in" and line["content"].get("Content") == SECOND_PART for line in messages
        )

    def inject_fault(self, path: str, kind: str, **more: Any) -> None:
        """Let the platform fail from now on."""
        self._request("PUT", "/sandbox/faults", {"path": path, "kind": kind, **more})

    def has_faults(self) -> bool:
        """Say whether a failure still waits for its call."""
        return bool(self._request("GET", "/sandbox/faults")["faults"])

    def clear_faults(self) -> None:
        self._request("DELETE", "/sandbox/faults")

    def is_in_time(self) -> bool:
        return all(line.is_answered and line.ms < REPLY_DEADLINE_MS for line in self.lines)

    def differences(self, *, said_at_least_once: bool = False) -> list[str]:
        """What the records and phones hold against the journal; empty when every effect is there once."""
        earned, check_ins = self.records.count_point_entries(), self.records.count_check_ins()
        second_parts = Counter(
            {
                line.shopper.openid: self.count_second_parts(line.shopper)
                for line in self._interactions_of("two_parts")
            }
        )
        most = 2 if said_at_least_once else 1
        return [
            *self._compare("follow", lambda openid: earned[openid, "follow"]),
            *self._compare("check_in", lambda openid: check_ins[openid]),
            *self._compare("check_in", lambda openid: earned[openid, "check_in"]),
            *self._compare("two_parts", lambda openid: second_parts[openid], most=most),
        ]

    def _log_interaction(self, shopper: Shopper, action: str, pushes: list[dict[str, Any]]) -> Interaction:
        attempts = [attempt for push in pushes for attempt in push["attempts"]]
        last = pushes[-1]
        self.lines.append(
            Interaction(
                shopper=shopper,
                action=action,
                is_answered=last["outcome"] == "replied",
                reply=(last["reply"] or {}).get("content", {}).get("Content", ""),
                ms=sum(attempt["duration_ms"] for attempt in attempts),
                attempts=len(attempts),
            )
        )
        return self.lines[-1]

    def _compare(self, action: str, effects: Callable[[str], int], *, most: int = 1) -> list[str]:
        known = {line.shopper.openid for line in self._interactions_of(action) if line.is_answered}
        found = {
            openid: effects(openid)
            for openid in {line.shopper.openid for line in self._interactions_of(action)}
        }
        return [
            f"{action} of {openid}: {count} effects"
            for openid, count in found.items()
            if not (openid in known) <= count <= most
        ]

    def _interactions_of(self, action: str) -> list[Interaction]:
        return [line for line in self.lines if line.action == action]

    def _create_shopper(self) -> Shopper:
        person = self._request("POST", "/sandbox/people", {"name": "路人"})
        chat = self._request("GET", f"/sandbox/people/{person['id']}/chats/{self.account['appid']}")
        return Shopper(person["id"], chat["openid"])

    def _chat(self, shopper: Shopper) -> str:
        return f"/sandbox/people/{shopper.id}/chats/{self.account['appid']}"

    def _request(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            self.running_app.sandbox_url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
