"""What the nights did, whom they reminded, and what lets them find their work."""

import peewee
from playhouse.migrate import SchemaMigrator

from store.kernel.migrations import run_script

SQLITE = """
CREATE TABLE "night_step" ("id" INTEGER NOT NULL PRIMARY KEY, "day" DATE NOT NULL, "step" VARCHAR(20) NOT NULL CHECK (step IN ('activate', 'expire', 'tiers', 'coupons', 'reminders')), "state" VARCHAR(10) NOT NULL CHECK (state IN ('running', 'done', 'failed')), "count" INTEGER NOT NULL, "started_at" DATETIME NOT NULL, "finished_at" DATETIME, "error" TEXT);
CREATE UNIQUE INDEX "night_step_day_step" ON "night_step" ("day", "step");
CREATE TABLE "reminder" ("id" INTEGER NOT NULL PRIMARY KEY, "member_id" INTEGER NOT NULL, "kind" VARCHAR(20) NOT NULL CHECK (kind IN ('points.activated', 'points.ending_soon', 'coupons.ending_soon')), "group_id" INTEGER NOT NULL, "day" DATE NOT NULL, "days_ahead" INTEGER NOT NULL, "count" INTEGER NOT NULL CHECK ("count" > 0), "at" DATETIME NOT NULL, FOREIGN KEY ("member_id") REFERENCES "member" ("id"));
CREATE UNIQUE INDEX "reminder_member_id_kind_group_id_day_days_ahead" ON "reminder" ("member_id", "kind", "group_id", "day", "days_ahead");
CREATE INDEX "point_entry_later" ON "point_entry" ("effective_at") WHERE effective_at > at;
DROP INDEX "tier_record_valid_until";
CREATE INDEX "tier_record_ending" ON "tier_record" ("valid_until", "id") WHERE ended_at IS NULL AND valid_until IS NOT NULL;
"""

POSTGRESQL = """
CREATE TABLE "night_step" ("id" BIGSERIAL NOT NULL PRIMARY KEY, "day" DATE NOT NULL, "step" VARCHAR(20) NOT NULL CHECK (step IN ('activate', 'expire', 'tiers', 'coupons', 'reminders')), "state" VARCHAR(10) NOT NULL CHECK (state IN ('running', 'done', 'failed')), "count" BIGINT NOT NULL, "started_at" TIMESTAMP NOT NULL, "finished_at" TIMESTAMP, "error" TEXT);
CREATE UNIQUE INDEX "night_step_day_step" ON "night_step" ("day", "step");
CREATE TABLE "reminder" ("id" BIGSERIAL NOT NULL PRIMARY KEY, "member_id" BIGINT NOT NULL, "kind" VARCHAR(20) NOT NULL CHECK (kind IN ('points.activated', 'points.ending_soon', 'coupons.ending_soon')), "group_id" BIGINT NOT NULL, "day" DATE NOT NULL, "days_ahead" INTEGER NOT NULL, "count" BIGINT NOT NULL CHECK ("count" > 0), "at" TIMESTAMP NOT NULL, FOREIGN KEY ("member_id") REFERENCES "member" ("id"));
CREATE UNIQUE INDEX "reminder_member_id_kind_group_id_day_days_ahead" ON "reminder" ("member_id", "kind", "group_id", "day", "days_ahead");
CREATE INDEX "point_entry_later" ON "point_entry" ("effective_at") WHERE effective_at > at;
DROP INDEX "tier_record_valid_until";
CREATE INDEX "tier_record_ending" ON "tier_record" ("valid_until", "id") WHERE ended_at IS NULL AND valid_until IS NOT NULL;
"""


def up(migrator: SchemaMigrator, db: peewee.Database) -> None:
    run_script(db, sqlite=SQLITE, postgresql=POSTGRESQL)
