"""The operation log is a chain: what is changed, removed or moved in it shows."""

import pytest

from store.core import actors, clock
from store.core.database import db
from store.core.errors import DomainError
from store.tenants import audit
from store.tenants.audit import AuditChainHead, AuditEntry
from tests.support import database
from tests.support.races import with_barrier, without_index, without_write_queue


@pytest.fixture
def log(acme) -> list[int]:
    """Five acts in a row; returns their numbers."""
    return [audit.record("try", f"thing:{number}", after={"n": number}).id for number in range(5)]


def write_in_threads(number: int) -> int:
    return len(database.run_concurrently(8, lambda n: audit.record("try", f"thing:{number}-{n}")))


def test_an_unbroken_log_is_whole(log):
    assert audit.find_broken_link() is None


@pytest.mark.parametrize(
    "column",
    [
        {"action": "other"},
        {"actor": "unknown"},
        {"after": {"n": 7}},
        {"before": {}},
        {"subject": "x"},
        {"at": clock.now()},
    ],
)
def test_a_changed_row_is_found(log, column):
    AuditEntry.update(column).where(AuditEntry.id == log[2]).execute()
    assert audit.find_broken_link() == log[2]


def test_a_removed_row_is_found_by_the_one_after_it(log):
    AuditEntry.delete().where(AuditEntry.id == log[2]).execute()
    assert audit.find_broken_link() == log[3]


@pytest.mark.parametrize("count", [1, 5])
def test_a_removed_end_is_found(log, count):
    AuditEntry.delete().where(AuditEntry.id.in_(log[-count:])).execute()
    assert audit.find_broken_link() == 0


def test_a_removed_head_is_found(log):
    AuditChainHead.delete().execute()
    assert audit.find_broken_link() == 0


def test_rows_that_changed_places_are_found(log):
    for old, new in ((log[1], 10_000), (log[2], log[1]), (10_000, log[2])):
        AuditEntry.update(id=new).where(AuditEntry.id == old).execute()
    assert audit.find_broken_link() == log[1]


def test_a_row_put_between_is_found(log):
    AuditEntry.update(id=log[4] + 1).where(AuditEntry.id == log[4]).execute()
    row = AuditEntry.get_by_id(log[3])
    AuditEntry.insert({**row.__data__, "id": log[4], "chain_hash": "f" * 64}).execute()
    assert audit.find_broken_link() == log[4]


def test_writers_at_once_make_one_chain(process_group, verify_afterwards):
    assert sum(process_group.run_together(2, write_in_threads)) == 16
    assert AuditEntry.select().where(AuditEntry.action == "try").count() == 16
    assert audit.find_broken_link() is None


def test_without_the_lock_writers_break_the_chain(log, monkeypatch):
    monkeypatch.setattr(audit.db, "lock", lambda query: query)
    monkeypatch.setattr(audit, "_chain_hash", with_barrier(audit._chain_hash))
    with without_index("audit_entry_chain_hash"), without_write_queue():
        database.run_concurrently(2, lambda number: audit.record("try", f"thing:{number}"))
        monkeypatch.undo()
        assert audit.find_broken_link() is not None


@pytest.mark.parametrize(
    "facts",
    [
        None,
        {},
        {3: 5, 15: 40, 7: 15},
        {"at": clock.now()},
        [1, (2, 3)],
        "文字",
        {"n": 1.5, "deep": {"b": None, "a": True}},
    ],
)
def test_whatever_is_reported_the_chain_can_be_counted_again(acme, facts):
    audit.record("try", "thing", before=facts, after=facts)
    assert audit.find_broken_link() is None


def test_what_is_undone_is_not_in_the_log(acme):
    @db.transactional
    def refused() -> None:
        audit.record("try", "thing")
        raise DomainError("no", "不行")

    before = len(audit.list_entries(limit=1000))
    with pytest.raises(DomainError):
        refused()
    assert len(audit.list_entries(limit=1000)) == before
    assert audit.find_broken_link() is None


def test_the_log_names_who_did_it(acme):
    with actors.acting_as(actors.Actor(kind="staff", name="李店长", address="10.0.0.7")):
        row = audit.record("try", "thing")
    assert (row.actor_kind, row.actor, row.address) == ("staff", "李店长", "10.0.0.7")
    assert actors.current() == actors.SYSTEM


def test_the_log_is_read_page_by_page(log):
    first = audit.list_entries(limit=2)
    then = audit.list_entries(limit=2, before_id=first[-1].id)
    assert [row.id for row in first + then] == sorted(log, reverse=True)[:4]
