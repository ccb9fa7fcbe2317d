"""The process of the benchmark `console_export` that writes the file of a job: `JOB_ID`. Prints figures as JSON."""

import json
import os
import resource
import sys
import time
from pathlib import Path

import config
from bench.server import peak_mb
from bootstrap import bootstrap
from store.exports import jobs
from store.exports.jobs import ExportJob
from store.tenants import registry
from tasks import exports
from tasks.subscriptions import SUBSCRIPTIONS


def main(job_id: int) -> None:
    bootstrap(config.current(), subscriptions=SUBSCRIPTIONS, wake=lambda tenant: None)
    with registry.use_tenant("bench"):
        before, begin = _resident_mb(), time.perf_counter()
        exports.write(job_id)
        seconds = time.perf_counter() - begin
        job = ExportJob.get_by_id(job_id)
        path = jobs.path_of(job, config.current().var)
        print(json.dumps({
            "state": job.state, "rows": job.rows_done, "seconds": seconds, "growth_mb": peak_mb(os.getpid()) - before,
            "file_mb": path.stat().st_size / 2**20 if path.is_file() else 0.0,
        }))  # fmt: skip


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


if __name__ == "__main__":
    main(int(sys.argv[1]))
