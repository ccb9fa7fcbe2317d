"""`flask programmes …`: the clubs that people join; the first one is where new people begin."""

from typing import Any

import click

from commands.shell import JSON, OPEN_PROGRAMME, for_company, group_of, say_json, say_rows
from store.kernel.refusals import not_found
from store.loyalty import clubs, points, tiers
from store.people import members, programmes
from store.people.programmes import Programme

group = group_of("programmes", "Loyalty programmes.")

PROGRAMME = click.option("--programme", "programme_code", help="Code; the main one when left out.")


@group.command("open")
@click.argument("code")
@click.argument("name")
@click.option("--base", default=clubs.BASE["name"], show_default=True, help="Name of the base tier.")
@click.option("--points", "group_name", default=clubs.POINTS["name"], show_default=True,
              help="Name of the point group.")  # fmt: skip
@for_company
def open_(code: str, name: str, base: str, group_name: str) -> None:
    """Open a programme with its base tier and a point group; opened twice it stays, what it lacks is added."""
    opened = clubs.open_club(code=code, name=name, base_name=base, points_name=group_name)
    click.echo(f"会员计划 {code}（{name}）" + ("已开通" if opened.anew else "已在，没有变化"))


@group.command("list")
@for_company
@JSON
def list_(*, as_json: bool) -> None:
    """List the programmes with how many members they have, the main one first."""
    counts = members.joined_counts()
    found = [_facts(row, counts.get(row.id, 0)) for row in programmes.listing()]
    if as_json:
        say_json(found)
    else:
        say_rows(map(_line, found), nothing=f"尚无会员计划，请运行 {OPEN_PROGRAMME}")


def chosen(code: str | None) -> Programme:
    """The programme that `--programme` names, or the main one."""
    if code is None:
        return programmes.main()
    found = programmes.of_code(code)
    if found is None:
        raise not_found(f"会员计划 {code}")
    return found


def _facts(row: Programme, joined: int) -> dict[str, Any]:
    base = tiers.base_of(row.id)
    return {
        "code": row.code,
        "name": row.name,
        "members": joined,
        "base_tier": base.code if base else None,
        "groups": [group.code for group in points.groups(row)],
        "created_at": row.created_at,
    }


def _line(facts: dict[str, Any]) -> tuple[Any, ...]:
    return facts["code"], facts["name"], f"{facts['members']} 名会员"
