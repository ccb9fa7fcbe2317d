"""Scheduled jobs of a tenant, one row per job: when it is due, which scheduler runs it, how it ended."""

from datetime import datetime, timedelta

import peewee

from store.core import clock, ids
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model


class ScheduledJob(Model):
    """A job that runs every `every_s` seconds; a lease keeps two schedulers from running it at once."""

    name = peewee.CharField(max_length=80, unique=True)
    every_s = peewee.IntegerField(constraints=[peewee.Check("every_s > 0")])
    next_at = UtcDateTimeField(default=clock.now)
    lease = peewee.CharField(max_length=40, null=True)
    lease_until = UtcDateTimeField(null=True)
    last_started_at = UtcDateTimeField(null=True)
    last_finished_at = UtcDateTimeField(null=True)
    last_error = peewee.TextField(null=True)


@db.transactional
def declare(*, name: str, every_s: int) -> ScheduledJob:
    """Insert a job or change its interval."""
    job = db.lock(ScheduledJob.select().where(ScheduledJob.name == name)).first()
    if job is None:
        return ScheduledJob.create(name=name, every_s=every_s)
    if job.every_s != every_s:
        job.every_s = every_s
        job.save()
    return job


def list_due() -> list[str]:
    """Return the names of the jobs that are due and not leased, without a write."""
    now = clock.now()
    is_free = ScheduledJob.lease_until.is_null() | (ScheduledJob.lease_until <= now)
    due = ScheduledJob.select().where((ScheduledJob.next_at <= now) & is_free)
    return [job.name for job in due.order_by(ScheduledJob.id)]


@db.transactional
def claim(*, name: str, lease_s: int = 300) -> str | None:
    """Claim a due job under a lease and return its token, or None if it is not due or leased."""
    job = db.lock(ScheduledJob.select().where(ScheduledJob.name == name)).first()
    now = clock.now()
    if job is None or job.next_at > now or _is_leased(job, now):
        return None
    job.lease, job.lease_until = ids.token()[:40], now + timedelta(seconds=lease_s)
    job.last_started_at = now
    job.save()
    return str(job.lease)


@db.transactional
def finish(*, name: str, lease: str, error: str | None = None) -> None:
    """Record the outcome of a claimed job and its next due time. An expired lease changes nothing."""
    job = db.lock(ScheduledJob.select().where(ScheduledJob.name == name)).first()
    if job is None or job.lease != lease:
        return
    now = clock.now()
    job.lease = job.lease_until = None
    job.last_finished_at, job.last_error = now, error
    job.next_at = now + timedelta(seconds=job.every_s)
    job.save()


def list_jobs() -> list[ScheduledJob]:
    """Return all jobs by name."""
    return list(ScheduledJob.select().order_by(ScheduledJob.name))


def _is_leased(job: ScheduledJob, now: datetime) -> bool:
    return job.lease_until is not None and job.lease_until > now
