"""`flask point-groups …`: the point groups of a programme."""

import click

from commands.cli_support import JSON_OPTION, command_group, print_json, print_rows, with_tenant
from commands.programmes import PROGRAMME_OPTION, get_selected
from store.customers import programmes
from store.points import points

group = command_group("point-groups", "Point groups of a programme.")


@group.command("list")
@PROGRAMME_OPTION
@with_tenant
@JSON_OPTION
def list_(*, programme_code: str | None, as_json: bool) -> None:
    """List the point groups."""
    items = [
        {"code": row.code, "name": row.name, "spendable": row.spendable}
        for row in points.list_groups(get_selected(programme_code))
    ]
    if as_json:
        print_json(items)
    else:
        print_rows((item.values() for item in items), empty_message="尚无积分组")


@group.command("create")
@click.argument("code")
@click.argument("name")
@click.option("--growth", is_flag=True, help="A group of growth values, which cannot be redeemed.")
@PROGRAMME_OPTION
@with_tenant
def create(code: str, name: str, *, growth: bool, programme_code: str | None) -> None:
    """Create a point group. Idempotent."""
    row = points.create_group(
        programme=get_selected(programme_code), code=code, name=name, spendable=not growth
    )
    click.echo(f"积分组 {row.code}（{row.name}）")


def list_codes() -> dict[int, str]:
    """Return the codes of all point groups by id.

    Groups of other programmes than the first have the code of their programme as a prefix.
    """
    return {
        row.id: row.code if number == 0 else f"{programme.code}/{row.code}"
        for number, programme in enumerate(programmes.list_programmes())
        for row in points.list_groups(programme)
    }
