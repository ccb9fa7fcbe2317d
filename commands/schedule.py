"""`flask schedule …`: what the clock does, and how it went last time."""

from typing import Any

from commands.shell import JSON, for_company, group_of, say_json, say_rows
from store.kernel import schedule
from store.kernel.schedule import ScheduledJob

group = group_of("schedule", "Jobs that the clock runs.")


@group.command("list")
@for_company
@JSON
def list_(*, as_json: bool) -> None:
    """List the jobs with their last result."""
    found = schedule.listing()
    if as_json:
        say_json([_facts(job) for job in found])
    else:
        say_rows((_line(job) for job in found), nothing="尚无定时任务，请检查 clock 进程是否运行过")


def _facts(job: ScheduledJob) -> dict[str, Any]:
    names = ("name", "every_s", "next_at", "last_started_at", "last_finished_at", "last_error")
    return {name: getattr(job, name) for name in names}


def _line(job: ScheduledJob) -> tuple[Any, ...]:
    return job.name, f"每 {job.every_s} 秒", f"下次 {job.next_at:%Y-%m-%d %H:%M:%S} UTC", _result(job)


def _result(job: ScheduledJob) -> str:
    if job.last_error:
        return f"失败：{job.last_error}"
    return "成功" if job.last_finished_at else "尚未运行"
