"""`flask outbox …`: deliveries of events to subscribers, the dead-letter queue and its replay."""

import click

from commands.cli_support import JSON_OPTION, command_group, print_json, print_rows, with_tenant
from commands.params import ID_TYPE
from store.core import outbox
from store.core.events import EventDelivery
from store.tenants import deliveries

group = command_group("outbox", "Deliveries of events to subscribers.")


@group.command("counts")
@with_tenant
@JSON_OPTION
def show_counts(*, as_json: bool) -> None:
    """Count the pending and the dead deliveries."""
    counts = outbox.count_by_state()
    if as_json:
        print_json(counts)
    else:
        click.echo(f"等待 {counts['pending']} 条，失败 {counts['dead']} 条")


@group.command("dead-letters")
@with_tenant
@JSON_OPTION
def list_dead_letters(*, as_json: bool) -> None:
    """List the deliveries in the dead-letter queue, oldest first."""
    names = ("id", "event_id", "subscriber", "attempts", "error")
    items = [{name: getattr(row, name) for name in names} for row in outbox.list_dead_letters()]
    if as_json:
        print_json(items)
    else:
        print_rows((item.values() for item in items), empty_message="没有失败的投递")


@group.command()
@click.argument("delivery_ids", nargs=-1, type=ID_TYPE, metavar="[ID]…")
@click.option("--all", "replay_all", is_flag=True, help="Replay the whole dead-letter queue.")
@with_tenant
def replay(delivery_ids: tuple[int, ...], *, replay_all: bool) -> None:
    """Queue dead deliveries again."""
    if bool(delivery_ids) == replay_all:
        raise click.UsageError("请给出投递编号，或用 --all 重试全部")
    chosen = outbox.list_dead_letters() if replay_all else _get_deliveries(delivery_ids)
    for start in range(0, len(chosen), deliveries.MAX_BATCH):
        deliveries.replay(chosen[start : start + deliveries.MAX_BATCH])
    click.echo(f"已重新排队 {len(chosen)} 条")


@group.command()
@click.argument("delivery_ids", nargs=-1, type=ID_TYPE, required=True, metavar="ID…")
@with_tenant
def discard(delivery_ids: tuple[int, ...]) -> None:
    """Give up dead deliveries for good."""
    click.echo(f"已丢弃 {deliveries.discard(_get_deliveries(delivery_ids))} 条")


def _get_deliveries(delivery_ids: tuple[int, ...]) -> list[EventDelivery]:
    return [deliveries.get_delivery(str(number)) for number in delivery_ids]
