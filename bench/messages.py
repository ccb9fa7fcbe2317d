"""Benchmark `messages`: reminders of 100,000 members written as messages, and what sending one adds to the platform.

Writing goes the whole way: reminders of expiring points, their events, the relay, and two rows for each member (site
and SMS). It runs in a subprocess, so that its peak memory can be measured. For sending the platform is a function that
returns at once. The baselines write the same rows through sqlite3, in as many transactions.
"""

import multiprocessing
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from bench.report import Row, print_table
from bench.server import peak_mb
from bench.tenant import open_tenant
from store.core.database import db
from store.customers import programmes
from store.messages import expiry_reminders, kinds, policies, templates
from store.messages.messages import Message
from store.messages.results import Outcome
from store.messages.sending import SendRequest
from store.points import points
from store.points.ledger import PointEntry
from store.tenants import business_days
from tasks import relay
from tasks.messages import media
from tasks.messages import sending as message_sending
from tasks.subscriptions import SUBSCRIPTIONS

MEMBERS, SENT = 100_000, 5_000
MAX_WRITE_S, MAX_MEMORY_MB, MAX_OVERHEAD_MS = 60.0, 200.0, 2.0
KIND = kinds.KINDS["points_expiring"]


def run() -> list[Row]:
    """Measure writing and sending on SQLite with their baselines."""
    with tempfile.TemporaryDirectory(prefix="xiaoer-messages-") as folder:
        with open_tenant(_url(folder), Path(folder), SUBSCRIPTIONS):
            _insert_members()
        reminders_s, relay_s, megabytes, written = _run_in_subprocess(folder)
        seconds = reminders_s + relay_s
        assert written == 2 * MEMBERS, written
        baseline = _write_bare(Path(folder) / "bare.db", _read_messages(folder))
        with open_tenant(_url(folder), Path(folder), SUBSCRIPTIONS):
            overhead_s = _send()
        bare_s = _update_bare(Path(folder) / "bare.db")
    return [
        Row(f"messages: {MEMBERS:,} members' reminders written", seconds, baseline, seconds / baseline,
            f"≤ {MAX_WRITE_S:.0f} s", seconds <= MAX_WRITE_S, "s",
            f"{reminders_s:.0f} s for reminders and events, {relay_s:.0f} s for the relay and two rows each; "
            "baseline: the message rows alone"),
        Row("messages: the writing process", megabytes, None, None, f"≤ {MAX_MEMORY_MB:.0f} MB",
            megabytes <= MAX_MEMORY_MB, "MB"),
        Row("messages: what sending one adds", overhead_s * 1000, bare_s * 1000, overhead_s / bare_s,
            f"≤ {MAX_OVERHEAD_MS:.0f} ms", overhead_s * 1000 <= MAX_OVERHEAD_MS, "ms",
            f"mean of {SENT:,}; the platform returns at once; baseline: one update in a transaction of its own"),
    ]  # fmt: skip


