"""The first shape of the registry database."""

import peewee
from playhouse.migrate import SchemaMigrator

from store.core.database.migrations import run_script

SQLITE = """
CREATE TABLE "tenant" ("id" INTEGER NOT NULL PRIMARY KEY, "slug" VARCHAR(30) NOT NULL, "name" VARCHAR(100) NOT NULL, "database_url" TEXT NOT NULL, "created_at" DATETIME NOT NULL);
CREATE UNIQUE INDEX "tenant_slug" ON "tenant" ("slug");
CREATE TABLE "account_key" ("id" INTEGER NOT NULL PRIMARY KEY, "key" VARCHAR(40) NOT NULL, "tenant_id" INTEGER NOT NULL, "kind" VARCHAR(30) NOT NULL, FOREIGN KEY ("tenant_id") REFERENCES "tenant" ("id") ON DELETE CASCADE);
CREATE UNIQUE INDEX "account_key_key" ON "account_key" ("key");
CREATE INDEX "account_key_tenant_id" ON "account_key" ("tenant_id");
"""

POSTGRESQL = """
CREATE TABLE "tenant" ("id" BIGSERIAL NOT NULL PRIMARY KEY, "slug" VARCHAR(30) NOT NULL, "name" VARCHAR(100) NOT NULL, "database_url" TEXT NOT NULL, "created_at" TIMESTAMP NOT NULL);
CREATE UNIQUE INDEX "tenant_slug" ON "tenant" ("slug");
CREATE TABLE "account_key" ("id" BIGSERIAL NOT NULL PRIMARY KEY, "key" VARCHAR(40) NOT NULL, "tenant_id" BIGINT NOT NULL, "kind" VARCHAR(30) NOT NULL, FOREIGN KEY ("tenant_id") REFERENCES "tenant" ("id") ON DELETE CASCADE);
CREATE UNIQUE INDEX "account_key_key" ON "account_key" ("key");
CREATE INDEX "account_key_tenant_id" ON "account_key" ("tenant_id");
"""


def up(migrator: SchemaMigrator, db: peewee.Database) -> None:
    run_script(db, sqlite=SQLITE, postgresql=POSTGRESQL)
