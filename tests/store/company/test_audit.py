"""The operation log is a chain: what is changed, removed or moved in it shows."""

import pytest

from store.company import audit
from store.company.audit import Operation, OperationHead
from store.kernel import actors, clock, db
from store.kernel.refusals import Refused
from tests import world
from tests.store.races import meeting, without_index, without_turns


@pytest.fixture
def log(acme) -> list[int]:
    """Five acts in a row; returns their numbers."""
    return [audit.record("try", f"thing:{number}", after={"n": number}).id for number in range(5)]


def of_threads(number: int) -> int:
    return len(world.at_once(8, lambda n: audit.record("try", f"thing:{number}-{n}")))


def test_an_unbroken_log_is_whole(log):
    assert audit.first_break() is None


@pytest.mark.parametrize(
    "column",
    [
        {"verb": "other"},
        {"actor": "nobody"},
        {"after": {"n": 7}},
        {"before": {}},
        {"subject": "x"},
        {"at": clock.now()},
    ],
)
def test_a_changed_row_is_found(log, column):
    Operation.update(column).where(Operation.id == log[2]).execute()
    assert audit.first_break() == log[2]


def test_a_removed_row_is_found_by_the_one_after_it(log):
    Operation.delete().where(Operation.id == log[2]).execute()
    assert audit.first_break() == log[3]


@pytest.mark.parametrize("count", [1, 5])
def test_a_removed_end_is_found(log, count):
    Operation.delete().where(Operation.id.in_(log[-count:])).execute()
    assert audit.first_break() == 0


def test_a_removed_head_is_found(log):
    OperationHead.delete().execute()
    assert audit.first_break() == 0


def test_rows_that_changed_places_are_found(log):
    for old, new in ((log[1], 10_000), (log[2], log[1]), (10_000, log[2])):
        Operation.update(id=new).where(Operation.id == old).execute()
    assert audit.first_break() == log[1]


def test_a_row_put_between_is_found(log):
    Operation.update(id=log[4] + 1).where(Operation.id == log[4]).execute()
    row = Operation.get_by_id(log[3])
    Operation.insert({**row.__data__, "id": log[4], "seal": "f" * 64}).execute()
    assert audit.first_break() == log[4]


def test_writers_at_once_make_one_chain(house, sound):
    assert sum(house.together(2, of_threads)) == 16
    assert Operation.select().where(Operation.verb == "try").count() == 16
    assert audit.first_break() is None


def test_without_the_lock_writers_break_the_chain(log, monkeypatch):
    monkeypatch.setattr(audit.db, "lock", lambda query: query)
    monkeypatch.setattr(audit, "_seal", meeting(audit._seal))
    with without_index("operation_seal"), without_turns():
        world.at_once(2, lambda number: audit.record("try", f"thing:{number}"))
        monkeypatch.undo()
        assert audit.first_break() is not None


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
def test_whatever_is_told_the_chain_can_be_counted_again(acme, facts):
    audit.record("try", "thing", before=facts, after=facts)
    assert audit.first_break() is None


def test_what_is_undone_is_not_in_the_log(acme):
    @db.verb
    def refused() -> None:
        audit.record("try", "thing")
        raise Refused("no", "不行")

    before = len(audit.listing(limit=1000))
    with pytest.raises(Refused):
        refused()
    assert len(audit.listing(limit=1000)) == before
    assert audit.first_break() is None


def test_the_log_names_who_did_it(acme):
    with actors.acting(actors.Actor(kind="staff", name="李店长", address="10.0.0.7")):
        row = audit.record("try", "thing")
    assert (row.actor_kind, row.actor, row.address) == ("staff", "李店长", "10.0.0.7")
    assert actors.current() == actors.SYSTEM


def test_the_log_is_read_page_by_page(log):
    first = audit.listing(limit=2)
    then = audit.listing(limit=2, before_id=first[-1].id)
    assert [row.id for row in first + then] == sorted(log, reverse=True)[:4]
