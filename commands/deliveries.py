"""`flask deliveries …`: events on their way to reactions; the dead list and its replay."""

import click

from commands.shell import JSON, for_company, group_of, say_json, say_rows
from commands.values import NUMBER
from store.kernel import deliveries

group = group_of("deliveries", "Deliveries of events to reactions.")


@group.command()
@for_company
@JSON
def counts(*, as_json: bool) -> None:
    """Tell how many deliveries wait and how many are dead."""
    found = deliveries.counts()
    if as_json:
        say_json(found)
    else:
        click.echo(f"等待 {found['pending']} 条，失败 {found['dead']} 条")


@group.command()
@for_company
@JSON
def dead(*, as_json: bool) -> None:
    """List the deliveries that failed too often, oldest first."""
    names = ("id", "event_id", "reaction", "tries", "error")
    found = [{name: getattr(row, name) for name in names} for row in deliveries.dead()]
    if as_json:
        say_json(found)
    else:
        say_rows((facts.values() for facts in found), nothing="没有失败的投递")


@group.command()
@click.argument("numbers", nargs=-1, type=NUMBER, metavar="[ID]…")
@click.option("--all", "everything", is_flag=True, help="The whole dead list.")
@for_company
def replay(numbers: tuple[int, ...], *, everything: bool) -> None:
    """Put dead deliveries back in line."""
    if bool(numbers) == everything:
        raise click.UsageError("请给出投递编号，或用 --all 重试全部")
    wanted = [row.id for row in deliveries.dead()] if everything else list(numbers)
    for number in wanted:
        deliveries.replay(number)
    click.echo(f"已重新排队 {len(wanted)} 条")
