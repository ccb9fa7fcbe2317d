"""`flask nights …`: what the nights did, and closing a past day again by hand."""

from datetime import date
from typing import Any

import click

from commands.shell import JSON, for_company, group_of, say_json, say_rows
from commands.values import DAY
from store.loyalty import nights
from store.loyalty.nights import NightStep

group = group_of("nights", "The club's nights: points, tiers, coupons and reminders.")

WORDS = {
    "activate": "积分生效", "expire": "积分到期", "tiers": "等级判定", "coupons": "优惠券到期", "reminders": "到期提醒",
}  # fmt: skip
STATES = {"running": "进行中", "done": "完成", "failed": "失败"}


@group.command("list")
@click.option("--limit", type=click.IntRange(1, 1000), default=35, show_default=True)
@for_company
@JSON
def list_(limit: int, *, as_json: bool) -> None:
    """List the latest nights, step by step."""
    found = nights.listing(limit=limit)
    if as_json:
        say_json([_facts(row) for row in found])
    else:
        say_rows((_line(row) for row in found), nothing="尚无夜间处理，请检查 clock 进程是否运行过")


@group.command()
@click.option("--day", type=DAY, required=True, help="A day that is over.")
@for_company
@JSON
def run(day: date, *, as_json: bool) -> None:
    """Close a past day; what is closed already stays as it is."""
    found = nights.run(day=day)
    if as_json:
        say_json(found)
    else:
        say_rows(((WORDS[step], count) for step, count in found.items()), nothing="")


def _facts(row: NightStep) -> dict[str, Any]:
    names = ("day", "step", "state", "count", "started_at", "finished_at", "error")
    return {name: getattr(row, name) for name in names}


def _line(row: NightStep) -> tuple[Any, ...]:
    ended = f"{row.finished_at:%Y-%m-%d %H:%M:%S} UTC" if row.finished_at else ""
    result = f"{STATES[row.state]}：{row.error}" if row.error else STATES[row.state]
    return row.day, WORDS[row.step], row.count, result, f"{row.started_at:%Y-%m-%d %H:%M:%S} UTC", ended
