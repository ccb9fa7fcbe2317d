"""`flask points …`: corrections of point balances by hand, and the entries of an account."""

from typing import Any

import click

from commands.cli_support import JSON_OPTION, command_group, print_json, print_rows, with_tenant
from commands.params import KEY_TYPE
from store.core.errors import not_found
from store.customers import members
from store.customers.members import Member
from store.points import points
from store.points.ledger import PointAccount, PointGroup

group = command_group("points", "Points.")


@group.command(context_settings={"ignore_unknown_options": True})  # without it -30 would be an option
@click.argument("card")
@click.argument(
    "value", type=click.IntRange(-points.MAX_POINTS_PER_ENTRY, points.MAX_POINTS_PER_ENTRY), metavar="±POINTS"
)
@click.option("--reason", required=True, help="Stored with the entry.")
@click.option("--key", type=KEY_TYPE, required=True, help="Number of the case, as idempotency key.")
@click.option("--group", "code", help="Point group; the first of the programme if omitted.")
@with_tenant
def adjust(*, card: str, value: int, reason: str, key: str, code: str | None) -> None:
    """Add points to the account of CARD, or deduct points."""
    member = members.get_by_card(card)
    point_group = _get_group(member, code)
    points.adjust(member=member, value=value, reason=reason, key=key, group=point_group)
    member = members.read_current(member)
    click.echo(f"会员 {member.card_number} 现有 {points.balance(member, point_group)} {point_group.name}")


@group.command()
@click.argument("card")
@click.option("--group", "code", help="Point group; the first of the programme if omitted.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@with_tenant
@JSON_OPTION
def entries(card: str, code: str | None, limit: int, *, as_json: bool) -> None:
    """List the latest entries of an account."""
    member = members.get_by_card(card)
    account = _find_account(member, _get_group(member, code))
    items = [_to_dict(entry) for entry in points.list_entries(account, limit=limit)] if account else []
    if as_json:
        print_json(items)
    else:
        print_rows((item.values() for item in items), empty_message="尚无积分流水")


def _get_group(member: Member, code: str | None) -> PointGroup:
    for point_group in points.list_groups(member.programme):
        if code in (None, point_group.code):
            return point_group
    raise not_found(f"积分组 {code or ''}".strip())


def _find_account(member: Member, point_group: PointGroup) -> PointAccount | None:
    return next((account for account in points.list_accounts(member) if account.group == point_group), None)


def _to_dict(entry: Any) -> dict[str, Any]:
    names = ("id", "at", "kind", "signed_value", "expires_at", "reason", "operator", "key")
    return {name: getattr(entry, name) for name in names}
