"""Export jobs: waiting → running → done, failed or cancelled. A worker holds a running one under a lease.

A job whose worker ended is written again from its first row.
"""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import peewee

from store.core import clock, errors, events, ids, validation
from store.core.database import db
from store.core.database.fields import EncryptedField, JsonField, UtcDateTimeField
from store.core.database.models import Model
from store.exports import kinds
from store.exports.kinds import ExportKind
from store.staff.accounts import StaffAccount
from store.tenants import audit

MAX_ROWS = 300_000
MAX_UNFINISHED = 3  # of one account
MAX_ATTEMPTS = 3
KEPT_DAYS = 7
LEASE_S = 60
STATES = ("waiting", "running", "done", "failed", "cancelled")
_UNFINISHED = ("waiting", "running")


class ExportJob(Model):
    """`filters` may hold a phone that was searched for. `shop_ids` are those that the account saw, None for all."""

    public_id = peewee.CharField(max_length=40, unique=True)
    account = peewee.ForeignKeyField(StaffAccount)
    kind = peewee.CharField(max_length=40)
    filters = EncryptedField(context="export_job.filters")
    shop_ids = JsonField(null=True)
    state = peewee.CharField(
        max_length=10, default="waiting", constraints=[peewee.Check(f"state IN {STATES}")], index=True
    )
    rows_done = peewee.IntegerField(default=0)
    rows_total = peewee.IntegerField(default=0)
    attempts = peewee.IntegerField(default=0)
    lease = peewee.CharField(max_length=60, null=True)
    lease_until = UtcDateTimeField(null=True)
    file_name = peewee.CharField(max_length=80, default="")
    error = peewee.CharField(max_length=200, default="")
    created_at = UtcDateTimeField(default=clock.now, index=True)
    finished_at = UtcDateTimeField(null=True)

    @property
    def shop_scope(self) -> frozenset[int] | None:
        return None if self.shop_ids is None else frozenset(self.shop_ids)


@db.transactional
def request(
    account: StaffAccount, *, kind: str, filters: dict[str, Any], shop_ids: frozenset[int] | None = None
) -> ExportJob:
    """Request an export, which a worker writes. The caller has checked the right of the kind.

    Raises DomainError: not_found, invalid, too_many_exports, export_too_large.
    """
    table = kinds.get_kind(kind)
    given = {name: value for name, value in filters.items() if value not in (None, "")}
    wanted = validation.validate(table.filters, given)
    db.advisory_lock(f"exports:{account.id}")
    mine = (ExportJob.account == account.id) & ExportJob.state.in_(_UNFINISHED)
    if ExportJob.select().where(mine).count() >= MAX_UNFINISHED:
        raise errors.DomainError("too_many_exports", f"最多同时导出 {MAX_UNFINISHED} 份，请等待完成")
    total = table.count(wanted, shop_ids)
    if total > MAX_ROWS:
        raise errors.DomainError(
            "export_too_large", f"一次最多导出 {MAX_ROWS // 10_000} 万行，请缩小范围", rows=total
        )
    job = ExportJob.create(
        public_id=ids.public_id("exp_"), account=account, kind=kind, rows_total=total,
        filters=json.dumps(given, ensure_ascii=False), shop_ids=None if shop_ids is None else sorted(shop_ids),
    )  # fmt: skip
    audit.record("exports.request", f"export:{kind}", after={"filters": sorted(given), "rows": total})
    events.record("exports.requested", job_id=job.id)
    return job


@db.transactional
def cancel(job: ExportJob) -> ExportJob:
    """Cancel a job that is not finished. Its worker notices at its next progress. Idempotent."""
    row = _lock(job.id)
    if row.state in _UNFINISHED:
        row.update_fields(state="cancelled", lease=None, finished_at=clock.now())
        audit.record("exports.cancel", f"export:{row.kind}")
    return row


def get_of_account(account: StaffAccount, public_id: str) -> ExportJob:
    """Return a job of this account. Raises DomainError(not_found)."""
    found = ExportJob.find(public_id=public_id, account=account.id)
    if found is None:
        raise errors.not_found("该导出")
    return found


