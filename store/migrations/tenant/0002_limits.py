"""Limits counted in the database."""

import peewee
from playhouse.migrate import SchemaMigrator

from store.kernel.migrations import run_script

SQLITE = """
CREATE TABLE "limit" ("id" INTEGER NOT NULL PRIMARY KEY, "name" VARCHAR(120) NOT NULL,
    "began_at" DATETIME NOT NULL, "taken" INTEGER NOT NULL);
CREATE UNIQUE INDEX "limit_name" ON "limit" ("name");
CREATE INDEX "limit_began_at" ON "limit" ("began_at");
"""

POSTGRESQL = """
CREATE TABLE "limit" ("id" BIGSERIAL NOT NULL PRIMARY KEY, "name" VARCHAR(120) NOT NULL,
    "began_at" TIMESTAMP NOT NULL, "taken" INTEGER NOT NULL);
CREATE UNIQUE INDEX "limit_name" ON "limit" ("name");
CREATE INDEX "limit_began_at" ON "limit" ("began_at");
"""


def up(migrator: SchemaMigrator, db: peewee.Database) -> None:
    run_script(db, sqlite=SQLITE, postgresql=POSTGRESQL)
