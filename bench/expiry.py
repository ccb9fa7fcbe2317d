"""Benchmark `expiry`: daily closes that expire 1,000,000 lots of 200,000 members, and all their tiers.

The baseline writes the same sums and rows to a copy of the same database, in a few statements of one
transaction through sqlite3. The application runs in subprocesses, so that their peak memory can be measured.
The first subprocess is killed after a tenth of the batches and another one continues. PostgreSQL is measured
for information.
"""

import multiprocessing
import os
import signal
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing, contextmanager
from datetime import date, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bench.report import Row, print_table
from bench.server import peak_mb
from bench.tenant import open_tenant
from store.core.database import db
from store.customers import programmes
from store.points import expiry as point_expiry
from store.points import points
from store.points.ledger import PointAccount, PointEntry
from store.tenants import business_days
from store.tiers import evaluation as tier_evaluation
from store.tiers import rules as tier_rules
from store.tiers import tiers
from store.tiers.rules import TierRule
from store.tiers.tiers import TierRecord
from store.tiers.validity import Validity
from tests.support import database

MEMBERS, LOTS_EACH = 200_000, 5
TARGET_RATIO, TARGET_MEMORY_MB = 10.0, 200.0


def run() -> list[Row]:
    """Measure both passes on SQLite with their baselines, then on PostgreSQL."""
    with tempfile.TemporaryDirectory(prefix="xiaoer-expiry-") as folder:
        url, ours, bare = f"sqlite:///{folder}/registry.db", _database_file(folder), Path(folder) / "bare.db"
        with open_tenant(url, Path(folder)):
            _insert_members()
        with closing(sqlite3.connect(ours)) as connection:
            connection.execute("VACUUM INTO ?", (str(bare),))
        rows = _measure(url, folder, bare)
        _compare(ours, bare)
    with contextmanager(database.start_postgresql)("bench") as url, tempfile.TemporaryDirectory() as folder:
        with open_tenant(url, Path(folder)):
            _insert_members()
        return [*rows, *_measure_postgresql(url, folder)]


def _measure(url: str, folder: str, run_baseline: Path) -> list[Row]:
    baseline, lots = _baseline_seconds(run_baseline, _baseline_expiry), MEMBERS * LOTS_EACH
    first = _run_in_subprocess(url, folder, point_expiry.run_batch, lots // point_expiry.BATCH_SIZE // 10)
    second = _run_in_subprocess(url, folder, point_expiry.run_batch, None)
    assert first.count + second.count == lots
    seconds, peak_memory = first.seconds + second.seconds, max(first.megabytes, second.megabytes)
    tier_baseline, evaluated = (
        _baseline_seconds(run_baseline, _baseline_tiers),
        _run_in_subprocess(url, folder, tier_evaluation.run_batch, None),
    )
    assert evaluated.count == MEMBERS
    ratio, memory = seconds / baseline, max(peak_memory, evaluated.megabytes)
    per_second = (
        f"{lots / seconds:,.0f} lots a second; killed after a tenth and continued; baseline: four statements"
    )
    return [
        Row(f"expiry: {lots:,} lots of {MEMBERS:,} members, SQLite", seconds, baseline, ratio,
            f"≤ {TARGET_RATIO:.0f} ×", ratio <= TARGET_RATIO, "s", per_second),
        Row(f"tier pass: {MEMBERS:,} members whose tier ended, SQLite", evaluated.seconds, tier_baseline,
            evaluated.seconds / tier_baseline, "–", True, "s",
            f"{MEMBERS / evaluated.seconds:,.0f} members a second, each with its explanation and event"),
        Row("expiry and tier pass: largest process", memory, None, None, f"≤ {TARGET_MEMORY_MB:.0f} MB",
            memory <= TARGET_MEMORY_MB, "MB"),
    ]  # fmt: skip


def _measure_postgresql(url: str, folder: str) -> list[Row]:
    expired, evaluated = (
        _run_in_subprocess(url, folder, work, None)
        for work in (point_expiry.run_batch, tier_evaluation.run_batch)
    )
    assert (expired.count, evaluated.count) == (MEMBERS * LOTS_EACH, MEMBERS)
    note = "for information"
    return [
        Row("expiry: the same, PostgreSQL", expired.seconds, None, None, "–", True, "s", note),
        Row("tier pass: the same, PostgreSQL", evaluated.seconds, None, None, "–", True, "s", note),
    ]


class _SubprocessResult:
    """The result that a subprocess sent: number of rows, seconds and peak memory in megabytes."""

    def __init__(self, count: int, seconds: float, megabytes: float) -> None:
        self.count, self.seconds, self.megabytes = count, seconds, megabytes


def _run_in_subprocess(
    url: str, folder: str, work: Callable[..., Any], max_batches: int | None
) -> _SubprocessResult:
    """Run `work` in a subprocess, which is killed after `max_batches` batches."""
    spawn = multiprocessing.get_context("spawn")
    receiver, sender = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_subprocess_main, args=(url, folder, work, max_batches, sender))
    process.start()
    sender.close()
    result = _SubprocessResult(*receiver.recv())
    process.join(60)
    assert process.exitcode == (0 if max_batches is None else -signal.SIGKILL)
    return result


