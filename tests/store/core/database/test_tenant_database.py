"""A verb is one transaction: it joins the one around it, asks again where that helps, and never forgets the tenant."""

import threading

import peewee
import pytest

from store.core.database import db
from store.core.errors import DomainError
from store.customers.customers import Customer, Source
from store.tenants import registry
from tests.support import database


@db.transactional
def add(code: str) -> Source:
    return Source.create(code=code, name="来源")


def test_with_no_current_tenant_nothing_can_be_asked(two_tenants):
    with pytest.raises(db.NoTenantError):
        Source.select().count()
    with pytest.raises(db.NoTenantError):
        add("h5")
    with pytest.raises(db.NoTenantError):
        db.current_tenant()


def test_the_current_tenant_is_the_one_that_is_asked(acme):
    add("h5")
    with registry.use_tenant("rival"):
        assert Source.select().count() == 0
        assert db.current_tenant() == "rival"
    assert Source.select().count() == 1
    assert db.current_tenant() == "acme"


def test_a_thread_has_no_tenant_until_it_takes_one(acme):
    seen = []

    def look() -> None:
        try:
            Source.select().count()
        except db.NoTenantError:
            seen.append("none")

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == ["none"]


def test_inner_verbs_are_undone_with_the_outer_one(acme):
    @db.transactional
    def outer() -> None:
        add("inner")
        raise DomainError("no", "不行")

    with pytest.raises(DomainError):
        outer()
    assert Source.select().count() == 0


def test_a_part_that_fails_is_undone_alone_also_within_another(acme):
    def fails() -> None:
        with db.savepoint():
            add("undone")
            raise DomainError("no", "不行")

    @db.transactional
    def outer() -> None:
        add("before")
        with db.savepoint():
            add("kept")
            with pytest.raises(DomainError):
                fails()
            add("after")

    outer()
    assert [row.code for row in Source.select().order_by(Source.id)] == ["before", "kept", "after"]


def test_inner_verbs_are_not_kept_before_the_outer_one_is(acme):
    seen = []

    @db.transactional
    def outer() -> None:
        add("inner")
        seen.extend(database.run_concurrently(1, lambda number: Source.select().count()))

    outer()
    assert seen == [0]
    assert Source.select().count() == 1


def test_consequences_follow_the_commit_of_the_outer_verb(acme):
    result = []

    @db.transactional
    def inner() -> None:
        db.after_commit(lambda: result.append(Source.select().count()))

    @db.transactional
    def outer() -> None:
        inner()
        add("one")
        assert result == []

    outer()
    assert result == [1]


def test_nothing_follows_from_what_was_undone(acme):
    result = []

    @db.transactional
    def undone() -> None:
        db.after_commit(lambda: result.append("undone"))
        raise DomainError("no", "不行")

    with pytest.raises(DomainError):
        undone()
    add("next")
    assert result == []


def test_the_duplicate_of_a_unique_key_sees_the_winner(acme):
    gate, runs = threading.Barrier(2), []

    @db.transactional
    def of_code(code: str) -> int:
        found = Source.find(code=code)
        runs.append(found)
        if found is None and len(runs) <= 2 and db.is_postgresql():
            gate.wait(5)  # on SQLite the second cannot even look before the first is through
        return (found or Source.create(code=code, name="来源")).id

    assert len(set(database.run_concurrently(2, lambda number: of_code("h5")))) == 1
    assert Source.select().count() == 1
    assert [run for run in runs if run is not None], "one of them found the other's row"


def test_a_key_that_stays_taken_is_an_error_in_the_end(acme):
    add("h5")
    with pytest.raises(peewee.IntegrityError):
        add("h5")


