"""The whole verification of a tenant of 25,000 members takes seconds."""

import time

import pytest

from bench import expiry as bench_expiry
from bench.tenant import open_tenant
from store import daily_close
from store.core import encryption, events
from store.core.database import db
from store.integrity import verifier
from store.tenants import registry
from tests.conftest import KEYS
from tests.support import database

MEMBERS, ORDERS, EVENTS = 25_000, 70_000, 220_000
MAX_SECONDS = 15.0

ROWS = """
INSERT INTO purchase (member_id, order_number, paid_fen, returned_fen, at)
SELECT 1 + value % {members}, 'o-' || value, 1000, 0, '2026-01-01 00:00:00+00:00' FROM generate_series_{orders};
INSERT INTO event (kind, at, customer_id, member_id, properties)
SELECT CASE value % 3 WHEN 0 THEN 'followers.followed' WHEN 1 THEN 'check_ins.done' ELSE 'orders.paid' END,
  strftime('%Y-%m-%d %H:%M:%S+00:00', 'now', '-2 days'), 1 + value % {members}, 1 + value % {members}, '{{}}'
FROM generate_series_{events}
"""


@pytest.mark.deep
def test_a01_verification_of_a_large_tenant_takes_seconds(two_tenants, tmp_path, monkeypatch, server_url):
    if server_url is not None:
        pytest.skip("the target is for SQLite")
    monkeypatch.setattr(bench_expiry, "MEMBERS", MEMBERS)
    monkeypatch.setattr(bench_expiry, "LOTS_EACH", 3)
    try:
        with open_tenant(f"sqlite:///{tmp_path / 'registry.db'}", tmp_path):
            bench_expiry._insert_members()
            _insert_orders_and_events()
            database.install_subscriptions()
            _insert_deliveries()
            _close_open_days()
            _ensure_fast_checks()
    finally:  # the tests that follow in this process need their own tenants and keys
        registry.close_all()
        events.subscribe({})
        encryption.load_keys(KEYS)
        registry.open_registry(f"sqlite:///{two_tenants / 'registry.db'}", two_tenants / "tenants")


def _insert_orders_and_events() -> None:
    for statement in ROWS.split(";\n"):
        sql = statement.format(members=MEMBERS, orders="orders", events="events")
        for name, count in (("orders", ORDERS), ("events", EVENTS)):
            sql = sql.replace(
                f"generate_series_{name}",
                f"(WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < {count}) "
                "SELECT value FROM n)",
            )
        db.database.execute_sql(sql)


def _insert_deliveries() -> None:
    for kind, names in events.subscriber_names_by_kind().items():
        for name in names:
            db.database.execute_sql(
                "INSERT INTO event_delivery (event_id, subscriber, state, due_at, attempts, done_at) "
                "SELECT id, ?, 'done', at, 1, at FROM event WHERE kind = ?",
                (name, kind),
            )


def _close_open_days() -> None:
    while daily_close.close_open_days():
        pass


def _ensure_fast_checks() -> None:
    seconds = {}
    for check in verifier.CHECKS:
        began = time.monotonic()
        list(check.list_violations())
        seconds[check.name] = time.monotonic() - began
    slowest = sorted(seconds.items(), key=lambda item: -item[1])[:8]
    assert sum(seconds.values()) <= MAX_SECONDS, slowest
