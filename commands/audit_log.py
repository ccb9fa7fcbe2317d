"""`flask audit-log …`: the operation log."""

from typing import Any

import click

from commands.cli_support import JSON_OPTION, command_group, print_json, print_rows, with_tenant
from commands.params import ID_TYPE
from store.tenants import audit
from store.tenants.audit import AuditEntry

group = command_group("audit-log", "The operation log: who did what.")


@group.command("list")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@click.option("--before", "before_id", type=ID_TYPE, help="Only entries before this id, for the next page.")
@with_tenant
@JSON_OPTION
def list_(limit: int, before_id: int | None, *, as_json: bool) -> None:
    """List the latest entries first."""
    rows = audit.list_entries(limit=limit, before_id=before_id)
    if as_json:
        print_json([_to_dict(row) for row in rows])
    else:
        print_rows((_format_row(row) for row in rows), empty_message="尚无操作记录")


def _to_dict(row: AuditEntry) -> dict[str, Any]:
    names = ("id", "at", "actor_kind", "actor", "address", "action", "subject", "before", "after")
    return {name: getattr(row, name) for name in names}


def _format_row(row: AuditEntry) -> tuple[Any, ...]:
    return row.id, f"{row.at:%Y-%m-%d %H:%M:%S} UTC", row.actor, row.action, row.subject
