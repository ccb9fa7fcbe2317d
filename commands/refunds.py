"""`flask refunds …`: refunds of payments, and the decisions about those that wait for a person."""

from typing import Any

import click

from commands.cli_support import JSON_OPTION, command_group, print_json, print_rows, with_tenant
from commands.params import ID_TYPE, KEY_TYPE
from store.core import money
from store.payments import refunds, states
from store.payments.refunds import Refund

group = command_group("refunds", "Refunds of payments.")

_REASON_OPTION = click.option("--reason", required=True, help="Kept in the operation log.")


@group.command("list")
@click.option("--abnormal", is_flag=True, help="Only those that wait for a person.")
@click.option("--state", type=click.Choice(tuple(states.REFUND_TRANSITIONS)))
@click.option("--before", "before_id", type=ID_TYPE, help="Only refunds before this id, for the next page.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@with_tenant
@JSON_OPTION
def list_(*, abnormal: bool, state: str | None, before_id: int | None, limit: int, as_json: bool) -> None:
    """List the refunds, the newest first."""
    rows = refunds.list_refunds(state="abnormal" if abnormal else state, before_id=before_id, limit=limit)
    if as_json:
        print_json([_to_dict(row) for row in rows])
    else:
        print_rows((_to_cells(row) for row in rows), empty_message="没有退款")


@group.command()
@click.argument("number")
@click.option("--as", "resolution", type=click.Choice(tuple(refunds.RESOLUTIONS)), required=True)
@_REASON_OPTION
@with_tenant
def resolve(number: str, *, resolution: str, reason: str) -> None:
    """Decide about the refund NUMBER that waits for a person. Idempotent.

    `succeeded`: the customer has the money. `failed`: the money is free for another refund. `retry`: the refund is
    sent again under the same number.
    """
    _print_refund(refunds.resolve(number=number, resolution=resolution, reason=reason))


@group.command()
@click.argument("payment")
@click.argument("yuan")
@click.option(
    "--number", type=KEY_TYPE, required=True, help="Number of the refund: again, it changes nothing."
)
@_REASON_OPTION
@with_tenant
def ask(payment: str, yuan: str, *, number: str, reason: str) -> None:
    """Refund YUAN of a PAYMENT over its platform, without a return. The operation log keeps it."""
    row = refunds.ask_by_person(
        number=number, attempt_number=payment, amount_fen=money.fen(yuan), reason=reason
    )
    _print_refund(row)


def _print_refund(row: Refund) -> None:
    click.echo(f"退款 {row.number}：{money.yuan(row.amount_fen)} 元，{refunds.STATE_LABELS[row.state]}")


def _to_dict(row: Refund) -> dict[str, Any]:
    names = (
        "id", "number", "amount_fen", "reason", "purpose", "method", "state", "message", "tries", "asked_at", "done_at",
    )  # fmt: skip
    facts = {name: getattr(row, name) for name in names}
    return facts | {"payment": row.attempt.number, "order": row.attempt.payable_number}


def _to_cells(row: Refund) -> tuple[Any, ...]:
    return (
        row.id, row.number, row.attempt.number, row.attempt.payable_number, money.yuan(row.amount_fen),
        refunds.STATE_LABELS[row.state], row.reason, row.message,
    )  # fmt: skip
