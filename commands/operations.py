"""`flask operations …`: the operation log."""

from typing import Any

import click

from commands.shell import JSON, for_company, group_of, say_json, say_rows
from commands.values import NUMBER
from store.company import audit
from store.company.audit import Operation

group = group_of("operations", "The operation log: who did what.")


@group.command("list")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@click.option("--before", "before_id", type=NUMBER, help="Only acts before this id, to page on.")
@for_company
@JSON
def list_(limit: int, before_id: int | None, *, as_json: bool) -> None:
    """List the latest acts first."""
    found = audit.listing(limit=limit, before_id=before_id)
    if as_json:
        say_json([_facts(row) for row in found])
    else:
        say_rows((_line(row) for row in found), nothing="尚无操作记录")


def _facts(row: Operation) -> dict[str, Any]:
    names = ("id", "at", "actor_kind", "actor", "address", "verb", "subject", "before", "after")
    return {name: getattr(row, name) for name in names}


def _line(row: Operation) -> tuple[Any, ...]:
    return row.id, f"{row.at:%Y-%m-%d %H:%M:%S} UTC", row.actor, row.verb, row.subject