def list_of_account(account: StaffAccount) -> list[ExportJob]:
    """Return the jobs of an account, the latest first."""
    mine = ExportJob.select().where(ExportJob.account == account.id)
    return list(mine.order_by(ExportJob.id.desc()).limit(100))


def get_table(job: ExportJob) -> tuple[ExportKind, Any]:
    """Return the kind of a job and its filters."""
    table = kinds.get_kind(job.kind)
    return table, validation.validate(table.filters, json.loads(job.filters))


@db.transactional
def claim(job_id: int) -> ExportJob | None:
    """Claim a waiting job, or a running one whose lease has ended, or return None. After three attempts it fails."""
    row = ExportJob.find(id=job_id, lock=True)
    now = clock.now()
    if row is None or row.state not in _UNFINISHED or (row.lease_until is not None and row.lease_until > now):
        return None
    if row.attempts >= MAX_ATTEMPTS:
        row.update_fields(state="failed", error="多次未能完成", lease=None, finished_at=now)
        return None
    row.update_fields(
        state="running", attempts=row.attempts + 1, rows_done=0, lease=ids.token(),
        lease_until=now + timedelta(seconds=LEASE_S),
    )  # fmt: skip
    return row


@db.transactional
def record_progress(job: ExportJob, *, rows_done: int) -> bool:
    """Record the rows written and extend the lease. Returns False if the job was cancelled or claimed by another."""
    until = clock.now() + timedelta(seconds=LEASE_S)
    return _update_leased(job, rows_done=rows_done, lease_until=until)


@db.transactional
def finish(job: ExportJob, *, rows_done: int, file_name: str) -> bool:
    """Mark a job as done. Returns False if the job was cancelled or claimed by another. Idempotent."""
    return _update_leased(
        job, state="done", rows_done=rows_done, file_name=file_name, lease=None, lease_until=None,
        finished_at=clock.now(),
    )  # fmt: skip


@db.transactional
def fail(job: ExportJob, *, error: str) -> bool:
    """Mark a job as failed with a reason that the person can read. Idempotent."""
    return _update_leased(
        job, state="failed", error=error[:200], lease=None, lease_until=None, finished_at=clock.now()
    )


@db.transactional
def release(job: ExportJob) -> bool:
    """Give a job back, because its worker stops. It does not count as an attempt."""
    attempts = max(0, job.attempts - 1)
    return _update_leased(job, state="waiting", attempts=attempts, lease=None, lease_until=None)


@db.transactional
def request_stalled() -> int:
    """Request again the jobs that no worker holds, and return their number."""
    now = clock.now()
    free = ExportJob.lease_until.is_null() | (ExportJob.lease_until < now)
    old = ExportJob.created_at < now - timedelta(seconds=LEASE_S)
    rows = list(ExportJob.select().where(ExportJob.state.in_(_UNFINISHED) & free & old))
    for row in rows:
        events.record("exports.requested", job_id=row.id)
    return len(rows)


@db.transactional
def purge_expired() -> int:
    """Delete jobs after a week, and return their number. Their files are removed by the caller."""
    old = ExportJob.created_at < clock.now() - timedelta(days=KEPT_DAYS)
    return ExportJob.delete().where(old).execute()


def is_cancelled(job: ExportJob) -> bool:
    """Return whether a job was cancelled meanwhile."""
    return ExportJob.find(id=job.id, state="cancelled") is not None


def list_file_ids() -> set[str]:
    """Return the public ids of the jobs whose files are kept."""
    return {row.public_id for row in ExportJob.select(ExportJob.public_id)}


def folder_of(var: Path) -> Path:
    """Return the folder of the files of the current tenant. `var` is the folder of the installation's state."""
    return var / "exports" / db.current_tenant()


def path_of(job: ExportJob, var: Path) -> Path:
    """Return the path of the finished file of a job."""
    return folder_of(var) / f"{job.public_id}.xlsx"


def _update_leased(job: ExportJob, **values: Any) -> bool:
    mine = (ExportJob.id == job.id) & (ExportJob.lease == job.lease) & (ExportJob.state == "running")
    return bool(ExportJob.update(**values).where(mine).execute() == 1)


def _lock(job_id: int) -> ExportJob:
    found = ExportJob.find(id=job_id, lock=True)
    if found is None:
        raise errors.not_found("该导出")
    return found
