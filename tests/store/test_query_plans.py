"""No merge and no daily step reads a whole table that grows, and the verifier reads none of them repeatedly.

The plans are those of SQLite without statistics, so they depend on the indexes only.
"""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from store import daily_close, layers
from store.core.database import db
from store.customers.merging import merges, rules
from store.integrity import verifier
from tests.support import two_customers
from tests.support.query_plans import GROWING, captured_statements, list_repeated_scans, list_scans


@pytest.fixture
def people(acme, server_url):
    if server_url is not None:
        pytest.skip("the plans of SQLite are compared")
    with time_machine.travel(two_customers.START, tick=False) as now:
        yield two_customers.fixture_tenant(now), now


def test_a02_growing_tables_exist():
    names = {model._meta.table_name for model in layers.list_tables()}
    assert names >= GROWING, GROWING - names


def test_a02_merge_scans_no_growing_table(people):
    found, _ = people
    with captured_statements() as statements:
        merges.merge_manually(survivor=found.mei.customer, duplicate=found.wang.customer, proof="test")
    tables = {
        rule.field.model._meta.table_name
        for rule in (*rules.CUSTOMER_RULES, *rules.MEMBER_RULES)
        if rule.apply is not rules.keep_rows
    }
    missing = [name for name in tables if not any(f'"{name}"' in sql for sql, _ in statements)]
    assert missing == [], "rules that the merge did not run"
    assert list_scans(statements) == []


def test_a02_without_its_index_the_scan_is_found(people):
    """Negative control."""
    found, _ = people
    db.database.execute_sql('DROP INDEX "event_member_id"')
    try:
        with captured_statements() as statements:
            merges.merge_manually(survivor=found.mei.customer, duplicate=found.wang.customer, proof="test")
        assert list_scans(statements)
    finally:
        db.database.execute_sql('CREATE INDEX "event_member_id" ON "event" ("member_id")')


def test_a02_daily_steps_scan_no_growing_table(people):
    _, now = people
    now.move_to(datetime(2027, 6, 1, 2, tzinfo=UTC))
    day = (datetime.now(UTC) - timedelta(days=1)).date()
    with captured_statements() as statements:
        done = daily_close.close_day(day=day)
    assert set(done) == set(daily_close.STEPS)
    assert any(done.values())
    assert list_scans(statements) == []


def test_a01_no_check_reads_a_growing_table_repeatedly(people):
    with captured_statements() as statements:
        for _ in verifier.run_checks():
            pass
    assert len(statements) > len(verifier.CHECKS)
    assert list_repeated_scans(statements) == []
