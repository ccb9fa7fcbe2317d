"""`flask members list`: member accounts, searched, filtered, listed by page and exported."""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import click

from commands.cli_support import CSV_OPTION, JSON_OPTION, print_json, print_rows, with_tenant, write_csv
from commands.members import group
from commands.params import DAY_TYPE
from store.core import money, spreadsheets
from store.membership import member_list
from store.membership.member_list import STATUS_LABELS, MemberFilter, MemberRow
from store.tenants import business_days

_COLUMNS = (
    "卡号", "姓名/昵称", "手机", "归属门店", "等级", "累计消费金额", "累计积分", "可用积分", "开卡时间", "状态",
)  # fmt: skip


@group.command("list")
@click.option("--search", default="", help="Card number, phone, whole name, e-mail or ID number.")
@click.option("--programme", help="Code of a programme; all if omitted.")
@click.option("--tier", help="Code of a tier.")
@click.option("--source", help="Code of an acquisition source.")
@click.option("--shop", help="Code of a shop.")
@click.option("--state", "status", type=click.Choice(tuple(STATUS_LABELS)))
@click.option("--since", type=DAY_TYPE, help="First day of the opening of the card.")
@click.option("--until", type=DAY_TYPE, help="Last day of the opening of the card.")
@click.option("--after", metavar="CARD", help="Last card of the page before.")
@click.option("--limit", type=click.IntRange(1, member_list.MAX_PAGE_SIZE), default=20, show_default=True)
@CSV_OPTION
@with_tenant
@JSON_OPTION
def list_members(
    *, after: str | None, limit: int, file: Path | None, as_json: bool, **criteria: str | date | None
) -> None:
    """List the members, the latest card first. `--csv` exports all pages. Names and phones are masked.

    Points are those of the first point group of the programme.
    """
    wanted = MemberFilter(**criteria)  # type: ignore[arg-type]
    if file is not None:
        write_csv(file, spreadsheets.to_csv(_COLUMNS, map(_to_cells, member_list.iterate_members(wanted))))
        return
    page, total = (
        member_list.list_members(wanted, after=after, limit=limit),
        member_list.count_members(wanted),
    )
    following = page[-1].card_number if len(page) == limit else None
    if as_json:
        print_json({"total": total, "items": list(map(asdict, page)), "next": following})
        return
    print_rows([_COLUMNS, *map(_to_cells, page)] if page else [], empty_message="没有会员")
    if page:
        click.echo(f"共 {total} 名" + (f"，下一页请加 --after {following}" if following else ""))


def _to_cells(row: MemberRow) -> tuple[Any, ...]:
    """Return the cells of `_COLUMNS`."""
    joined_at = f"{business_days.to_local(row.joined_at):%Y-%m-%d %H:%M:%S}"
    return (
        row.card_number, row.name, row.phone, row.shop, row.tier, money.yuan(row.spent_fen), row.points_accumulated,
        row.points_available, joined_at, STATUS_LABELS.get(row.status, row.status),
    )  # fmt: skip
