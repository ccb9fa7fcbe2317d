"""The writing of exports, in a thread of the worker, so that it delays no other delivery.

The rows of `ExportJob` say what is to be done: a job that a worker did not finish is requested again.
"""

import os
import queue
import threading
from pathlib import Path

import structlog

import config
from store.core.database import db
from store.core.errors import DomainError
from store.core.events import Event
from store.exports import jobs, workbooks
from store.exports.jobs import ExportJob
from store.tenants import business_days, registry
from tasks import relay

log = structlog.get_logger("exports")

_waiting: "queue.SimpleQueue[tuple[str, int]]" = queue.SimpleQueue()
_start_lock = threading.Lock()
_thread: threading.Thread | None = None


def begin(event: Event) -> None:
    """Pass the job of an event to the thread and return at once."""
    global _thread
    _waiting.put((db.current_tenant(), event.properties["job_id"]))
    with _start_lock:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_run, name="exports", daemon=True)
            _thread.start()


def write(job_id: int) -> None:
    """Write the file of a job of the current tenant. A job that another worker holds is left alone."""
    job = jobs.claim(job_id)
    if job is None:
        return
    path = jobs.path_of(job, config.current().var)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        _write_file(job, path)
    except workbooks.StoppedError:
        if relay.stop_requested.is_set():
            jobs.release(job)
    except DomainError as error:  # such as a programme in the filter that is no longer there
        jobs.fail(job, error=error.message)
    except Exception:  # top-level handler of a job: its row keeps the state
        log.exception("export_failed", job=job.public_id)
        jobs.fail(job, error="系统出了点问题，请稍后再试")


def request_stalled() -> int:
    """Request again the jobs that no worker holds."""
    return jobs.request_stalled()


def purge_expired() -> int:
    """Delete the jobs and files of the current tenant that are older than a week."""
    count, folder = jobs.purge_expired(), jobs.folder_of(config.current().var)
    kept = jobs.list_file_ids()
    for path in folder.glob("exp_*") if folder.is_dir() else ():
        if path.name.partition(".")[0] not in kept:
            path.unlink(missing_ok=True)
    return count


def _write_file(job: ExportJob, path: Path) -> None:
    table, filters = jobs.get_table(job)
    draft = path.with_name(f"{job.public_id}.{job.lease[:8]}.draft")
    draft.touch(mode=0o600)
    count = workbooks.write(
        draft, columns=table.columns, rows=table.rows(filters, job.shop_scope),
        on_progress=lambda done: not relay.stop_requested.is_set() and jobs.record_progress(job, rows_done=done),
    )  # fmt: skip
    os.replace(draft, path)
    name = f"{table.title}-{business_days.to_local(job.created_at):%Y%m%d-%H%M}.xlsx"
    is_finished = jobs.finish(job, rows_done=count, file_name=name)
    if not is_finished and jobs.is_cancelled(job):  # the file of another worker that claimed the job stays
        path.unlink(missing_ok=True)


def _run() -> None:
    while True:
        slug, job_id = _waiting.get()
        try:
            with registry.use_tenant(slug):
                write(job_id)
        except Exception:  # top-level handler of the thread, which would otherwise end without a word
            log.exception("export_failed", tenant=slug)
