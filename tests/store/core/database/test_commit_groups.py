"""Writers that wait join the open transaction, and each gets its own result."""

import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import peewee
import pytest

from store.core.database import db, group_commit
from store.customers.customers import Source
from store.tenants import registry
from tests.store.core.database.test_group_commit import fill, full_disk, syncs, write
from tests.support import database

pytestmark = pytest.mark.usefixtures("acme", "sqlite_only")


class SimulatedError(Exception):
    """What a verb that changes its mind raises."""


@db.transactional
def write_and_raise(code: str) -> None:
    Source.create(code=code, name="来源")
    raise SimulatedError


def run_grouped(first: Callable[[], None], *others: Callable[[], None]) -> list[Future]:
    """Run `first`, and the others behind it in their order, all of them waiting before it is done."""
    begun, all_wait = threading.Event(), threading.Event()

    @db.transactional
    def leading() -> None:
        begun.set()
        assert all_wait.wait(10)
        first()

    def in_tenant(work: Callable[[], None]) -> None:
        with registry.use_tenant("acme"):
            work()

    queue = db.database.obj._queue
    with ThreadPoolExecutor(1 + len(others)) as pool:
        outcomes = [pool.submit(in_tenant, leading)]
        assert begun.wait(10)
        for number, work in enumerate(others, 1):
            outcomes.append(pool.submit(in_tenant, work))
            _await(lambda number=number: len(queue.waiting) == number)
        all_wait.set()
    return outcomes


def codes() -> list[str]:
    return [row.code for row in Source.select().order_by(Source.id)]


def errors(outcomes: list[Future]) -> list[type | None]:
    return [type(outcome.exception()) if outcome.exception() else None for outcome in outcomes]


@pytest.fixture
def commits(monkeypatch):
    """Grows by one with each commit."""
    real, made = group_commit.GroupCommitSqlite._commit_or_rollback, []
    monkeypatch.setattr(
        group_commit.GroupCommitSqlite, "_commit_or_rollback", lambda self: (made.append(1), real(self))
    )
    return made


def test_writers_that_wait_are_served_by_one_commit_and_one_fsync(commits, monkeypatch):
    with syncs(monkeypatch) as done:
        outcomes = run_grouped(*(lambda code=code: write(code) for code in "abcdef"))
    assert errors(outcomes) == [None] * 6
    assert codes() == list("abcdef")
    assert (len(commits), len(done)) == (1, 1)


def test_a_commit_group_has_a_size_limit(commits, monkeypatch):
    monkeypatch.setattr(group_commit, "MAX_GROUP_SIZE", 3)
    run_grouped(*(lambda code=code: write(code) for code in "abcdefg"))
    assert codes() == list("abcdefg")
    assert len(commits) == 3


def test_who_fails_loses_its_own_rows_only():
    works = [
        lambda: write("a"),
        lambda: write_and_raise("b"),
        lambda: write("c"),
        lambda: write_and_raise("d"),
    ]
    assert errors(run_grouped(*works)) == [None, SimulatedError, None, SimulatedError]
    assert codes() == ["a", "c"]


def test_control_without_the_savepoint_the_rows_of_who_failed_would_stay(monkeypatch):
    real = db.database.obj.execute_sql

    def without_routes(sql, *args):
        return None if sql.endswith("writer") else real(sql, *args)

    monkeypatch.setattr(db.database.obj, "execute_sql", without_routes)
    run_grouped(lambda: write("a"), lambda: write_and_raise("b"), lambda: write("c"))
    assert codes() == ["a", "b", "c"]


def test_when_the_first_fails_the_next_begins_anew():
    assert errors(run_grouped(lambda: write_and_raise("a"), lambda: write("b"))) == [SimulatedError, None]
    assert codes() == ["b"]


def test_a_unique_key_lost_within_a_commit_group_is_asked_again():
    @db.transactional
    def write_or_find(code: str) -> None:
        if Source.get_or_none(Source.code == code) is None:
            Source.create(code=code, name="来源")

    assert errors(run_grouped(*[lambda: write_or_find("same")] * 5)) == [None] * 5
    assert codes() == ["same"]


