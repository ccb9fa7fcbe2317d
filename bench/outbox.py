"""Benchmark `relay`: 10,000 events with two subscribers each, processed by one worker.

The baseline makes the same changes to a copy of the same database: plain statements through sqlite3, in
the same batches. PostgreSQL is measured for information.
"""

import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from bench.report import Row, print_table
from bench.tenant import open_tenant
from store.core import events, outbox
from store.core.database import db
from store.core.events import Event, EventDelivery, Subscriber
from store.official_accounts.conversation import ProcessedMessage
from store.tenants import channels
from tasks import relay
from tests.support import database

EVENTS, SUBSCRIBERS = 10_000, 2
TARGET_PER_SECOND = 1_000.0
BATCH_SIZE = 500


def run() -> list[Row]:
    """Measure the same events with plain statements, with the relay on SQLite, and on PostgreSQL."""
    with tempfile.TemporaryDirectory(prefix="xiaoer-relay-") as folder:
        ours, bare = Path(folder) / "tenants" / "bench.db", Path(folder) / "bare.db"
        with _tenant_with_events(f"sqlite:///{folder}/registry.db", Path(folder)):
            with closing(sqlite3.connect(ours)) as connection:
                connection.execute("VACUUM INTO ?", (str(bare),))
            baseline = _per_second(_run_baseline, bare)
            measured = _per_second(relay.run, "bench")
    with contextmanager(database.start_postgresql)("bench") as url, _tenant_with_events(url, Path()):
        postgresql = _per_second(relay.run, "bench")
    passed = measured >= TARGET_PER_SECOND
    ratio = measured / baseline
    return [
        Row("relay: deliveries, SQLite", measured, baseline, ratio, "≥ 1,000 /s", passed, "/s"),
        Row("relay: deliveries, PostgreSQL", postgresql, None, None, "", True, "/s", "for information"),
    ]


def insert_row(event: Event) -> None:
    """Insert a row with a unique key, as the first subscriber."""
    ProcessedMessage.create(channel=event.channel_id, number=f"{event.id:064}", replies=[])


def record_event(event: Event) -> None:
    """Record another event, as the second subscriber."""
    events.record("bench.noted", channel_id=event.channel_id, of=event.id)


# The relay checks the module name. Without it the subscribers would not run in the transaction of the delivery.
insert_row.__module__ = record_event.__module__ = "store.bench"


@contextmanager
def _tenant_with_events(url: str, folder: Path) -> Iterator[None]:
    """Provide a tenant with recorded events that no subscriber has processed yet."""
    subscribers = (Subscriber("insert_row", insert_row), Subscriber("record_event", record_event))
    with open_tenant(url, folder, {"bench.recorded": subscribers}):
        channel = channels.add(
            kind="wechat_official", key="bench", name="小二便利", appid="wxbench", secret="s" * 32,
            token="t" * 16, mode="plain",
        )  # fmt: skip
        for _ in range(EVENTS // BATCH_SIZE):
            _record_events(channel.id)
        yield
        assert EventDelivery.select().where(EventDelivery.state == "done").count() == EVENTS * SUBSCRIBERS
        assert ProcessedMessage.select().count() == EVENTS


@db.transactional
def _record_events(channel_id: int) -> None:
    for _ in range(BATCH_SIZE):
        events.record("bench.recorded", channel_id=channel_id)


def _per_second(drain, subject) -> float:  # type: ignore[no-untyped-def]
    started = time.perf_counter()
    count = drain(subject)
    seconds = time.perf_counter() - started
    assert count == EVENTS * SUBSCRIBERS, f"{count} deliveries were done"
    return count / seconds


def _run_baseline(path: Path) -> int:
    """Run the minimal statements for each batch: claim, insert both rows, mark as done. Return the deliveries."""
    count = 0
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = wal")
        connection.execute("PRAGMA synchronous = full")
        while batch := _claim_batch(connection):
            _write_batch(connection, batch)
            count += len(batch)
    return count


def _claim_batch(connection: sqlite3.Connection) -> list[tuple[int, int, str]]:
    connection.execute("BEGIN IMMEDIATE")
    batch = connection.execute(
        "SELECT id, event_id, subscriber FROM event_delivery WHERE state = 'pending' AND due_at <= '9999-01-01' "
        "AND lease IS NULL ORDER BY due_at, id LIMIT ?",
        (outbox.BATCH_SIZE,),
    ).fetchall()
    claim = "UPDATE event_delivery SET lease = 'mine', lease_until = '2030-01-01', attempts = attempts + 1 WHERE id = ?"
    connection.executemany(claim, [(row[0],) for row in batch])
    connection.execute("COMMIT")
    return batch


def _write_batch(connection: sqlite3.Connection, batch: list[tuple[int, int, str]]) -> None:
    insert_message = (
        "INSERT INTO processed_message (channel_id, number, replies, processed_at) "
        "VALUES (1, ?, '[]', '2030-01-01')"
    )
    insert_event = (
        "INSERT INTO event (kind, at, channel_id, properties) VALUES ('bench.noted', '2030-01-01', 1, ?)"
    )
    mark_done = (
        "UPDATE event_delivery SET state = 'done', lease = NULL, lease_until = NULL, done_at = '2030-01-01' "
        "WHERE id = ?"
    )
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(
        insert_message, [(f"{event:064}",) for _, event, name in batch if name.endswith("insert_row")]
    )
    connection.executemany(
        insert_event, [(f'{{"of":{event}}}',) for _, event, name in batch if name.endswith("record_event")]
    )
    connection.executemany(mark_done, [(row[0],) for row in batch])
    connection.execute("COMMIT")


if __name__ == "__main__":
    print_table(run())