def _subprocess_main(
    url: str, folder: str, work: Callable[..., Any], max_batches: int | None, connection: Connection
) -> None:
    with open_tenant(url, Path(folder)):
        started, count = time.perf_counter(), 0
        for number, done in enumerate(iter(lambda: work(_yesterday()), 0), 1):
            count += done
            if number == max_batches:
                break
        seconds = time.perf_counter() - started
        connection.send((count, seconds, peak_mb(os.getpid())))
        if max_batches is not None:
            os.kill(os.getpid(), signal.SIGKILL)


def _yesterday() -> date:
    return business_days.today() - timedelta(days=1)


def _database_file(folder: str) -> Path:
    return Path(folder) / "tenants" / "bench.db"


# All members became VIP a year ago and received five lots. Lots and tier end yesterday. Two of three members
# have earned too few points since then, so they are downgraded to silver or to the base tier.
_ALL_MEMBERS_SQL = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {members})
INSERT INTO customer (id, public_id, source, created_at, is_staff, is_test, marketing_consent)
SELECT i, 'cus_' || i, 'pos', '{began}', {no}, {no}, {no} FROM n;
INSERT INTO member (id, customer_id, programme_id, public_id, card_number, status, source, joined_at, created_at)
SELECT id, id, {programme}, 'mem_' || id, '' || (8000000000000000 + id), 'active', 'pos', '{began}', '{began}'
FROM customer;
INSERT INTO point_account (id, member_id, group_id, accumulated, available, expired, debt)
SELECT id, id, {group}, {lots} * {value}, {lots} * {value}, 0, 0 FROM member;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {lots})
INSERT INTO point_entry
(account_id, kind, value, "key", at, effective_at, expires_at, upgrade_eligible, source, reason)
SELECT id, 'transaction', {value}, 'order:' || id || ':' || i, '{later}', '{later}', '{ended}', {yes}, '', ''
FROM point_account, n;
INSERT INTO point_lot (account_id, entry_id, value, "remaining", effective_at, expires_at)
SELECT account_id, id, value, value, '{later}', '{ended}' FROM point_entry;
INSERT INTO tier_record (member_id, tier_id, kind, started_at, valid_until)
SELECT id, {vip}, 'joined', '{began}', '{ended}' FROM member
"""


def _insert_members() -> None:
    """Insert the members as rows, because registering 200,000 members would take too long."""
    programme = programmes.create_programme(code="programme", name="会员俱乐部")
    tiers.add(programme=programme, code="base", name="普卡", is_base=True)
    silver, vip = (
        tiers.add(programme=programme, code=code, name=code, rank=rank, validity=Validity(days=365))
        for rank, code in enumerate(("silver", "vip"), 1)
    )
    group = points.create_group(programme=programme, code="points", name="积分")
    levels = [(silver, 500, 1000), (vip, 1000, None)]
    rules = [
        TierRule(tier=tier, basis="points", group=group, window_days=365, at_least=least, below=below)
        for tier, least, below in levels
    ]
    tier_rules.replace(programme=programme, rules=rules)
    ended = PointEntry.at.db_value(business_days.end_of(_yesterday()))
    days = {"began": ended - timedelta(days=365), "later": ended - timedelta(days=300), "ended": ended}
    parameters = {
        "members": MEMBERS, "lots": LOTS_EACH, "programme": programme.id, "group": group.id, "vip": vip.id,
        "value": "(1 + id - id / 300 * 300)", "yes": "TRUE", "no": "FALSE", **days,
    }  # fmt: skip
    if db.is_postgresql():
        db.database.execute_sql("SET statement_timeout = 0")
    for statement in _ALL_MEMBERS_SQL.format(**parameters).split(";\n"):
        db.database.execute_sql(statement)
    db.database.execute_sql("ANALYZE" if db.is_postgresql() else "PRAGMA wal_checkpoint(TRUNCATE)")


def _baseline_seconds(path: Path, run: Callable[[sqlite3.Connection, str], None]) -> float:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in ("journal_mode = wal", "synchronous = full", "foreign_keys = on", "cache_size = -8000"):
            connection.execute(f"PRAGMA {pragma}")
        (ended,) = connection.execute("SELECT MAX(expires_at) FROM point_lot").fetchone()
        began = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        run(connection, ended)
        connection.execute("COMMIT")
        return time.perf_counter() - began


def _baseline_expiry(connection: sqlite3.Connection, ended: str) -> None:
    due = 'l."remaining" > 0 AND l.expires_at IS NOT NULL AND l.expires_at <= :ended'
    for statement in (
        "INSERT INTO point_entry (account_id, kind, value, key, at, effective_at, upgrade_eligible, source, reason) "
        "SELECT l.account_id, 'expiry', l.\"remaining\", 'expiry:' || l.id, :ended, :ended, 0, '', '积分到期' "
        f"FROM point_lot l WHERE {due} ORDER BY l.id",
        'INSERT INTO lot_allocation (entry_id, lot_id, value) SELECT e.id, l.id, l."remaining" '
        f"FROM point_lot l JOIN point_entry e ON e.key = 'expiry:' || l.id WHERE {due}",
        "UPDATE point_account SET available = available - s.value, expired = expired + s.value "
        f'FROM (SELECT l.account_id, SUM(l."remaining") AS value FROM point_lot l WHERE {due} GROUP BY l.account_id) s '
        "WHERE point_account.id = s.account_id",
        f'UPDATE point_lot AS l SET "remaining" = 0 WHERE {due}',
    ):
        connection.execute(statement, {"ended": ended})


_BASELINE_TIERS_SQL = """
CREATE TEMP TABLE evaluated AS SELECT r.id AS record_id, r.member_id, COALESCE(SUM(e.value), 0) AS gathered
FROM tier_record r JOIN point_account a ON a.member_id = r.member_id LEFT JOIN point_entry e
ON e.account_id = a.id AND e.upgrade_eligible AND e.kind = 'transaction' AND e.at >= r.started_at
AND e.at < r.valid_until WHERE r.ended_at IS NULL AND r.valid_until <= :ended GROUP BY r.id;
UPDATE tier_record SET ended_at = valid_until WHERE id IN (SELECT record_id FROM evaluated);
INSERT INTO tier_record (member_id, tier_id, kind, started_at, valid_until, explanation)
SELECT j.member_id, CASE WHEN gathered >= 1000 THEN 3 WHEN gathered >= 500 THEN 2 ELSE 1 END,
CASE WHEN gathered >= 1000 THEN 'retained' ELSE 'downgraded' END, :ended,
CASE WHEN gathered >= 500 THEN '2099-01-01' END,
json_object('rule', 1, 'tier', 'vip', 'basis', 'points', 'group', 1, 'since', :ended, 'until', :ended,
'gathered', gathered, 'at_least', 1000, 'below', NULL) FROM evaluated j;
INSERT INTO event (kind, at, customer_id, member_id, properties)
SELECT 'tiers.downgraded', :ended, m.customer_id, m.id, '{"before":"vip","after":"silver"}'
FROM evaluated j JOIN member m ON m.id = j.member_id
"""


def _baseline_tiers(connection: sqlite3.Connection, ended: str) -> None:
    for statement in _BASELINE_TIERS_SQL.split(";\n"):
        connection.execute(statement, {"ended": ended})


def _compare(actual: Path, baseline: Path) -> None:
    """Assert that the application and the baseline wrote the same accounts, entries and tiers."""
    queries = (
        f"SELECT SUM(available), SUM(expired), COUNT(*) FROM {PointAccount._meta.table_name}",
        f"SELECT COUNT(*), SUM(value) FROM {PointEntry._meta.table_name} WHERE kind = 'expiry'",
        "SELECT COUNT(*), SUM(value) FROM lot_allocation",
        f"SELECT tier_id, kind, COUNT(*) FROM {TierRecord._meta.table_name} GROUP BY tier_id, kind ORDER BY 1, 2",
    )
    with closing(sqlite3.connect(actual)) as ours, closing(sqlite3.connect(baseline)) as reference:
        for query in queries:
            assert ours.execute(query).fetchall() == reference.execute(query).fetchall(), query


if __name__ == "__main__":
    print_table(run())
