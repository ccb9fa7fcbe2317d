"""`flask daily-close …`: the steps of past daily closes, and the daily close of a past day by hand."""

from datetime import date
from typing import Any

import click

from commands.cli_support import JSON_OPTION, command_group, print_json, print_rows, with_tenant
from commands.params import DAY_TYPE
from store import daily_close
from store.daily_close import DailyCloseStep

group = command_group(
    "daily-close", "Daily close of the programmes: points, tiers, coupons, reminders and birthdays."
)

STEP_LABELS = {
    "activate": "积分生效", "expire": "积分到期", "tiers": "等级判定", "coupons": "优惠券到期", "closings": "会员注销",
    "reminders": "到期提醒", "birthdays": "生日祝福",
}  # fmt: skip
STATE_LABELS = {"running": "进行中", "done": "完成", "failed": "失败"}


@group.command("list")
@click.option("--limit", type=click.IntRange(1, 1000), default=42, show_default=True)
@with_tenant
@JSON_OPTION
def list_(limit: int, *, as_json: bool) -> None:
    """List the steps of the latest daily closes."""
    rows = daily_close.list_steps(limit=limit)
    if as_json:
        print_json([_to_dict(row) for row in rows])
    else:
        print_rows(
            (_format_row(row) for row in rows), empty_message="尚无夜间处理，请检查 scheduler 进程是否运行过"
        )


@group.command()
@click.option("--day", type=DAY_TYPE, required=True, help="A past day.")
@with_tenant
@JSON_OPTION
def run(day: date, *, as_json: bool) -> None:
    """Run the daily close for a past day. Finished steps are not repeated."""
    counts = daily_close.close_day(day=day)
    if as_json:
        print_json(counts)
    else:
        print_rows(((STEP_LABELS[step], count) for step, count in counts.items()), empty_message="")


def _to_dict(row: DailyCloseStep) -> dict[str, Any]:
    names = ("day", "step", "state", "count", "started_at", "finished_at", "error")
    return {name: getattr(row, name) for name in names}


def _format_row(row: DailyCloseStep) -> tuple[Any, ...]:
    finished = f"{row.finished_at:%Y-%m-%d %H:%M:%S} UTC" if row.finished_at else ""
    result = f"{STATE_LABELS[row.state]}：{row.error}" if row.error else STATE_LABELS[row.state]
    return (
        row.day,
        STEP_LABELS[row.step],
        row.count,
        result,
        f"{row.started_at:%Y-%m-%d %H:%M:%S} UTC",
        finished,
    )
