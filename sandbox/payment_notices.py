"""Notices of payments to the merchants, with repeats after failures and with faults. All platforms use them."""

import random
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import requests

from sandbox.accounts import LOOPBACK_HOSTS
from sandbox.clock import Clock
from sandbox.errors import SandboxError
from sandbox.faults import Fault, Faults

TIMEOUT_S = 5.0
RETRY_GAPS_S = (15.0, 15.0, 30.0, 180.0)
POLL_INTERVAL_S = 0.02
# These faults change the content. The platform that builds a notice applies them.
CONTENT_FAULTS = {"wrong_amount", "forged", "old"}

# Builds headers and body of one delivery. The argument is a content fault or "".
Build = Callable[[str], tuple[dict[str, str], bytes]]


@dataclass(frozen=True)
class NoticeTarget:
    """What a notice is about, and the address of the merchant."""

    platform: str
    merchant_id: str
    number: str
    kind: str  # payment, refund or transfer
    url: str


@dataclass(frozen=True)
class Delivery:
    sent_at: float
    status: int | None
    body: str
    error: str = ""


@dataclass
class Notice:
    id: str
    target: NoticeTarget
    state: str = "waiting"  # waiting, delivered, failed, dropped
    deliveries: list[Delivery] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return the notice with its deliveries."""
        row = asdict(self)
        return {**row.pop("target"), **row}


class PaymentNotices:
    def __init__(self, *, clock: Clock, faults: Faults) -> None:
        self._clock = clock
        self._faults = faults
        self._changed = threading.Condition()
        self._generation = 0
        self.reset()

    def reset(self) -> None:
        """Drop all notices, also those that wait for a repeat."""
        with self._changed:
            self._notices: dict[str, Notice] = {}
            self._builds: dict[str, Build] = {}
            self._active = 0
            self._sent = 0
            self._generation += 1
            self.retry_gaps_s: tuple[float, ...] = RETRY_GAPS_S
            self._changed.notify_all()

    def send(
        self,
        target: NoticeTarget,
        build: Build,
        is_accepted: Callable[[int, str], bool],
        *,
        notice_id: str = "",
    ) -> Notice:
        """Send a notice in a thread of its own and return it before it was delivered."""
        notice = Notice(notice_id or secrets.token_hex(16), target)
        fault = self._faults.consume("notice")
        with self._changed:
            self._notices[notice.id], self._builds[notice.id] = notice, build
            if fault is not None and fault.kind == "drop":
                notice.state = "dropped"
                return notice
            self._active += 1
            run = (self._generation, self._sent)
        thread = threading.Thread(
            target=self._run, args=(notice, build, is_accepted, fault, *run), daemon=True
        )
        thread.start()
        return notice

    def repeat(self, notice_id: str, *, copies: int, in_parallel: bool, content: str = "") -> Notice:
        """Deliver a notice again, also a dropped one, and return it after the deliveries.

        Raises SandboxError with status 404.
        """
        notice, build = self._notices.get(notice_id), self._builds.get(notice_id)
        if notice is None or build is None:
            raise SandboxError("no_such_notice", "没有这个通知", 404)
        with ThreadPoolExecutor(max_workers=copies if in_parallel else 1) as pool:
            for _ in range(copies):
                pool.submit(self._deliver, notice, build, content)
        return notice

    def list_all(self) -> list[Notice]:
        """List the notices, the oldest first."""
        with self._changed:
            return list(self._notices.values())

    def wait_until_idle(self, timeout_s: float) -> bool:
        """Wait until no notice is on its way. Return whether that is so. Planned repeats count as on their way."""
        with self._changed:
            return self._changed.wait_for(lambda: self._active == 0, timeout=timeout_s)

    def _run(
        self,
        notice: Notice,
        build: Build,
        is_accepted: Callable[[int, str], bool],
        fault: Fault | None,
        generation: int,
        sent: int,
    ) -> None:
        try:
            content = fault.kind if fault is not None and fault.kind in CONTENT_FAULTS else ""
            if fault is not None:
                self._hold_back(fault, generation, sent)
            for gap_s in (*self._gaps(fault), None):
                if generation != self._generation:
                    return
                last = self._deliver(notice, build, content)
                if last.status is not None and is_accepted(last.status, last.body):
                    notice.state = "delivered"
                is_duplicate = fault is not None and fault.kind == "duplicate"
                if gap_s is None or (notice.state == "delivered" and not is_duplicate):
                    break
                self._sleep(gap_s, generation)
            if notice.state == "waiting":
                notice.state = "failed"
        finally:
            with self._changed:
                if generation == self._generation:
                    self._active -= 1
                    self._changed.notify_all()

    def _gaps(self, fault: Fault | None) -> tuple[float, ...]:
        if fault is not None and fault.kind == "duplicate":
            return (0.0,) * (fault.copies - 1)
        return () if fault is not None and fault.kind in CONTENT_FAULTS else self.retry_gaps_s

    def _hold_back(self, fault: Fault, generation: int, sent: int) -> None:
        """Wait for the delay of the fault, or with `reorder` until another notice was sent."""
        if fault.kind in ("delay", "shuffle"):
            self._sleep(fault.delay_s * (random.random() if fault.kind == "shuffle" else 1), generation)
        elif fault.kind == "reorder":
            with self._changed:
                self._changed.wait_for(
                    lambda: self._sent > sent or generation != self._generation, timeout=fault.delay_s
                )

    def _sleep(self, seconds: float, generation: int) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and generation == self._generation:
            time.sleep(min(POLL_INTERVAL_S, seconds))

    def _deliver(self, notice: Notice, build: Build, content: str) -> Delivery:
        headers, body = build(content)
        delivery = post_locally(notice.target.url, headers, body)
        delivery = replace(delivery, sent_at=self._clock.wall_time())
        with self._changed:
            notice.deliveries.append(delivery)
            self._sent += 1
            self._changed.notify_all()
        return delivery


def post_locally(url: str, headers: dict[str, str], body: bytes) -> Delivery:
    """Post to an address on this machine only. A failure is in the delivery."""
    if urlsplit(url).hostname not in LOOPBACK_HOSTS:
        return Delivery(0, None, "", "通知地址不在本机，沙箱不向外发送")
    try:
        with requests.Session() as session:
            session.trust_env = False
            response = session.post(url, data=body, headers=headers, timeout=TIMEOUT_S, allow_redirects=False)
            return Delivery(0, response.status_code, response.text[:500])
    except requests.RequestException as error:
        return Delivery(0, None, "", f"连接失败：{type(error).__name__}")
