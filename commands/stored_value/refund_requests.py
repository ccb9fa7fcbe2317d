"""`flask stored-value refund-requests …`: what members ask back of their stored value, and the answer of staff."""

from typing import Any

import click

from commands.cli_support import JSON_OPTION, command_group, print_json, print_rows, with_tenant
from store.core import money
from store.customers.members import Member
from store.stored_value import refund_requests
from store.stored_value.refund_requests import StoredValueRefundRequest
from store.tenants import business_days

group = command_group("refund-requests", "Requests of members for their stored value.")


@group.command("list")
@with_tenant
@JSON_OPTION
def list_requests(*, as_json: bool) -> None:
    """List the requests that wait for an answer, the oldest first."""
    items = [_to_dict(row) for row in refund_requests.list_open()]
    if as_json:
        print_json(items)
    else:
        print_rows(map(_format_row, items), empty_message="没有待处理的退款申请")


@group.command()
@click.argument("number")
@with_tenant
def grant(number: str) -> None:
    """Grant request NUMBER: the principal goes back the way it came, and the bonus is forfeited."""
    row = refund_requests.grant(number=number)
    principal, bonus = money.yuan(row.principal_fen), money.yuan(row.bonus_fen)
    click.echo(f"已同意：退还本金 {principal} 元，作废赠金 {bonus} 元")


@group.command()
@click.argument("number")
@click.option("--reason", required=True, help="What the member reads.")
@with_tenant
def reject(number: str, *, reason: str) -> None:
    """Reject request NUMBER with a reason."""
    refund_requests.reject(number=number, reason=reason)
    click.echo("未同意，原因已告知会员")


def _to_dict(row: StoredValueRefundRequest) -> dict[str, Any]:
    return {
        "number": row.number, "card_number": Member.get_by_id(row.member_id).card_number,
        "principal_fen": row.principal_fen, "bonus_fen": row.bonus_fen, "requested_at": row.requested_at,
    }  # fmt: skip


def _format_row(item: dict[str, Any]) -> tuple[Any, ...]:
    at = f"{business_days.to_local(item['requested_at']):%Y-%m-%d %H:%M}"
    return (
        at,
        item["number"],
        item["card_number"],
        f"本金 {money.yuan(item['principal_fen'])} 元",
        f"赠金 {money.yuan(item['bonus_fen'])} 元",
    )
