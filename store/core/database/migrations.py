"""Migrations: numbered scripts that run once each, in order."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import peewee
from playhouse.migrations import Runner

from store.core.database.group_commit import GroupCommitSqlite

FOLDER = Path(__file__).resolve().parents[2] / "migrations"


def migrate(database: peewee.Database, kind: str) -> list[str]:
    """Apply the pending migrations of `store/migrations/<kind>/` and return their names.

    `kind` is `registry` or `tenant`. Both databases run DDL in transactions, so an interrupted migration leaves
    nothing behind and runs again.
    """
    with _separate_connection(database) as alone:
        return Runner(alone, str(FOLDER / kind)).up()


def list_pending(database: peewee.Database, kind: str) -> list[str]:
    """Return the names of the migrations that `migrate` would apply."""
    return [
        migration.name for migration in Runner(database, str(FOLDER / kind)).status() if not migration.applied
    ]


def run_script(database: peewee.Database, *, sqlite: str, postgresql: str) -> None:
    """Execute the statements of a migration in the dialect of the database."""
    script = postgresql if isinstance(database, peewee.PostgresqlDatabase) else sqlite
    for statement in filter(None, (part.strip() for part in script.split(";\n"))):
        database.execute_sql(statement)


@contextmanager
def _separate_connection(database: peewee.Database) -> Iterator[peewee.Database]:
    """Yield a plain connection on SQLite, because playhouse switches foreign keys off on it.

    On the pooled database it would do so for the reading connection only.
    """
    if not isinstance(database, GroupCommitSqlite):
        yield database
        return
    alone = peewee.SqliteDatabase(
        database.database, timeout=10, lock_type="IMMEDIATE", pragmas={"foreign_keys": 1}
    )
    try:
        yield alone
    finally:
        alone.close()
