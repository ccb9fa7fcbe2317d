"""`flask activities …`: lucky draws with their numbers, and an emergency stop."""

import click

from commands.cli_support import JSON_OPTION, command_group, print_json, print_rows, with_tenant
from store.activities import activities, activity_list, publication
from store.activities.activities import LABELS

group = command_group("activities", "Lucky draws with their numbers.")


@group.command("list")
@with_tenant
@JSON_OPTION
def list_(*, as_json: bool) -> None:
    """List the activities, the latest first."""
    rows = activity_list.list_all()
    prizes = activity_list.count_prizes(rows)
    items = [
        {
            "id": row.public_id, "name": row.name, "state": row.state, "draws_made": row.draws_made,
            "total_draws": row.total_draws, "prizes": prizes.get(row.id, (0, 0))[0],
            "given": prizes.get(row.id, (0, 0))[1],
        }
        for row in rows
    ]  # fmt: skip
    if as_json:
        print_json(items)
    else:
        print_rows((item.values() for item in items), empty_message="尚无活动")


@group.command("stop")
@click.argument("activity_id")
@click.argument("reason")
@with_tenant
def stop(activity_id: str, reason: str) -> None:
    """Stop an activity at once: no draw and no red packet begins. Idempotent."""
    row = publication.stop(activities.get_by_public_id(activity_id), reason=reason)
    click.echo(f"{row.name}：{LABELS[row.state]}")


@group.command("resume")
@click.argument("activity_id")
@with_tenant
def resume(activity_id: str) -> None:
    """Resume a stopped activity. Idempotent."""
    row = publication.resume(activities.get_by_public_id(activity_id))
    click.echo(f"{row.name}：{LABELS[row.state]}")
