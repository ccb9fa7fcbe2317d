"""`flask cost-centres …`: cost centres that pay for points and coupons."""

import click

from commands.cli_support import JSON_OPTION, command_group, print_json, print_rows, with_tenant
from store.tenants import cost_centres

group = command_group("cost-centres", "Cost centres that pay for points and coupons.")


@group.command("list")
@with_tenant
@JSON_OPTION
def list_(*, as_json: bool) -> None:
    """List the cost centres."""
    items = [{"code": row.code, "name": row.name} for row in cost_centres.list_cost_centres()]
    if as_json:
        print_json(items)
    else:
        print_rows((item.values() for item in items), empty_message="尚无成本中心")


@group.command("create")
@click.argument("code")
@click.argument("name")
@with_tenant
def create(code: str, name: str) -> None:
    """Create a cost centre. Idempotent."""
    row = cost_centres.create(code=code, name=name)
    click.echo(f"成本中心 {row.code}（{row.name}）")
