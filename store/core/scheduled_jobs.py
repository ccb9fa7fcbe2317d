"""What the clock does for a tenant, one row a job: when it is due, who is at it, how it went."""

from datetime import datetime, timedelta

import peewee

from store.core import clock, ids
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model


class ScheduledJob(Model):
    """A job that comes round every `every_s` seconds; a lease keeps two clocks from running it at once."""

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
    """Enter a job, or change how often it comes round."""
    job = db.lock(ScheduledJob.select().where(ScheduledJob.name == name)).first()
    if job is None:
        return ScheduledJob.create(name=name, every_s=every_s)
    if job.every_s != every_s:
        job.every_s = every_s
        job.save()
    return job


@db.transactional
def claim(*, name: str, lease_s: int = 300) -> str | None:
    """Take a due job under a lease and return its token; None when it is not due or somebody is at it."""
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
    """Record how a taken job went and when it is due again; a lease that has passed on changes nothing."""
    job = db.lock(ScheduledJob.select().where(ScheduledJob.name == name)).first()
    if job is None or job.lease != lease:
        return
    now = clock.now()
    job.lease = job.lease_until = None
    job.last_finished_at, job.last_error = now, error
    job.next_at = now + timedelta(seconds=job.every_s)
    job.save()


def list_jobs() -> list[ScheduledJob]:
    """All jobs by name."""
    return list(ScheduledJob.select().order_by(ScheduledJob.name))


def _is_leased(job: ScheduledJob, now: datetime) -> bool:
    return job.lease_until is not None and job.lease_until > now
