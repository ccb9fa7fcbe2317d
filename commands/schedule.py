"""`flask schedule …`: the jobs of the scheduler and their last results."""

from typing import Any

from commands.cli_support import JSON_OPTION, command_group, print_json, print_rows, with_tenant
from store.core import scheduled_jobs
from store.core.scheduled_jobs import ScheduledJob

group = command_group("schedule", "Jobs of the scheduler.")


@group.command("list")
@with_tenant
@JSON_OPTION
def list_(*, as_json: bool) -> None:
    """List the jobs with their last result."""
    jobs = scheduled_jobs.list_jobs()
    if as_json:
        print_json([_to_dict(job) for job in jobs])
    else:
        print_rows(
            (_format_row(job) for job in jobs), empty_message="尚无定时任务，请检查 scheduler 进程是否运行过"
        )


def _to_dict(job: ScheduledJob) -> dict[str, Any]:
    names = ("name", "every_s", "next_at", "last_started_at", "last_finished_at", "last_error")
    return {name: getattr(job, name) for name in names}


def _format_row(job: ScheduledJob) -> tuple[Any, ...]:
    return job.name, f"每 {job.every_s} 秒", f"下次 {job.next_at:%Y-%m-%d %H:%M:%S} UTC", _format_result(job)


def _format_result(job: ScheduledJob) -> str:
    if job.last_error:
        return f"失败：{job.last_error}"
    return "成功" if job.last_finished_at else "尚未运行"
