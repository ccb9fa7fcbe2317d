"""Merges keep a journal of what they touch, and can be undone."""

import peewee
from playhouse.migrate import SchemaMigrator

from store.kernel.migrations import run_script

SQLITE = """
ALTER TABLE "merge" ADD COLUMN "steps" INTEGER;
ALTER TABLE "merge" ADD COLUMN "undone_at" DATETIME;
ALTER TABLE "merge" ADD COLUMN "undone_by" VARCHAR(100);
ALTER TABLE "merge" ADD COLUMN "undone_because" VARCHAR(200);
CREATE TABLE "merge_step" ("id" INTEGER NOT NULL PRIMARY KEY, "merge_id" INTEGER NOT NULL, "table_name" VARCHAR(60) NOT NULL, "row_id" INTEGER NOT NULL, "before" TEXT NOT NULL, "after" TEXT, FOREIGN KEY ("merge_id") REFERENCES "merge" ("id"));
CREATE INDEX "merge_step_merge_id_table_name" ON "merge_step" ("merge_id", "table_name");
"""

POSTGRESQL = """
ALTER TABLE "merge" ADD COLUMN "steps" INTEGER;
ALTER TABLE "merge" ADD COLUMN "undone_at" TIMESTAMP;
ALTER TABLE "merge" ADD COLUMN "undone_by" VARCHAR(100);
ALTER TABLE "merge" ADD COLUMN "undone_because" VARCHAR(200);
CREATE TABLE "merge_step" ("id" BIGSERIAL NOT NULL PRIMARY KEY, "merge_id" BIGINT NOT NULL, "table_name" VARCHAR(60) NOT NULL, "row_id" BIGINT NOT NULL, "before" TEXT NOT NULL, "after" TEXT, FOREIGN KEY ("merge_id") REFERENCES "merge" ("id"));
CREATE INDEX "merge_step_merge_id_table_name" ON "merge_step" ("merge_id", "table_name");
"""


def up(migrator: SchemaMigrator, db: peewee.Database) -> None:
    run_script(db, sqlite=SQLITE, postgresql=POSTGRESQL)
