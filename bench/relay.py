"""Benchmark `relay`: 10,000 events with two reactions each, worked off by one worker.

The baseline makes the same changes to a copy of the same records: bare statements through sqlite3, in
the same batches. PostgreSQL stands beside it for information.
"""

import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from bench.table import Row, print_table
from store import wings
from store.activities.conversation import Heard
from store.company import channels, tenants
from store.kernel import db, deliveries, events, secrets
from store.kernel.events import Delivery, Event
from tasks import relay
from tests import world

EVENTS, REACTIONS = 10_000, 2
BAR_PER_SECOND = 1_000.0
PORTION = 500


def run() -> list[Row]:
    """Drain the same events three times: by statements alone, by the relay, by the relay on PostgreSQL."""
    with tempfile.TemporaryDirectory(prefix="xiaoer-relay-") as folder:
        ours, bare = Path(folder) / "tenants" / "bench.db", Path(folder) / "bare.db"
        with _company(f"sqlite:///{folder}/registry.db", Path(folder)):
            with closing(sqlite3.connect(ours)) as connection:
                connection.execute("VACUUM INTO ?", (str(bare),))
            baseline = _per_second(_bare, bare)
            measured = _per_second(relay.run, "bench")
    with contextmanager(world.postgresql)("bench") as url, _company(url, Path()):
        beside = _per_second(relay.run, "bench")
    passed = measured >= BAR_PER_SECOND
    ratio = measured / baseline
    return [
        Row("relay: deliveries, SQLite", measured, baseline, ratio, "≥ 1,000 /s", passed, "/s"),
        Row("relay: deliveries, PostgreSQL", beside, None, None, "", True, "/s", "for information"),
    ]


def hear(event: Event) -> None:
    """The first reaction: a row that no second one may equal."""
    Heard.create(channel=event.channel_id, number=f"{event.id:064}", said=[])


def note(event: Event) -> None:
    """The second: an event of its own."""
    events.record("bench.noted", channel_id=event.channel_id, of=event.id)


# The relay tells by the name that these write records only and so belong into the delivery's transaction.
hear.__module__ = note.__module__ = "store.bench"


@contextmanager
def _company(url: str, folder: Path) -> Iterator[None]:
    """A company in which everything has happened and nothing has followed yet."""
    secrets.load(secrets.Keys(encryption=(("k1", b"1" * 32),), index=b"i" * 32))
    wings.load()
    tenants.open_registry(url, folder / "tenants")
    tenants.create(slug="bench", name="小二便利")
    events.install({"bench.happened": (hear, note)})
    with tenants.using("bench"):
        channel = channels.add(
            kind="wechat_official", key="bench", name="小二便利", appid="wxbench", secret="s" * 32,
            token="t" * 16, mode="plain",
        )  # fmt: skip
        for _ in range(EVENTS // PORTION):
            _happen(channel.id)
    yield
    with tenants.using("bench"):
        assert Delivery.select().where(Delivery.state == "done").count() == EVENTS * REACTIONS
        assert Heard.select().count() == EVENTS
    tenants.close_all()


@db.verb
def _happen(channel_id: int) -> None:
    for _ in range(PORTION):
        events.record("bench.happened", channel_id=channel_id)


def _per_second(drain, subject) -> float:  # type: ignore[no-untyped-def]
    began = time.perf_counter()
    done = drain(subject)
    seconds = time.perf_counter() - began
    assert done == EVENTS * REACTIONS, f"{done} deliveries were done"
    return done / seconds


def _bare(path: Path) -> int:
    """Claim, both rows, done: the statements that cannot be spared, batch by batch."""
    done = 0
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = wal")
        connection.execute("PRAGMA synchronous = full")
        while batch := _claimed(connection):
            _written(connection, batch)
            done += len(batch)
    return done


def _claimed(connection: sqlite3.Connection) -> list[tuple[int, int, str]]:
    connection.execute("BEGIN IMMEDIATE")
    batch = connection.execute(
        "SELECT id, event_id, reaction FROM delivery WHERE state = 'pending' AND due_at <= '9999-01-01' "
        "AND lease IS NULL ORDER BY due_at, id LIMIT ?",
        (deliveries.BATCH,),
    ).fetchall()
    taken = "UPDATE delivery SET lease = 'mine', lease_until = '2030-01-01', tries = tries + 1 WHERE id = ?"
    connection.executemany(taken, [(row[0],) for row in batch])
    connection.execute("COMMIT")
    return batch


def _written(connection: sqlite3.Connection, batch: list[tuple[int, int, str]]) -> None:
    heard = "INSERT INTO heard (channel_id, number, said, at) VALUES (1, ?, '[]', '2030-01-01')"
    noted = "INSERT INTO event (kind, at, channel_id, properties) VALUES ('bench.noted', '2030-01-01', 1, ?)"
    done = "UPDATE delivery SET state = 'done', lease = NULL, lease_until = NULL, done_at = '2030-01-01' WHERE id = ?"
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(heard, [(f"{event:064}",) for _, event, name in batch if name.endswith("hear")])
    connection.executemany(
        noted, [(f'{{"of":{event}}}',) for _, event, name in batch if name.endswith("note")]
    )
    connection.executemany(done, [(row[0],) for row in batch])
    connection.execute("COMMIT")


if __name__ == "__main__":
    print_table(run())
