"""A migrated database has the shape that the tables say; what was interrupted is run again."""

import re
import sqlite3

import peewee
import pytest
from playhouse.migrations import Runner

from store import wings
from store.company import tenants
from store.company.tenants import AccountKey, Tenant
from store.kernel import db, migrations


@pytest.fixture
def empty(tmp_path, server_url):
    """A database without any table."""
    handle = (
        db.connect(f"sqlite:///{tmp_path / 'empty.db'}") if server_url is None else fresh_schema(server_url)
    )
    handle.connect()
    yield handle
    if server_url is not None:
        handle.execute_sql("DROP SCHEMA fresh CASCADE")
    handle.close_all()


def fresh_schema(server_url: str) -> db.Handle:
    server = db.connect(server_url)
    server.execute_sql("DROP SCHEMA IF EXISTS fresh CASCADE")
    server.execute_sql("CREATE SCHEMA fresh")
    server.close_all()
    return db.connect(server_url, schema="fresh")


def shape(handle: db.Handle) -> dict[str, list]:
    """Tables, columns, checks and indexes as the database knows them."""
    if isinstance(handle, peewee.PostgresqlDatabase):
        return _postgresql_shape(handle)
    rows = handle.execute_sql(
        "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL"
    ).fetchall()
    return {name: _parts(re.sub(r"\s+", " ", sql)) for name, sql in rows if "migration" not in name}


def _parts(sql: str) -> list[str]:
    """A table's columns and constraints, in no order and without defaults; an index as it is.

    A column that came later stands last in its table, and needed a default for the rows that were there;
    the tables themselves write every value.
    """
    head, _, body = sql.partition("(")
    if not head.startswith("CREATE TABLE"):
        return [sql]
    parts, depth = [""], 0
    for letter in body.rstrip()[:-1]:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [head.strip(), *sorted(re.sub(r" DEFAULT ('[^']*'|\S+)", "", part.strip()) for part in parts)]


def _postgresql_shape(handle: db.Handle) -> dict[str, list]:
    here = "table_schema = current_schema()"
    columns = handle.execute_sql(
        "SELECT table_name, column_name, data_type, is_nullable, character_maximum_length, column_default "
        f"FROM information_schema.columns WHERE {here} ORDER BY 1, 2"
    ).fetchall()
    indexes = handle.execute_sql(
        "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 2"
    ).fetchall()
    checks = handle.execute_sql(
        "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE connamespace = current_schema()::regnamespace ORDER BY 1, 2"
    ).fetchall()
    found: dict[str, list] = {}
    for table, *facts in [*columns, *indexes, *checks]:
        if "migration" not in table:
            found.setdefault(table, []).append(tuple(facts))
    return found


@pytest.mark.parametrize("kind", ["tenant", "registry"])
def test_the_migrated_shape_is_what_the_tables_say(kind, empty, server_url, tmp_path):
    migrations.migrate(empty, kind)
    migrated = shape(empty)
    models = wings.tables() if kind == "tenant" else [Tenant, AccountKey]
    empty.execute_sql("DROP SCHEMA fresh CASCADE; CREATE SCHEMA fresh") if server_url else None
    other = empty if server_url else db.connect(f"sqlite:///{tmp_path / 'models.db'}")
    for model in models:
        peewee.SchemaManager(model, database=other).create_all(safe=False)
    assert shape(other) == migrated
    assert len(migrated) >= len(models)
    other.close_all()


def test_the_comparison_would_notice_a_forgotten_column(empty):
    migrations.migrate(empty, "registry")
    before = shape(empty)
    empty.execute_sql("ALTER TABLE tenant ADD COLUMN forgotten TEXT")
    assert shape(empty) != before


def test_the_comparison_does_not_mind_where_a_column_stands():
    early = 'CREATE TABLE "t" ("a" INTEGER NOT NULL, "b" TEXT NOT NULL, CHECK (a IN (1, 2)))'
    late = 'CREATE TABLE "t" ("b" TEXT NOT NULL, CHECK (a IN (1, 2)), "a" INTEGER NOT NULL DEFAULT 1)'
    assert _parts(early) == _parts(late)
    assert _parts(early) != _parts(early.replace("(1, 2)", "(1, 3)"))


