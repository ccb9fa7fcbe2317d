"""The requests of the SMS provider to the service: status reports, and what people answer to a message."""

import json
import threading
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sandbox.accounts import LOOPBACK_HOSTS
from sandbox.errors import SandboxError
from sandbox.payment_notices import post_locally

MAX_ATTEMPTS = 3
DELAY_S = 0.5
RETRY_GAP_S = 2.0
HEADERS = {"Content-Type": "application/json"}


@dataclass
class _Delivery:
    url: str
    body: bytes
    due_s: float  # of time.monotonic()
    attempts: int = 0


class SmsReports:
    """The queue of reports and uplinks. One thread posts them, and ends when there is nothing to do."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._posting: list[_Delivery] | None = None  # the queue from which the current delivery was taken
        self.reset()

    def reset(self) -> None:
        """Drop what waits, and forget the addresses."""
        with self._changed:
            self.report_url = ""
            self.uplink_url = ""
            self.delay_s = DELAY_S
            self.retry_gap_s = RETRY_GAP_S
            self._queue: list[_Delivery] = []
            self._changed.notify_all()

    def send_report(self, report: dict[str, Any]) -> None:
        """Post a report after a short delay, if there is an address for reports."""
        if self.report_url:
            self._enqueue(self.report_url, report)

    def send_uplink(self, uplink: dict[str, Any]) -> None:
        """Post what a person answered. Raises SandboxError if there is no address for it."""
        if not self.uplink_url:
            raise SandboxError("no_uplink_url", "还没有设置接收回复的地址", 409)
        self._enqueue(self.uplink_url, uplink)

    def wait_until_idle(self, timeout_s: float) -> bool:
        """Wait until nothing is to be posted. Return whether that is so. Repeats count as to be posted."""
        with self._changed:
            return self._changed.wait_for(lambda: self._thread is None, timeout=timeout_s)

    def _enqueue(self, url: str, row: dict[str, Any]) -> None:
        body = json.dumps([row], ensure_ascii=False).encode()
        with self._changed:
            self._queue.append(_Delivery(url, body, time.monotonic() + self.delay_s))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def _run(self) -> None:
        while (delivery := self._take_next()) is not None:
            delivery.attempts += 1
            status = post_locally(delivery.url, HEADERS, delivery.body).status
            is_accepted = status is not None and 200 <= status < 300
            if not is_accepted and delivery.attempts < MAX_ATTEMPTS:
                self._repeat(delivery)

    def _take_next(self) -> _Delivery | None:
        """Wait for the next delivery and take it. Return None when the queue is empty, which ends the thread."""
        with self._changed:
            while self._queue:
                first = min(self._queue, key=lambda delivery: delivery.due_s)
                remaining_s = first.due_s - time.monotonic()
                if remaining_s <= 0:
                    self._queue.remove(first)
                    self._posting = self._queue
                    return first
                self._changed.wait(remaining_s)
            self._thread = None
            self._changed.notify_all()
            return None

    def _repeat(self, delivery: _Delivery) -> None:
        with self._changed:
            if self._posting is not self._queue:
                return  # a reset has dropped it
            delivery.due_s = time.monotonic() + self.retry_gap_s
            self._queue.append(delivery)


def require_local_address(url: object) -> str:
    """Return an address on this machine, or "" for none. Raises SandboxError."""
    if url == "":
        return ""
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        is_local = parts.scheme in {"http", "https"} and parts.hostname in LOOPBACK_HOSTS
    except ValueError:
        is_local = False
    if not is_local:
        raise SandboxError("bad_url", "地址应在本机")
    return str(url)