_MEMBERS_SQL = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {members})
INSERT INTO customer (id, public_id, source, created_at, is_staff, is_test, marketing_consent)
SELECT i, 'cus_' || i, 'pos', '{began}', FALSE, FALSE, FALSE FROM n;
INSERT INTO member (id, customer_id, programme_id, public_id, card_number, status, source, joined_at, created_at)
SELECT id, id, {programme}, 'mem_' || id, '' || (8000000000000000 + id), 'active', 'pos', '{began}', '{began}'
FROM customer;
INSERT INTO point_account (id, member_id, group_id, accumulated, available, expired, debt)
SELECT id, id, {group}, 100, 100, 0, 0 FROM member;
INSERT INTO point_entry
(account_id, kind, value, "key", at, effective_at, expires_at, upgrade_eligible, source, reason)
SELECT id, 'transaction', 100, 'order:' || id, '{began}', '{began}', '{ends}', TRUE, '', '' FROM point_account;
INSERT INTO point_lot (account_id, entry_id, value, "remaining", effective_at, expires_at)
SELECT account_id, id, value, value, '{began}', '{ends}' FROM point_entry
"""


def _insert_members() -> None:
    programme = programmes.create_programme(code="programme", name="会员俱乐部")
    group = points.create_group(programme=programme, code="points", name="积分")
    ends = PointEntry.at.db_value(business_days.end_of(business_days.today() + timedelta(days=7)))
    parameters = {
        "members": MEMBERS,
        "programme": programme.id,
        "group": group.id,
        "began": ends - timedelta(days=300),
        "ends": ends,
    }
    for statement in _MEMBERS_SQL.format(**parameters).split(";\n"):
        db.database.execute_sql(statement)
    templates.save(
        kind=KIND.key, medium="sms", name="积分到期", platform_id="SMS_1", text="您有{积分}积分将于{到期日}到期。",
        fields={"points": "{积分}", "day": "{到期日}"},
    )  # fmt: skip
    policies.change(KIND.key, enabled=True, on_site=True, media=["sms"], mode="first")


def _url(folder: str) -> str:
    return f"sqlite:///{folder}/registry.db"


def _run_in_subprocess(folder: str) -> tuple[float, float, float, int]:
    """Return seconds of reminders and of the relay, peak megabytes and message rows of a process that writes all."""
    spawn = multiprocessing.get_context("spawn")
    receiver, sender = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_write_all, args=(folder, sender))
    process.start()
    sender.close()
    result: tuple[float, float, float, int] = receiver.recv()
    process.join(60)
    return result


def _write_all(folder: str, connection: Connection) -> None:
    # Without the subscriber that sends, so that only the writing is measured.
    writing = {kind: row for kind, row in SUBSCRIPTIONS.items() if kind != "messages.due"}
    with open_tenant(_url(folder), Path(folder), writing):
        yesterday = business_days.today() - timedelta(days=1)
        reminders_s = _measure(lambda: expiry_reminders.run_batch(yesterday))
        relay_s = _measure(lambda: relay.run("bench"))
        connection.send((reminders_s, relay_s, peak_mb(os.getpid()), Message.select().count()))


def _measure(run_batch: Callable[[], int]) -> float:
    """Return the seconds until `run_batch` finds nothing more to do."""
    began = time.perf_counter()
    while run_batch():
        pass
    return time.perf_counter() - began


def _send() -> float:
    """Return the seconds that one message takes while the platform returns at once."""
    # The members have no phone: their address is given to the rows, as a retry of a pinned message would find it.
    with db.database.atomic():
        Message.update(address="+8613800000000", kind="chat_reply").where(Message.medium == "sms").execute()
    calls = []

    def send(request: SendRequest) -> Outcome:
        calls.append(request)
        return Outcome("sent", provider_number=f"p{len(calls)}")

    media._SENDERS["sms"] = send
    began = time.perf_counter()
    message_sending.run(max_run_s=3_600, stop=lambda: len(calls) >= SENT)
    return (time.perf_counter() - began) / len(calls)


def _read_messages(folder: str) -> list[tuple]:
    with closing(sqlite3.connect(Path(folder) / "tenants" / "bench.db")) as connection:
        return connection.execute("SELECT * FROM message").fetchall()


def _write_bare(path: Path, rows: list[tuple]) -> float:
    """Insert the same message rows in as many transactions as the relay, and return the seconds."""
    with _open_bare(path) as connection:
        columns = ", ".join(f"c{number}" for number in range(len(rows[0])))
        connection.execute(f"CREATE TABLE message ({columns}, PRIMARY KEY (c0))")
        insert = f"INSERT INTO message VALUES ({', '.join('?' * len(rows[0]))})"
        began = time.perf_counter()
        for start in range(0, len(rows), 100):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(insert, rows[start : start + 100])
            connection.execute("COMMIT")
        return time.perf_counter() - began


def _update_bare(path: Path) -> float:
    """Update messages one by one and return the seconds of one."""
    with _open_bare(path) as connection:
        began = time.perf_counter()
        for number in range(1, SENT + 1):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("UPDATE message SET c1 = 'sent' WHERE c0 = ?", (number,))
            connection.execute("COMMIT")
        return (time.perf_counter() - began) / SENT


@contextmanager
def _open_bare(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in ("journal_mode = wal", "synchronous = full"):
            connection.execute(f"PRAGMA {pragma}")
        yield connection


if __name__ == "__main__":
    print_table(run())
