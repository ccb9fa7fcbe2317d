"""`flask points …`: corrections of point balances by hand, and the entries of an account."""

from typing import Any

import click

from commands.shell import JSON, for_company, group_of, say_json, say_rows
from commands.values import KEY
from store.kernel.refusals import not_found
from store.loyalty import points
from store.loyalty.point_accounts import PointAccount, PointGroup
from store.people import members
from store.people.members import Member

group = group_of("points", "Points.")


@group.command(context_settings={"ignore_unknown_options": True})  # so that -30 is a number, not an option
@click.argument("card")
@click.argument("value", type=click.IntRange(-points.MOST, points.MOST), metavar="±POINTS")
@click.option("--reason", required=True, help="Kept with the entry.")
@click.option(
    "--key", type=KEY, required=True, help="Number of the case: the same one again changes nothing."
)
@click.option("--group", "code", help="Point group; the programme's first when left out.")
@for_company
def adjust(*, card: str, value: int, reason: str, key: str, code: str | None) -> None:
    """Add points to the account of CARD, or take some."""
    member = members.of_card(card)
    chosen = _group(member, code)
    points.adjust(member=member, value=value, reason=reason, key=key, group=chosen)
    click.echo(f"会员 {member.card_number} 现有 {points.balance(member, chosen)} {chosen.name}")


@group.command()
@click.argument("card")
@click.option("--group", "code", help="Point group; the programme's first when left out.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@for_company
@JSON
def entries(card: str, code: str | None, limit: int, *, as_json: bool) -> None:
    """List the latest entries of an account."""
    member = members.of_card(card)
    account = _account(member, _group(member, code))
    found = [_facts(entry) for entry in points.entries(account, limit=limit)] if account else []
    if as_json:
        say_json(found)
    else:
        say_rows((facts.values() for facts in found), nothing="尚无积分流水")


def _group(member: Member, code: str | None) -> PointGroup:
    for found in points.groups(member.programme):
        if code in (None, found.code):
            return found
    raise not_found(f"积分组 {code or ''}".strip())


def _account(member: Member, wanted: PointGroup) -> PointAccount | None:
    return next((account for account in points.accounts(member) if account.group == wanted), None)


def _facts(entry: Any) -> dict[str, Any]:
    names = ("id", "at", "kind", "signed", "expires_at", "reason", "operator", "key")
    return {name: getattr(entry, name) for name in names}
