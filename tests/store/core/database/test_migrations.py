"""A migrated database has the shape that the tables say; what was interrupted is run again."""

import re
import sqlite3

import peewee
import pytest

from store import layers
from store.core.database import db, migrations
from store.tenants import registry
from store.tenants.registry import AccountKey, Tenant


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


def fresh_schema(server_url: str) -> db.Database:
    server = db.connect(server_url)
    server.execute_sql("DROP SCHEMA IF EXISTS fresh CASCADE")
    server.execute_sql("CREATE SCHEMA fresh")
    server.close_all()
    return db.connect(server_url, schema="fresh")


def read_schema(handle: db.Database) -> dict[str, list]:
    """Tables, columns, checks and indexes as the database knows them."""
    if isinstance(handle, peewee.PostgresqlDatabase):
        return _postgresql_shape(handle)
    rows = handle.execute_sql(
        "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL"
    ).fetchall()
    return {name: _parts(re.sub(r"\s+", " ", sql)) for name, sql in rows if "migration" not in name}


def _parts(sql: str) -> list[str]:
    """A table's columns and constraints, in no order and without defaults; an index as it is.

    A column that came later is last in its table, and needed a default for the rows that were there;
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


def _postgresql_shape(handle: db.Database) -> dict[str, list]:
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
    migrated = read_schema(empty)
    models = layers.list_tables() if kind == "tenant" else [Tenant, AccountKey]
    empty.execute_sql("DROP SCHEMA fresh CASCADE; CREATE SCHEMA fresh") if server_url else None
    other = empty if server_url else db.connect(f"sqlite:///{tmp_path / 'models.db'}")
    for model in models:
        peewee.SchemaManager(model, database=other).create_all(safe=False)
    assert read_schema(other) == migrated
    assert len(migrated) >= len(models)
    other.close_all()


def test_the_comparison_would_notice_a_forgotten_column(empty):
    migrations.migrate(empty, "registry")
    before = read_schema(empty)
    empty.execute_sql("ALTER TABLE tenant ADD COLUMN forgotten TEXT")
    assert read_schema(empty) != before


def test_the_comparison_does_not_mind_where_a_column_is():
    early = 'CREATE TABLE "t" ("a" INTEGER NOT NULL, "b" TEXT NOT NULL, CHECK (a IN (1, 2)))'
    late = 'CREATE TABLE "t" ("b" TEXT NOT NULL, CHECK (a IN (1, 2)), "a" INTEGER NOT NULL DEFAULT 1)'
    assert _parts(early) == _parts(late)
    assert _parts(early) != _parts(early.replace("(1, 2)", "(1, 3)"))


def test_a_second_run_finds_nothing_to_do(empty):
    applied = migrations.migrate(empty, "tenant")
    assert applied[0] == "0001_initial"
    assert migrations.list_pending(empty, "tenant") == []
    before = read_schema(empty)
    assert migrations.migrate(empty, "tenant") == []
    assert read_schema(empty) == before


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
    assert read_schema(empty) == {}
    assert migrations.list_pending(empty, "tenant")[0] == "0001_initial"
    assert migrations.migrate(empty, "tenant")[0] == "0001_initial"


def test_a_tenant_that_is_up_to_date_needs_nothing(acme):
    assert registry.migrate_tenant("acme") == []


def test_the_file_of_a_tenant_is_in_one_piece(acme, two_tenants, database_kind):
    if database_kind == "sqlite":
        with sqlite3.connect(two_tenants / "tenants" / "acme.db") as file:
            assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        file.close()
    else:
        assert db.database.execute_sql("SELECT count(*) FROM customer").fetchone() == (0,)


def test_append_only_tables_are_guarded_in_the_database(acme):
    guarded = [model for model in layers.list_tables() if getattr(model._meta, "append_only", False)]
    assert guarded
    for model in guarded:
        table = model._meta.table_name
        sql = (
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal"
            if db.is_postgresql()
            else "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?"
        )
        assert db.database.execute_sql(sql, (table,)).fetchall(), table
