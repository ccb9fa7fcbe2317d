"""Bringing a database to the present shape: numbered scripts, run once each, in order."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import peewee
from playhouse.migrations import Runner

from store.core.database.group_commit import GroupCommitSqlite

FOLDER = Path(__file__).resolve().parents[2] / "migrations"


def migrate(database: peewee.Database, kind: str) -> list[str]:
    """Apply what is missing of `store/migrations/<kind>/`; returns the names applied.

    `kind` is `registry` or `tenant`. SQLite and PostgreSQL both run DDL in transactions,
    so an interrupted migration leaves nothing behind and is run again.
    """
    with _separate_connection(database) as alone:
        return Runner(alone, str(FOLDER / kind)).up()


def list_pending(database: peewee.Database, kind: str) -> list[str]:
    """The names that `migrate` would apply."""
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
    """On SQLite a plain connection: playhouse stops looking at foreign keys on the one it is given.

    On ours it would do so for the reader, while the writer that all share goes on looking.
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
