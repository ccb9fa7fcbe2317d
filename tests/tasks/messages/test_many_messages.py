"""Many messages over a platform that is slow, fails and loses answers, with processes that are killed at any point."""

import os
import random
import signal
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from platforms.errors import OutcomeUnknownError, PlatformRejectedError
from store.core import clock
from store.customers.customers import Customer
from store.messages import kinds, messages, policies
from store.messages.messages import FINAL, Message, NewMessage
from store.messages.results import Outcome
from store.messages.sending import SendRequest
from tasks.messages import media
from tasks.messages import sending as message_sending
from tests.support import database

KIND = kinds.KINDS["points_expiring"]
VARIABLES = {"积分": "120", "积分名称": "积分", "到期日": "3月8日", "到期日期": "2026-03-08"}
DAYS = 2  # in which everything is retried until it is final


class UnreliablePlatform:
    """Keeps a book of what it delivered in a file. What it does with a call depends on message and attempt only."""

    def __init__(self, book: Path, *, kill_rate: float) -> None:
        self._book, self._kill_rate = book, kill_rate

    def send(self, request: SendRequest) -> Outcome:
        number, attempts = request.message.number, request.message.attempts
        # By its source and not by its number, which is random.
        chance = random.Random(f"{request.message.source}:{request.message.medium}:{attempts}")
        self._maybe_die(chance)
        fate = chance.random()
        if fate < 0.1:
            raise OutcomeUnknownError("wechat", "connection", "连接平台失败", perhaps_sent=False)
        if fate < 0.15:
            raise PlatformRejectedError("wechat", 45011, "调用太频繁")
        if fate < 0.25:
            raise PlatformRejectedError("wechat", 43004, "用户没有关注该账号")
        if fate < 0.27:
            raise RuntimeError("unreadable answer")
        self._deliver(number)
        self._maybe_die(chance)
        if fate < 0.35:
            raise OutcomeUnknownError("wechat", "timeout", "平台没有及时应答")
        return Outcome("sent", provider_number=f"p-{number}")

    def query(self, request: SendRequest) -> Outcome:
        """Say whether a message was delivered, as an SMS provider does."""
        number = request.message.number
        if number in self.list_delivered():
            return Outcome("sent", provider_number=f"p-{number}")
        return Outcome("retry", code="not_found", reason="没有这条短信", retry_at=clock.now())

    def install(self, target: Any) -> None:
        """Put this platform in the place of all media. Only SMS can be looked up."""
        target(media, "_SENDERS", dict.fromkeys(media._SENDERS, self.send))
        target(media, "can_query", lambda request: request.message.medium == "sms")
        target(media, "query", self.query)

    def list_delivered(self) -> Counter[str]:
        return Counter(self._book.read_text().split()) if self._book.exists() else Counter()

    def _deliver(self, number: str) -> None:
        with self._book.open("a") as book:
            book.write(f"{number}\n")

    def _maybe_die(self, chance: random.Random) -> None:
        if chance.random() < self._kill_rate:
            os.kill(os.getpid(), signal.SIGKILL)


def send_until_killed(book: Path, kill_rate: float, at: datetime) -> None:
    UnreliablePlatform(book, kill_rate=kill_rate).install(setattr)
    with time_machine.travel(at):
        message_sending.run(max_run_s=20)


@pytest.mark.parametrize(
    ("count", "kills"),
    [(120, 6), pytest.param(10_000, 60, marks=[pytest.mark.deep, pytest.mark.timeout(1_800)])],
)
def test_none_is_sent_twice_and_none_is_lost_without_a_reason(
    reachable, all_templates, process_group, tmp_path, monkeypatch, count, kills
):
    book = tmp_path / "book"
    policies.change(KIND.key, enabled=True, on_site=False, media=["official_template", "sms"], mode="first")
    write(reachable.customer, count)
    at, died = clock.now(), 0
    for _ in range(kills):
        died += process_group.run_until_killed(send_until_killed, book, 3 / count, at)
        at += timedelta(seconds=65)  # the lease of the process that died is over
    assert died, "no process was killed"
    platform = UnreliablePlatform(book, kill_rate=0.0)
    platform.install(monkeypatch.setattr)
    send_all(at)
    rows, delivered = list(Message.select()), platform.list_delivered()
    assert max(delivered.values()) == 1, "a message was sent twice"
    assert {row.state for row in rows} <= set(FINAL)
    for row in rows:
        assert row.state == "sent" or row.reason_code, row.number
        if row.number in delivered:
            assert row.state in ("sent", "perhaps_sent"), row.state
        else:
            assert row.state in ("failed", "skipped", "perhaps_sent"), row.state
    reached = {row.source for row in rows if row.state in ("sent", "perhaps_sent")}
    ended = Counter(row.source for row in rows)
    assert len(ended) == count
    # What was not reached has a row with a reason for each medium.
    assert all(ended[source] == 2 for source in set(ended) - reached)
    assert not Message.select().where(Message.state == "perhaps_sent", Message.reason_code == "").exists()


def write(customer: Customer, count: int) -> None:
    database.install_subscriptions()
    for start in range(0, count, 500):
        numbers = range(start, min(start + 500, count))
        messages.write_many(
            KIND, [NewMessage(customer.id, f"event:{number}", VARIABLES) for number in numbers]
        )


def send_all(at: datetime) -> None:
    """Send until nothing waits, in a clock that goes on by an hour."""
    waiting = Message.select().where(Message.state.in_(("pending", "sending")))
    for hours in range(DAYS * 24):
        with time_machine.travel(at + timedelta(minutes=61 * hours)):
            message_sending.run(max_run_s=600)
        if not waiting.exists():
            return
    raise AssertionError(f"still waiting: {[(row.medium, row.state, row.reason_code) for row in waiting]}")
