"""On SQLite the number of a deleted row is not given to another one any more, as it never was on PostgreSQL.

Journals from before may name rows by numbers that were given twice, so the merges of that time stay as they are.
"""

import peewee
from playhouse.migrate import SchemaMigrator

AS_IT_WAS = '"id" INTEGER NOT NULL PRIMARY KEY'
TABLES = "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND instr(sql, ?) AND name <> 'schema_migration'"
ON_IT = (
    "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND type IN ('index', 'trigger') AND sql IS NOT NULL"
)


def up(migrator: SchemaMigrator, db: peewee.Database) -> None:
    if isinstance(db, peewee.PostgresqlDatabase):
        return
    db.execute_sql('UPDATE "merge" SET "steps" = NULL WHERE "undone_at" IS NULL')
    db.execute_sql('DELETE FROM "merge_step"')
    _write_anew(db)


def _write_anew(db: peewee.Database) -> None:
    """Table by table; foreign keys are not looked at meanwhile, and keep naming it."""
    db.execute_sql("PRAGMA legacy_alter_table = ON")
    for name, sql in db.execute_sql(TABLES, (AS_IT_WAS,)).fetchall():
        beside = [text for (text,) in db.execute_sql(ON_IT, (name,))]
        anew = sql.replace(AS_IT_WAS, f"{AS_IT_WAS} AUTOINCREMENT").replace(f'"{name}"', '"anew"', 1)
        db.execute_sql(anew)
        db.execute_sql(f'INSERT INTO "anew" SELECT * FROM "{name}"')  # noqa: S608 - names from the database
        db.execute_sql(f'DROP TABLE "{name}"')
        db.execute_sql(f'ALTER TABLE "anew" RENAME TO "{name}"')
        for text in beside:
            db.execute_sql(text)
    broken = db.execute_sql("PRAGMA foreign_key_check").fetchall()
    assert not broken, f"rows name others that are not there: {broken[:5]}"
    db.execute_sql("PRAGMA legacy_alter_table = OFF")
