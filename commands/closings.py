"""`flask closings …`: requests to end a membership, and the money that former members are owed."""

from datetime import timedelta
from typing import Any

import click

from commands.cli_support import JSON_OPTION, command_group, print_json, print_rows, with_tenant
from commands.params import KEY_TYPE
from store.closings import closings
from store.closings.closings import MembershipClosing
from store.core import money
from store.customers.members import Member
from store.stored_value import payment_methods, payouts, top_up_refunds
from store.stored_value.payouts import StoredValuePayout
from store.stored_value.top_up_refunds import TopUpRefund
from store.tenants import business_days

group = command_group("closings", "Requests of members to end their membership.")

STATE_LABELS = {"requested": "待办理", "cancelled": "已撤回", "finished": "已注销"}


@group.command("list")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@with_tenant
@JSON_OPTION
def list_(limit: int, *, as_json: bool) -> None:
    """List the requests, the open ones first, with what they wait for."""
    items = [_to_dict(row) for row in closings.list_closings(limit=limit)]
    if as_json:
        print_json(items)
        return
    print_rows(
        (
            (one["number"], STATE_LABELS[one["state"]], one["due_day"], one["customer"], "；".join(one["waits_for"]))
            for one in items
        ),
        empty_message="尚无注销申请",
    )  # fmt: skip


@group.command()
@with_tenant
def finish() -> None:
    """Finish the due requests now, as the daily close does. Idempotent."""
    count = business_days.run_all(closings.finish_due, business_days.today() - timedelta(days=1))
    click.echo(f"已办理 {count} 项")


@group.command("payouts")
@with_tenant
@JSON_OPTION
def list_payouts(*, as_json: bool) -> None:
    """List the money that goes back: what a clerk pays, and what the platforms have not confirmed."""
    items = [_payout_to_dict(row) for row in payouts.list_owed()]
    items += [_refund_to_dict(row) for row in top_up_refunds.list_pending()]
    if as_json:
        print_json(items)
    else:
        print_rows(
            (
                (each["number"], each["card_number"], money.yuan(each["amount_fen"]), each["channel"], each["reason"])
                for each in items
            ),
            empty_message="没有待退款项",
        )  # fmt: skip


@group.command()
@click.argument("number")
@click.option("--receipt", type=KEY_TYPE, required=True, help="Number of the receipt that the person signed.")
@with_tenant
def settle(number: str, *, receipt: str) -> None:
    """Record that the payout or cash refund NUMBER was paid. Idempotent."""
    amount_fen = payouts.settle(number=number, receipt=receipt)
    click.echo(f"{number} 已退还 {money.yuan(amount_fen)} 元")


def _to_dict(row: MembershipClosing) -> dict[str, Any]:
    return {
        "number": row.number,
        "state": row.state,
        "due_day": row.due_day,
        "customer": row.customer.public_id,
        "requested_at": row.requested_at.isoformat(timespec="seconds"),
        "ended_at": row.ended_at and row.ended_at.isoformat(timespec="seconds"),
        "listing": row.listing,
        "waits_for": closings.list_blockers(row),
    }


def _payout_to_dict(row: StoredValuePayout) -> dict[str, Any]:
    card = Member.get_by_id(row.account.member_id).card_number
    return {
        "number": row.number, "card_number": card, "amount_fen": row.amount_fen, "channel": "cash",
        "reason": row.reason,
    }  # fmt: skip


def _refund_to_dict(row: TopUpRefund) -> dict[str, Any]:
    top_up = row.top_up
    return {
        "number": row.number, "card_number": Member.get_by_id(top_up.member_id).card_number,
        "amount_fen": row.paid_fen, "channel": payment_methods.method_of(str(top_up.kind)), "reason": row.reason,
    }  # fmt: skip
