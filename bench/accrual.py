"""Benchmark `accrual`: paid orders of 3 lines that earn in 2 groups, booked by one worker through the relay.

The baseline writes the same rows as the application into a copy of the same database: plain statements
through sqlite3, in the same batches. Afterwards the benchmark compares both databases table by table.
"""

import json
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from bench.accrual_fixture import ORDERS, tenant_with_orders
from bench.report import Row, print_table
from store.core import outbox
from tasks import relay
from tests.support import database

SQLITE_TARGET, POSTGRESQL_TARGET, MAX_RATIO = 400.0, 200.0, 6.0

TABLES = ("purchase", "point_entry", "point_lot", "tier_record", "event")
UPDATE_MEMBER_SQL = (
    "UPDATE member SET first_purchase_at = coalesce(first_purchase_at, ?1), latest_purchase_at = ?1 "
    "WHERE id = ?2"
)
UPDATE_ACCOUNT_SQL = (
    "UPDATE point_account SET accumulated = accumulated + ?1, available = available + ?1 WHERE id = ?2"
)
END_TIER_SQL = "UPDATE tier_record SET ended_at = ? WHERE member_id = ? AND ended_at IS NULL"
SELECT_DUE_SQL = (
    "SELECT id FROM event_delivery WHERE state = 'pending' AND due_at <= '9999-01-01' AND lease IS NULL "
    "ORDER BY due_at, id LIMIT ?"
)
CLAIM_SQL = "UPDATE event_delivery SET lease = 'mine', lease_until = '2030-01-01', attempts = attempts + 1 WHERE id = ?"
MARK_DONE_SQL = (
    "UPDATE event_delivery SET state = 'done', lease = NULL, lease_until = NULL, done_at = '2030-01-01' "
    "WHERE id = ?"
)

Rows = list[sqlite3.Row]
Statements = list[tuple[str, list[tuple[Any, ...]]]]


def run() -> list[Row]:
    """Measure the same orders with the relay on SQLite, with plain statements, and with the relay on PostgreSQL."""
    with tempfile.TemporaryDirectory(prefix="xiaoer-accrual-") as folder:
        ours, bare = Path(folder) / "tenants" / "bench.db", Path(folder) / "bare.db"
        with tenant_with_orders(f"sqlite:///{folder}/registry.db", Path(folder)):
            with closing(sqlite3.connect(ours)) as connection:
                connection.execute("VACUUM INTO ?", (str(bare),))
            measured = _per_second(lambda: relay.run("bench"))
            expected = _ExpectedRows(ours, bare)
            baseline = _per_second(lambda: _run_baseline(bare, expected))
            expected.compare()
    with contextmanager(database.start_postgresql)("bench") as url, tenant_with_orders(url, Path()):
        postgresql = _per_second(lambda: relay.run("bench"))
    return [
        Row("accrual: orders, SQLite", measured, None, None, "≥ 400 /s", measured >= SQLITE_TARGET, "/s"),
        Row(
            "accrual: against the plain writes", ORDERS / measured, ORDERS / baseline, baseline / measured, "≤ 6 ×",
            baseline / measured <= MAX_RATIO, "s", f"{expected.rows:,} rows inserted, {expected.changes:,} changed",
        ),
        Row("accrual: orders, PostgreSQL", postgresql, None, None, "≥ 200 /s", postgresql >= POSTGRESQL_TARGET, "/s"),
    ]  # fmt: skip


