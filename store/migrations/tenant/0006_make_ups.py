"""Which missed days members filled."""

import peewee
from playhouse.migrate import SchemaMigrator

from store.kernel.migrations import run_script

SQLITE = """
CREATE TABLE "make_up" ("id" INTEGER NOT NULL PRIMARY KEY, "member_id" INTEGER NOT NULL, "day" DATE NOT NULL, "price" INTEGER NOT NULL CHECK (price >= 0), "at" DATETIME NOT NULL, FOREIGN KEY ("member_id") REFERENCES "member" ("id"));
CREATE UNIQUE INDEX "make_up_member_id_day" ON "make_up" ("member_id", "day");
"""

POSTGRESQL = """
CREATE TABLE "make_up" ("id" BIGSERIAL NOT NULL PRIMARY KEY, "member_id" BIGINT NOT NULL, "day" DATE NOT NULL, "price" INTEGER NOT NULL CHECK (price >= 0), "at" TIMESTAMP NOT NULL, FOREIGN KEY ("member_id") REFERENCES "member" ("id"));
CREATE UNIQUE INDEX "make_up_member_id_day" ON "make_up" ("member_id", "day");
"""


def up(migrator: SchemaMigrator, db: peewee.Database) -> None:
    run_script(db, sqlite=SQLITE, postgresql=POSTGRESQL)