def test_a_second_run_finds_nothing_to_do(empty):
    applied = migrations.migrate(empty, "tenant")
    assert applied[0] == "0001_house"
    assert migrations.pending(empty, "tenant") == []
    before = shape(empty)
    assert migrations.migrate(empty, "tenant") == []
    assert shape(empty) == before


def test_an_interrupted_migration_leaves_nothing_and_is_run_again(empty, monkeypatch):
    class PowerCut(Exception):
        pass

    real, left = peewee.Database.execute_sql, [20]

    def cut_short(handle, sql, *args, **kwargs):
        left[0] -= 1
        if left[0] == 0:
            raise PowerCut
        return real(handle, sql, *args, **kwargs)

    monkeypatch.setattr(peewee.Database, "execute_sql", cut_short)
    with pytest.raises(PowerCut):
        migrations.migrate(empty, "tenant")
    monkeypatch.undo()
    assert shape(empty) == {}
    assert migrations.pending(empty, "tenant")[0] == "0001_house"
    assert migrations.migrate(empty, "tenant")[0] == "0001_house"


ROWS_OF_OLD = """
INSERT INTO customer (id, public_id, source, created_at, is_staff, is_test, marketing_consent)
VALUES (1, 'a', 'test', '2026-01-01', 0, 0, 0), (2, 'b', 'test', '2026-01-01', 0, 0, 0);
UPDATE customer SET merged_into_id = 1 WHERE id = 2;
INSERT INTO favourite (id, customer_id, kind, target_id, at) VALUES (5, 1, 'shop', 1, '2026-01-01');
INSERT INTO merge (id, survivor_id, lost_id, proof, moved, at, steps) VALUES (1, 1, 2, 'test', '{}', '2026-01-01', 1);
INSERT INTO merge_step (merge_id, table_name, row_id, before) VALUES (1, 'favourite', 6, '{}')
"""


def test_rows_of_old_keep_their_numbers_and_those_of_deleted_ones_are_not_given_again(tmp_path):
    """On SQLite, whose tables are written anew for it; what journals of old say about numbers is forgotten."""
    handle = db.connect(f"sqlite:///{tmp_path / 'old.db'}")
    handle.connect()
    plain = peewee.SqliteDatabase(handle.database)
    Runner(plain, str(migrations.FOLDER / "tenant")).up("0006_make_ups")
    for statement in ROWS_OF_OLD.split(";"):
        plain.execute_sql(statement)
    plain.close()
    assert migrations.migrate(handle, "tenant") == ["0007_numbers"]
    assert handle.execute_sql("SELECT id, merged_into_id FROM customer").fetchall() == [(1, None), (2, 1)]
    assert handle.execute_sql("SELECT steps FROM merge").fetchall() == [(None,)]
    assert handle.execute_sql("SELECT COUNT(*) FROM merge_step").fetchone() == (0,)
    handle.execute_sql("DELETE FROM favourite WHERE id = 5")
    again = "INSERT INTO favourite (customer_id, kind, target_id, at) VALUES (1, 'shop', 2, '2026-01-02')"
    assert handle.execute_sql(again).lastrowid == 6
    with pytest.raises(peewee.IntegrityError):
        handle.execute_sql("DELETE FROM customer WHERE id = 1")
    handle.close_all()


def test_a_company_that_is_up_to_date_needs_nothing(acme):
    assert tenants.migrate("acme") == []


def test_the_file_of_a_company_is_in_one_piece(acme, companies, database_kind):
    if database_kind == "sqlite":
        with sqlite3.connect(companies / "tenants" / "acme.db") as file:
            assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        file.close()
    else:
        assert db.database.execute_sql("SELECT count(*) FROM customer").fetchone() == (0,)


def test_append_only_tables_are_guarded_in_the_database(acme):
    guarded = [model for model in wings.tables() if getattr(model._meta, "append_only", False)]
    assert guarded
    for model in guarded:
        table = model._meta.table_name
        sql = (
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal"
            if db.on_postgresql()
            else "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?"
        )
        assert db.database.execute_sql(sql, (table,)).fetchall(), table