@pytest.mark.parametrize("wrong", ["reference", "check", "null"])
def test_other_broken_constraints_are_not_asked_again(acme, wrong):
    runs = []

    @db.transactional
    def broken() -> None:
        runs.append(1)
        if wrong == "reference":
            Customer.create(source="unique", merged_into=987654)
        elif wrong == "check":
            db.database.execute_sql(
                "INSERT INTO scheduled_job (name, every_s, next_at) VALUES ('unique', 0, '2026-01-01')"
            )
        else:
            db.database.execute_sql("INSERT INTO source (code) VALUES ('unique')")

    with pytest.raises(peewee.IntegrityError):
        broken()
    assert runs == [1]


def test_a_deadlock_is_asked_again_and_both_get_through(acme):
    left, right = add("left"), add("right")
    gate, runs = threading.Barrier(2), []

    @db.transactional
    def both(first: Source, second: Source) -> None:
        runs.append(1)
        db.lock(Source.select().where(Source.id == first.id)).get()
        if len(runs) <= 2 and db.is_postgresql():
            gate.wait(5)
        db.lock(Source.select().where(Source.id == second.id)).get()
        Source.update(name=Source.name.concat("+")).execute()

    assert database.run_concurrently(2, lambda n: both(*((left, right) if n else (right, left)))) == [
        None,
        None,
    ]
    assert {row.name for row in Source.select()} == {"来源++"}
    # On a slow machine the server may end both transactions, and both run again.
    assert len(runs) in ((3, 4) if db.is_postgresql() else (2,))


def test_a_lock_that_is_never_given_back_is_refused_as_busy(acme):
    if not db.is_postgresql():
        pytest.skip("see test_sqlite")
    row, taken, done = add("h5"), threading.Event(), threading.Event()

    @db.transactional
    def hold(number: int) -> None:
        db.lock(Source.select().where(Source.id == row.id)).get()
        taken.set()
        done.wait(20)

    @db.transactional
    def want(number: int) -> None:
        db.database.execute_sql("SET LOCAL lock_timeout = '200ms'")
        db.lock(Source.select().where(Source.id == row.id)).get()

    def one(number: int) -> None:
        if number == 0:
            hold(number)
            return
        taken.wait(5)
        try:
            want(number)
        finally:
            done.set()

    outcome = database.run_concurrently(2, one)[1]
    assert isinstance(outcome, DomainError)
    assert (outcome.code, outcome.status) == ("busy", 503)


def test_a_server_whose_disk_is_full_rejects_and_nothing_is_changed(acme):
    if not db.is_postgresql():
        pytest.skip("see test_sqlite")

    @db.transactional
    def write() -> None:
        add("lost")
        db.database.execute_sql(
            "DO $$ BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = '53100'; END $$"
        )

    with pytest.raises(DomainError) as refused:
        write()
    assert (refused.value.code, refused.value.status) == ("storage_full", 503)
    assert Source.select().count() == 0
    add("again")


def test_a_application_without_a_free_connection_is_busy(acme, monkeypatch):
    monkeypatch.setattr(db.database.obj, "_max_connections", 1)
    monkeypatch.setattr(db.database.obj, "_wait_timeout", 0.05)
    handle, outcome = db.database.obj, []
    handle.close_idle()

    def visit() -> None:
        try:
            with db.use_database("acme", handle):
                outcome.append("in")
        except DomainError as refused:
            outcome.append(refused.code)

    thread = threading.Thread(target=visit)
    thread.start()
    thread.join()
    assert outcome == ["busy"]


def test_one_at_a_time_passes_a_queue(acme):
    inside, most = [], []

    @db.transactional
    def pass_by(number: int) -> None:
        db.advisory_lock("the till")
        inside.append(number)
        most.append(len(inside))
        Source.select().count()
        inside.remove(number)

    database.run_concurrently(8, pass_by)
    assert most == [1] * 8


def test_queues_of_other_names_and_tenants_are_others(acme):
    @db.transactional
    def inner() -> list:
        db.advisory_lock("the till")
        return database.run_concurrently(1, lambda number: elsewhere())

    @db.transactional
    def elsewhere() -> str:
        db.advisory_lock("another till")
        return "passed"

    if db.is_postgresql():
        assert inner() == ["passed"]
