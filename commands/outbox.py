"""`flask outbox …`: events on their way to reactions; the dead-letter queue and its replay."""

import click

from commands.cli_support import JSON_OPTION, command_group, print_json, print_rows, with_tenant
from commands.params import ID_TYPE
from store.core import outbox

group = command_group("outbox", "Deliveries of events to reactions.")


@group.command("counts")
@with_tenant
@JSON_OPTION
def show_counts(*, as_json: bool) -> None:
    """Tell how many deliveries wait and how many are dead."""
    found = outbox.count_by_state()
    if as_json:
        print_json(found)
    else:
        click.echo(f"等待 {found['pending']} 条，失败 {found['dead']} 条")


@group.command("dead-letters")
@with_tenant
@JSON_OPTION
def list_dead_letters(*, as_json: bool) -> None:
    """List the deliveries that failed too often, oldest first."""
    names = ("id", "event_id", "subscriber", "attempts", "error")
    found = [{name: getattr(row, name) for name in names} for row in outbox.list_dead_letters()]
    if as_json:
        print_json(found)
    else:
        print_rows((facts.values() for facts in found), empty_message="没有失败的投递")


@group.command()
@click.argument("delivery_ids", nargs=-1, type=ID_TYPE, metavar="[ID]…")
@click.option("--all", "everything", is_flag=True, help="The whole dead-letter queue.")
@with_tenant
def replay(delivery_ids: tuple[int, ...], *, everything: bool) -> None:
    """Put dead deliveries back in line."""
    if bool(delivery_ids) == everything:
        raise click.UsageError("请给出投递编号，或用 --all 重试全部")
    wanted = [row.id for row in outbox.list_dead_letters()] if everything else list(delivery_ids)
    for number in wanted:
        outbox.replay(number)
    click.echo(f"已重新排队 {len(wanted)} 条")
