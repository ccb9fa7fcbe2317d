"""SQLite's writers take turns, and a commit has returned only when an fsync covered it."""

import errno
import os
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import peewee
import pytest

from store.core.database import db, group_commit
from store.core.errors import DomainError
from store.customers.customers import Customer, Source
from store.tenants import registry
from tests.support import database
from tests.support.races import without_write_queue

pytestmark = pytest.mark.usefixtures("acme", "sqlite_only")


@db.transactional
def write(code: str) -> None:
    Source.create(code=code, name="来源")


@db.transactional
def count_one() -> None:
    row = Source.select().where(Source.code == "counter").get()
    row.update_fields(name=str(int(row.name) + 1))


@db.transactional
def fill() -> None:
    for number in range(2000):
        Customer.create(city=f"城{number}", avatar_url="x" * 400)


@contextmanager
def full_disk():
    """No page more than there are."""

    @db.transactional
    def limit(pages: int) -> None:  # in a transaction, because all writing is done on one connection
        db.database.execute_sql(f"PRAGMA max_page_count = {pages}")

    limit(db.database.execute_sql("PRAGMA page_count").fetchone()[0])
    yield
    limit(1_000_000)


def run_in_tenant(work, *args):
    with registry.use_tenant("acme"):
        return work(*args)


@contextmanager
def syncs(monkeypatch, behaviour=lambda: None):
    """Counts the fsyncs, each of which does `behaviour` before the real one."""
    real, done = os.fdatasync, []

    def recorded(file):
        behaviour()
        real(file)
        done.append(file)

    with monkeypatch.context() as patch:
        patch.setattr(group_commit.os, "fdatasync", recorded)
        yield done


def longest_wait(number: int, rounds: int) -> tuple[int, float]:
    """Count in eight threads; returns how many counted and the longest that one had to wait, in seconds."""

    def many(_: int) -> float:
        waited = 0.0
        for _ in range(rounds):
            began = time.monotonic()
            count_one()
            waited = max(waited, time.monotonic() - began)
        return waited

    waits = database.run_concurrently(8, many)
    return len(waits) * rounds, max(waits)


def test_sixteen_writers_in_two_processes_all_get_their_turn(process_group):
    Source.create(code="counter", name="0")
    outcomes = process_group.run_together(2, longest_wait, 25)
    assert Source.get(Source.code == "counter").name == str(sum(count for count, _ in outcomes)) == "400"
    assert max(wait for _, wait in outcomes) < 5, "half of the patience, on a busy machine"


def test_without_turns_writers_count_over_one_another():
    Source.create(code="counter", name="0")
    met, gate = threading.Event(), threading.Barrier(2)

    def stale(number: int) -> None:
        row = Source.get(Source.code == "counter")
        gate.wait(5)
        row.update_fields(name=str(int(row.name) + 1))
        met.set()

    with without_write_queue():
        database.run_concurrently(2, db.transactional(stale))
    assert met.is_set()
    assert Source.get(Source.code == "counter").name == "1"


def test_a_commit_returns_only_after_its_fsync(monkeypatch):
    at_disk, let_go = threading.Event(), threading.Event()

    def slow_disk() -> None:
        at_disk.set()
        assert let_go.wait(10)

    with syncs(monkeypatch, slow_disk) as done, ThreadPoolExecutor(1) as pool:
        writing = pool.submit(run_in_tenant, write, "first")
        assert at_disk.wait(10)
        assert not writing.done()
        assert not done
        let_go.set()
        writing.result(10)
        assert len(done) == 1


def test_the_next_writer_is_let_in_while_the_disk_is_busy_and_one_fsync_serves_all_who_wait(monkeypatch):
    at_disk, let_go = threading.Event(), threading.Event()

    def slow_disk() -> None:
        at_disk.set()
        assert let_go.wait(10)

    with syncs(monkeypatch, slow_disk) as done, ThreadPoolExecutor(9) as pool:
        first = pool.submit(run_in_tenant, write, "first")
        assert at_disk.wait(10)
        others = [pool.submit(run_in_tenant, write, f"other{number}") for number in range(8)]
        _await(lambda: Source.select().count() == 9)  # all committed, none durable
        assert not any(writing.done() for writing in [first, *others])
        let_go.set()
        for writing in [first, *others]:
            writing.result(10)
    assert len(done) == 2


def test_what_only_reads_waits_for_no_disk(monkeypatch):
    @db.transactional
    def look() -> int:
        return Source.select().count()

    with syncs(monkeypatch) as done:
        look()
        assert done == []
        write("one")
        assert len(done) == 1


def test_a_failed_fsync_is_reported_and_believed_for_good(monkeypatch):
    called = []

    def broken(file):
        raise OSError(5, "Input/output error")

    @db.transactional
    def with_consequence() -> None:
        write("lost")
        db.after_commit(lambda: called.append("too early"))

    with monkeypatch.context() as patch:
        patch.setattr(group_commit.os, "fdatasync", broken)
        with pytest.raises(OSError, match="Input/output"):
            with_consequence()
    with pytest.raises(OSError, match="earlier fsync"):
        write("after")
    assert called == [], "nothing follows from a commit that may be lost"
    assert not db.database.in_transaction()


def test_the_turn_is_passed_on_after_a_failed_fsync(monkeypatch):
    def broken(file):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(group_commit.os, "fdatasync", broken)
    outcomes = database.run_concurrently(4, lambda number: write(f"w{number}"))
    assert all(isinstance(outcome, OSError) for outcome in outcomes)


def test_a_full_disk_is_reported_and_writing_goes_on_when_there_is_space():
    with full_disk(), pytest.raises(DomainError) as refused:
        fill()
    assert (refused.value.code, refused.value.status) == ("storage_full", 503)
    assert Customer.select().count() == 0
    write("again")
    assert Source.select().count() == 1


def test_a_log_that_finds_no_headroom_is_reported_as_a_full_disk(monkeypatch):
    """Some file systems say so only at the fsync, and then it is believed for good as any failure of it."""

    def full(file):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(group_commit.os, "fdatasync", full)
        with pytest.raises(DomainError) as first:
            write("lost")
    with pytest.raises(DomainError) as later:
        write("after")
    assert first.value.code == later.value.code == "storage_full"


def test_taken_records_are_refused_as_busy_within_patience_and_nothing_is_half_written(
    two_tenants, monkeypatch
):
    monkeypatch.setattr(db.database.obj, "_timeout_s", 0.3)
    other = sqlite3.connect(two_tenants / "tenants" / "acme.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    try:
        with pytest.raises(DomainError) as refused:
            write("late")
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert (refused.value.code, refused.value.status) == ("busy", 503)
    assert 0.3 <= time.monotonic() - began < 2
    assert Source.select().count() == 0
    write("in time")


def test_an_error_that_is_no_lock_is_not_waited_for(monkeypatch):
    def broken(self, lock_type=None):
        raise peewee.OperationalError("disk I/O error")

    monkeypatch.setattr(peewee.SqliteDatabase, "begin", broken)
    began = time.monotonic()
    with pytest.raises(peewee.OperationalError, match="disk I/O"):
        write("never")
    assert time.monotonic() - began < 2
    monkeypatch.undo()
    write("now")


def _await(condition, within_s: float = 10) -> None:
    until = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.005)
