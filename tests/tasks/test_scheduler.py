"""The scheduler: jobs are declared once, and a tick without a due job writes nothing."""

from datetime import timedelta

import pytest
import time_machine

from store.core import clock, scheduled_jobs
from store.core.database import db
from store.core.scheduled_jobs import ScheduledJob
from store.tenants import registry
from tasks import scheduler


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Replace the jobs by two that record their names; one of them fails."""
    names: list[str] = []

    def fail() -> None:
        names.append("fails")
        raise ValueError("broken")

    jobs = {"works": (60, lambda: names.append("works")), "fails": (60, fail)}
    monkeypatch.setattr(scheduler, "SCHEDULE", jobs)
    return names


def count_statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    statements: list[str] = []
    execute = db.database.obj.execute_sql

    def record(sql: str, *args: object, **options: object) -> object:
        statements.append(sql)
        return execute(sql, *args, **options)

    monkeypatch.setattr(db.database.obj, "execute_sql", record)
    return statements


def test_every_tenant_gets_its_jobs_also_one_created_later(two_tenants, ran):
    declared: set[str] = {"rival"}
    scheduler.run_once(lambda slug: None, declared)
    assert declared == {"acme", "rival"}
    assert sorted(ran) == ["fails", "works"]
    with registry.use_tenant("acme"):
        assert [job.name for job in scheduled_jobs.list_jobs()] == ["fails", "works"]


def test_a_tick_without_a_due_job_is_one_select(acme, ran, monkeypatch):
    scheduler.declare_jobs()
    scheduler.run_due_jobs()
    statements = count_statements(monkeypatch)
    scheduler.run_due_jobs()
    assert len(statements) == 1
    assert statements[0].startswith("SELECT")
    assert sorted(ran) == ["fails", "works"]


def test_a_job_runs_again_when_it_is_due_and_a_failure_is_recorded(acme, ran):
    scheduler.declare_jobs()
    scheduler.run_due_jobs()
    assert {job.name: job.last_error for job in scheduled_jobs.list_jobs()} == {
        "works": None,
        "fails": "ValueError: broken",
    }
    with time_machine.travel(clock.now() + timedelta(seconds=61)):
        scheduler.run_due_jobs()
    assert sorted(ran) == ["fails", "fails", "works", "works"]


def test_unknown_and_leased_jobs_are_left_alone(acme, ran):
    scheduler.declare_jobs()
    scheduled_jobs.declare(name="of_an_earlier_release", every_s=60)
    assert scheduled_jobs.claim(name="works")
    scheduler.run_due_jobs()
    assert ran == ["fails"]
    assert ScheduledJob.get(ScheduledJob.name == "of_an_earlier_release").last_started_at is None