class _ExpectedRows:
    """The rows that the application wrote, as statements of the baseline, grouped by order.

    They are read before the time measurement starts.
    """

    def __init__(self, actual: Path, baseline: Path) -> None:
        self._ours, self._bare, self.rows, self.changes = actual, baseline, 0, ORDERS
        with self._open_both() as connection:
            rows = {table: _new_rows(connection, table) for table in TABLES}
        by_order: dict[str, Statements] = {row["order_number"]: [] for row in rows["purchase"]}
        self._point_statements(rows, by_order)
        for row in rows["purchase"]:
            by_order[row["order_number"]] += [
                _insert_statement("purchase", [row]), (UPDATE_MEMBER_SQL, [(row["at"], row["member_id"])]),
            ]  # fmt: skip
            self.changes += 1
        for event in rows["event"]:
            number = json.loads(event["properties"]).get("number")
            if number is not None:  # what the order earned, and whether it was the member's first
                by_order[number].append(_insert_statement("event", [event]))
        orders = list(by_order.values())
        self._tier_statements(rows, orders)
        self.batches = [
            orders[start : start + outbox.BATCH_SIZE] for start in range(0, ORDERS, outbox.BATCH_SIZE)
        ]
        self.rows = sum(map(len, rows.values()))

    def _point_statements(self, rows: dict[str, Rows], by_order: dict[str, Statements]) -> None:
        """Add the statements for point entries, their lots and the account balances."""
        lots = {row["entry_id"]: row for row in rows["point_lot"]}
        for number, group in groupby(rows["point_entry"], key=itemgetter("order_number")):
            entries, sums = list(group), Counter[int]()
            for entry in entries:
                sums[entry["account_id"]] += entry["value"]
            by_order[number] += [
                _insert_statement("point_entry", entries),
                _insert_statement("point_lot", [lots[entry["id"]] for entry in entries]),
                (UPDATE_ACCOUNT_SQL, [(value, account) for account, value in sums.items()]),
            ]
            self.changes += len(sums)

    def _tier_statements(self, rows: dict[str, Rows], orders: list[Statements]) -> None:
        """Add the statements for tier upgrades and their events, spread evenly over the orders."""
        upgrades = [event for event in rows["event"] if event["kind"].startswith("tiers.")]
        for index, (record, event) in enumerate(zip(rows["tier_record"], upgrades, strict=True)):
            orders[index * ORDERS // len(upgrades)] += [
                (END_TIER_SQL, [(record["started_at"], record["member_id"])]),
                _insert_statement("tier_record", [record]),
                _insert_statement("event", [event]),
            ]
            self.changes += 1

    def compare(self) -> None:
        """Assert that both databases hold the same rows."""
        columns = {
            "member": "id, first_purchase_at, latest_purchase_at",
            "point_account": "*",
            "event_delivery": "id, event_id, subscriber, state, attempts",
            **dict.fromkeys(TABLES, "*"),
        }
        with self._open_both() as connection:
            for table, names in columns.items():
                for left, right in (("main", "bare"), ("bare", "main")):
                    query = f"SELECT {names} FROM {left}.{table} EXCEPT SELECT {names} FROM {right}.{table}"
                    assert not connection.execute(query).fetchall(), f"{table} is not the same"
                assert connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]

    @contextmanager
    def _open_both(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._ours)) as connection:
            connection.row_factory = sqlite3.Row
            connection.execute("ATTACH ? AS bare", (str(self._bare),))
            yield connection


def _new_rows(connection: sqlite3.Connection, table: str) -> Rows:
    query = f"SELECT * FROM {table} WHERE id NOT IN (SELECT id FROM bare.{table}) ORDER BY id"
    return connection.execute(query).fetchall()


def _insert_statement(table: str, rows: Rows) -> tuple[str, list[tuple[Any, ...]]]:
    """Return the statement that inserts the rows unchanged, with its parameters."""
    return f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", [tuple(row) for row in rows]


def _run_baseline(path: Path, expected: _ExpectedRows) -> int:
    """Run the minimal statements in the same transactions: claim, insert all rows, mark as done."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in ("journal_mode = wal", "synchronous = full", "foreign_keys = on", "cache_size = -8000"):
            connection.execute(f"PRAGMA {pragma}")
        for batch in expected.batches:
            claimed = _claim_batch(connection)
            connection.execute("BEGIN IMMEDIATE")
            for order in batch:
                for sql, rows in order:
                    connection.executemany(sql, rows)
            connection.executemany(MARK_DONE_SQL, claimed)
            connection.execute("COMMIT")
        return connection.execute("SELECT count(*) FROM event_delivery WHERE state = 'done'").fetchone()[0]


def _claim_batch(connection: sqlite3.Connection) -> list[tuple[int]]:
    connection.execute("BEGIN IMMEDIATE")
    batch = connection.execute(SELECT_DUE_SQL, (outbox.BATCH_SIZE,)).fetchall()
    connection.executemany(CLAIM_SQL, batch)
    connection.execute("COMMIT")
    return batch


def _per_second(work: Callable[[], int]) -> float:
    started = time.perf_counter()
    count = work()
    seconds = time.perf_counter() - started
    assert count == ORDERS, f"{count} orders were booked"
    return count / seconds


if __name__ == "__main__":
    print_table(run())