def test_what_follows_a_commit_waits_for_the_end_of_the_commit_group():
    seen = []

    @db.transactional
    def write_and_tell(code: str) -> None:
        write(code)
        db.after_commit(lambda: seen.append((code, _as_others_see_it())))

    def _as_others_see_it() -> list[str]:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(run_in_acme, codes).result(10)

    run_grouped(*(lambda code=code: write_and_tell(code) for code in "abc"))
    assert sorted(code for code, _ in seen) == ["a", "b", "c"]
    assert all(there == ["a", "b", "c"] for _, there in seen)


def test_a_commit_that_fails_is_reported_to_all_who_rode(monkeypatch):
    def broken(self):
        peewee.SqliteDatabase.rollback(self)
        raise peewee.OperationalError("disk I/O error")

    with monkeypatch.context() as patch:
        patch.setattr(group_commit.GroupCommitSqlite, "_commit_or_rollback", broken)
        outcomes = run_grouped(*(lambda code=code: write(code) for code in "abc"))
    assert errors(outcomes) == [peewee.OperationalError] * 3
    assert codes() == []
    write("after")
    assert codes() == ["after"]


def test_a_failed_fsync_is_reported_to_all_who_rode(monkeypatch):
    def broken(file):
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(group_commit.os, "fdatasync", broken)
        outcomes = run_grouped(*(lambda code=code: write(code) for code in "abc"))
    assert errors(outcomes) == [OSError] * 3


def test_a_disk_that_fills_up_undoes_the_commit_group_and_all_are_reported():
    with full_disk():
        outcomes = run_grouped(lambda: write("a"), lambda: write("b"), fill)
        assert [getattr(outcome.exception(), "code", None) for outcome in outcomes] == ["storage_full"] * 3
    assert codes() == []
    write("again")
    assert codes() == ["again"]


def test_who_has_lost_patience_is_given_no_seat(monkeypatch):
    """Its turn would come to no one, and the transaction would stay open for ever."""
    monkeypatch.setattr(db.database.obj, "_timeout_s", 0.2)
    late: list[BaseException] = []

    def out_of_patience() -> None:
        try:
            write("late")
        except Exception as error:  # what it was reported is checked below
            late.append(error)

    def slow() -> None:
        time.sleep(0.5)
        write("a")

    run_grouped(slow, out_of_patience)
    assert [getattr(error, "code", None) for error in late] == ["busy"]
    assert codes() == ["a"]
    assert not db.database.obj._queue.waiting
    write("b")
    assert codes() == ["a", "b"]


def test_a_thread_reads_on_its_own_connection_again_after_its_commit_group():
    own = db.database.connection()
    write("a")
    assert db.database.connection() is own
    with pytest.raises(SimulatedError):
        write_and_raise("b")
    assert db.database.connection() is own
    assert not own.in_transaction


def run_in_acme(work):
    with registry.use_tenant("acme"):
        return work()


def _await(condition: Callable[[], bool], within_s: float = 10) -> None:
    until = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.002)


def test_what_was_reported_to_be_done_is_there_after_a_kill(process_group, tmp_path):
    """Eight writers note each code when its commit has returned, until the process is killed among them."""
    notes = tmp_path / "notes"
    assert process_group.run_until_killed(_write_until_killed, str(notes))
    response = notes.read_text().split()
    assert len(response) >= 60
    assert set(response) <= set(codes())


def _write_until_killed(notes: str) -> None:
    file = os.open(notes, os.O_CREAT | os.O_APPEND | os.O_WRONLY)

    def many(hand: int) -> None:
        for again in range(100):
            write(f"{hand}-{again}")
            os.write(file, f"{hand}-{again}\n".encode())
            if os.fstat(file).st_size > 60 * len("0-00\n"):
                os.kill(os.getpid(), signal.SIGKILL)

    database.run_concurrently(8, many)
