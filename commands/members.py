"""`flask members …`: people and their member accounts: shown masked, registered, merged, erased."""

from datetime import datetime
from typing import Any

import click

from commands.programmes import PROGRAMME, chosen
from commands.shell import JSON, for_company, group_of, say_json, say_rows
from commands.values import NUMBER
from store.kernel.refusals import not_found
from store.loyalty import memberships, points, tiers
from store.people import customers, identities, members, merges, phones, profiles, unmerges
from store.people.customers import Customer
from store.people.members import Member
from store.shop import shops

group = group_of("members", "Customers and their member accounts.")

CARD_DIGITS = 16
HIDDEN = ("phone", "name", "birthday", "email", "id_number", "address")


@group.command()
@click.argument("who", metavar="CARD|PHONE|PUBLIC_ID")
@click.option("--unmask", is_flag=True, help="Show personal data in clear; this is logged.")
@for_company
@JSON
def show(who: str, *, unmask: bool, as_json: bool) -> None:
    """Show a customer with the profile and all member accounts."""
    customer = _person(who)
    profile = profiles.shown(customer)
    if unmask:
        profile |= profiles.unmasked(customer, HIDDEN)
    accounts = [_facts(member) for member in members.all_of(customer)]
    if as_json:
        say_json({"id": customer.public_id, "profile": profile, "members": accounts})
        return
    told = {name: value for name, value in profile.items() if value not in (None, False)}
    say_rows([("客户", customer.public_id), *told.items()], nothing="")
    say_rows((facts.values() for facts in accounts), nothing="尚无会员账号")


@group.command()
@click.argument("phone")
@click.option("--shop", "shop_code", help="Code of the shop at whose desk this happens.")
@PROGRAMME
@for_company
def join(phone: str, shop_code: str | None, programme_code: str | None) -> None:
    """Register somebody at the service desk by phone; a member already stays as they are."""
    shop_id = shops.of_code(shop_code).id if shop_code else None
    programme = chosen(programme_code)
    member = memberships.register_by_clerk(phone=phone, shop_id=shop_id, programme=programme)
    click.echo(f"会员卡号 {member.card_number}")


@group.command()
@click.argument("keep", metavar="KEEP")
@click.argument("lose", metavar="LOSE")
@click.option("--proof", required=True, help="What shows that both are one person; kept with the merge.")
@click.confirmation_option(prompt="合并后 30 天内、所合并的积分和储值等未被使用时才能撤销，确定吗？")
@for_company
def merge(keep: str, lose: str, proof: str) -> None:
    """Join two customers into KEEP: everything of LOSE comes along, the phone of KEEP stays."""
    survivor = merges.merge_by_hand(keep=_person(keep), lose=_person(lose), proof=proof)
    click.echo(f"已合并到客户 {survivor.public_id}")


@group.command()
@click.argument("number", type=NUMBER, metavar="MERGE")
@click.option("--reason", default="", help="Why the two are two after all; kept with the merge.")
@click.option("--preview", is_flag=True, help="Only tell what would go back, or what stands in the way.")
@for_company
@JSON
def unmerge(number: int, *, reason: str, preview: bool, as_json: bool) -> None:
    """Undo a merge by its number (see `merges`): what came over goes back, what was done since stays."""
    merge = merges.of_id(number)
    if not preview:
        merge = unmerges.unmerge(merge=merge, reason=reason)
        click.echo(f"已撤销合并 {number}，客户 {merge.lost.public_id} 已恢复")
        return
    plan = unmerges.plan(merge)
    if as_json:
        facts = [{"code": each.code, "sentence": each.sentence, **each.facts} for each in plan.hindrances]
        say_json({"goes_back": plan.goes_back, "hindrances": facts})
    elif plan.hindrances:
        say_rows([("不能撤销", each.sentence) for each in plan.hindrances], nothing="")
    else:
        say_rows([("将退回", *row) for row in sorted(plan.goes_back.items())], nothing="")


@group.command("merges")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@for_company
@JSON
def merges_(limit: int, *, as_json: bool) -> None:
    """List the latest merges and what moved in each."""
    found = [_merge_facts(row) for row in merges.listing(limit=limit)]
    if as_json:
        say_json(found)
    else:
        say_rows((facts.values() for facts in found), nothing="尚无合并记录")


@group.command()
@click.argument("who", metavar="CARD|PHONE|PUBLIC_ID")
@click.confirmation_option(prompt="个人资料抹除后不能恢复，确定吗？")
@for_company
def erase(who: str) -> None:
    """Take a person's data out of the records; points and orders stay, without a name."""
    customer = _person(who)
    profiles.erase(customer)
    click.echo(f"客户 {customer.public_id} 的个人资料已抹除")


def _person(who: str) -> Customer:
    """The living customer behind a public id, a card number or a phone."""
    if who.startswith("cus_"):
        return customers.of_public_id(who)
    if who.startswith("mem_") or (who.isascii() and who.isdigit() and len(who) == CARD_DIGITS):
        return customers.survivor(members.of_card(who).customer)
    holder = identities.phone_holder(phones.normal(who))
    if holder is None:
        raise not_found("该客户")
    return holder


def _facts(member: Member) -> dict[str, Any]:
    tier = tiers.of(member)
    balances = {account.group.code: account.available for account in points.accounts(member)}
    return {
        "programme": member.programme.code,
        "card_number": member.card_number,
        "id": member.public_id,
        "joined_at": member.joined_at,
        "tier": tier.tier.code if tier else None,
        "points": balances,
    }


def _merge_facts(row: merges.Merge) -> dict[str, Any]:
    at: datetime = row.at
    return {
        "number": row.id,
        "at": at.isoformat(timespec="seconds"),
        "survivor": row.survivor.public_id,
        "lost": row.lost.public_id,
        "proof": row.proof,
        "moved": row.moved,
        "undone_at": row.undone_at and row.undone_at.isoformat(timespec="seconds"),
    }
