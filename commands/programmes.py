"""`flask programmes …`: loyalty programmes. New members join the first one by default."""

from typing import Any

import click

from commands.cli_support import (
    CREATE_PROGRAMME_COMMAND,
    JSON_OPTION,
    command_group,
    print_json,
    print_rows,
    with_tenant,
)
from store.core.errors import not_found
from store.customers import members, programmes
from store.customers.programmes import Programme
from store.membership import programme_setup
from store.points import points
from store.tiers import tiers

group = command_group("programmes", "Loyalty programmes.")

PROGRAMME_OPTION = click.option(
    "--programme", "programme_code", help="Code of the programme; the first one if omitted."
)


@group.command("create")
@click.argument("code")
@click.argument("name")
@click.option(
    "--base", default=programme_setup.BASE_TIER["name"], show_default=True, help="Name of the base tier."
)
@click.option("--points", "group_name", default=programme_setup.POINT_GROUP["name"], show_default=True,
              help="Name of the point group.")  # fmt: skip
@with_tenant
def create(code: str, name: str, base: str, group_name: str) -> None:
    """Create a programme with base tier and point group. Idempotent. Missing parts are added."""
    result = programme_setup.set_up_programme(code=code, name=name, base_name=base, points_name=group_name)
    click.echo(f"会员计划 {code}（{name}）" + ("已开通" if result.changed else "已在，没有变化"))


@group.command("list")
@with_tenant
@JSON_OPTION
def list_(*, as_json: bool) -> None:
    """List the programmes with the number of their members, the default one first."""
    counts = members.count_joined()
    items = [_to_dict(row, counts.get(row.id, 0)) for row in programmes.list_programmes()]
    if as_json:
        print_json(items)
    else:
        print_rows(map(_format_row, items), empty_message=f"尚无会员计划，请运行 {CREATE_PROGRAMME_COMMAND}")


def get_selected(code: str | None) -> Programme:
    """Return the programme of `--programme`, or the default one.

    Raises DomainError(not_found).
    """
    if code is None:
        return programmes.get_default()
    programme = programmes.find_by_code(code)
    if programme is None:
        raise not_found(f"会员计划 {code}")
    return programme


def _to_dict(row: Programme, member_count: int) -> dict[str, Any]:
    base = tiers.find_base_tier(row.id)
    return {
        "code": row.code,
        "name": row.name,
        "members": member_count,
        "base_tier": base.code if base else None,
        "groups": [group.code for group in points.list_groups(row)],
        "created_at": row.created_at,
    }


def _format_row(values: dict[str, Any]) -> tuple[Any, ...]:
    return values["code"], values["name"], f"{values['members']} 名会员"
