"""Processes take turns at SQLite's lock: a busy one does not come twice while another one waits."""

import threading
import time
from contextlib import contextmanager

import peewee
import pytest

from store.core.database import db, file_lock

pytestmark = pytest.mark.usefixtures("sqlite_only")


@pytest.fixture
def file(tmp_path):
    """The address of a database with a table of names."""
    address = f"sqlite:///{tmp_path / 'names.db'}"
    with connected(address) as handle:
        handle.execute_sql("CREATE TABLE name (id INTEGER PRIMARY KEY, name TEXT)")
    return address


@contextmanager
def connected(address):
    """A handle of its own, as another process has one."""
    handle = db.connect(address, timeout_s=2)
    with handle.connection_context():
        yield handle
    handle.close_all()


def write(handle, name: str) -> None:
    handle.execute_sql("INSERT INTO name (name) VALUES (?)", (name,))


def write_order(file, monkeypatch) -> str:
    """Who wrote in which order, when `b` comes while the first of four `a` writes and checks again seldom."""
    monkeypatch.setattr(file_lock, "POLL_INTERVAL_S", 0.2)
    waits = threading.Event()

    def another() -> None:
        with connected(file) as handle:
            waits.set()
            with handle.atomic():
                write(handle, "b")

    with connected(file) as handle:
        thread = threading.Thread(target=another)
        for number in range(4):
            with handle.atomic():
                write(handle, "a")
                if number == 0:
                    thread.start()
                    assert waits.wait(5)
                    time.sleep(0.1)  # it has looked once and naps
        thread.join()
        return "".join(name for (name,) in handle.execute_sql("SELECT name FROM name ORDER BY id"))


def test_who_waits_comes_before_who_has_just_written(file, monkeypatch):
    assert write_order(file, monkeypatch) == "abaaa"


def test_control_without_the_file_lock_the_busy_one_comes_again_and_again(file, monkeypatch):
    @contextmanager
    def no_one_is_kept(self, until):
        yield

    monkeypatch.setattr(file_lock.FileLock, "hold", no_one_is_kept)
    assert write_order(file, monkeypatch).startswith("aa")


def test_who_finds_the_file_lock_taken_for_too_long_is_reported_and_may_come_again(file):
    with connected(file) as handle, connected(file) as other:
        with other._file_lock.hold(0), pytest.raises(peewee.OperationalError, match="locked"):
            handle.begin()
        with handle.atomic():
            write(handle, "a")
