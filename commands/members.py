"""`flask members …`: customers and their member accounts: show, register, merge and erase."""

from datetime import datetime
from typing import Any

import click

from commands.cli_support import JSON_OPTION, command_group, print_json, print_rows, with_tenant
from commands.params import ID_TYPE
from commands.programmes import PROGRAMME_OPTION, get_selected
from store.core import ids, masking, numbers
from store.core.errors import not_found
from store.customers import customers, identities, member_codes, members, phones, profiles
from store.customers.customers import Customer
from store.customers.members import Member
from store.customers.merging import merges
from store.customers.merging import undo as merge_undo
from store.membership import phone_answers, phone_claims, registration
from store.membership.phone_claims import PhoneClaim
from store.points import points
from store.shops import shops
from store.tiers import tiers

group = command_group("members", "Customers and their member accounts.")

MASKED_FIELDS = ("phone", "name", "birthday", "email", "id_number", "address")


@group.command()
@click.argument("identifier", metavar="CARD|PHONE|PUBLIC_ID")
@click.option(
    "--unmask", is_flag=True, help="Show personal data in clear; this is recorded in the audit log."
)
@with_tenant
@JSON_OPTION
def show(identifier: str, *, unmask: bool, as_json: bool) -> None:
    """Show a customer with the profile and all member accounts."""
    customer = _get_customer(identifier)
    profile = profiles.to_masked(customer)
    if unmask:
        profile |= profiles.reveal(customer, MASKED_FIELDS)
    accounts = [_member_to_dict(member) for member in members.list_for_customer(customer)]
    if as_json:
        print_json({"id": customer.public_id, "profile": profile, "members": accounts})
        return
    fields = {name: value for name, value in profile.items() if value not in (None, False)}
    print_rows([("客户", customer.public_id), *fields.items()], empty_message="")
    print_rows((item.values() for item in accounts), empty_message="尚无会员账号")


@group.command()
@click.option(
    "--kind", type=click.Choice(["card"]), help="Read a number that could also be another one as a card."
)
@with_tenant
def scan(kind: str | None) -> None:
    """Read a scanned or typed number and say what it is. A member code is used up and names its member.

    The number is prompted for, so it is not in the shell history. Spaces and hyphens are ignored.
    """
    text = click.prompt("请扫描或输入号码", hide_input=True)
    found = None if kind else numbers.find_kind(text)
    if found == "member_code":
        member = member_codes.identify(code=text, till="shell", key=ids.token())
    elif found is not None and found != "card":
        click.echo(f"这是{numbers.LABELS[found]}，不是会员码或会员卡")
        return
    else:
        member = members.get_by_card(numbers.check_card_number(text, kind=kind))
    phone = profiles.to_masked(member.customer)["phone"]
    click.echo(f"会员卡号 {member.card_number}，手机 {phone or '未绑定'}")


@group.command()
@click.argument("phone")
@click.option("--shop", "shop_code", help="Code of the shop that registers the member.")
@PROGRAMME_OPTION
@with_tenant
def register(phone: str, shop_code: str | None, programme_code: str | None) -> None:
    """Register a member at the service desk by phone. Idempotent.

    Ask for the consent to the terms and the privacy policy first: it is recorded with the channel `desk`.
    """
    shop_id = shops.get_by_code(shop_code).id if shop_code else None
    programme = get_selected(programme_code)
    member = registration.register_at_desk(phone=phone, shop_id=shop_id, programme=programme)
    click.echo(f"会员卡号 {member.card_number}")


@group.command()
@click.argument("keep", metavar="KEEP")
@click.argument("duplicate", metavar="DUPLICATE")
@click.option("--proof", required=True, help="Why both are one person; stored with the merge.")
@click.confirmation_option(prompt="合并后 30 天内、所合并的积分和储值等未被使用时才能撤销，确定吗？")
@with_tenant
def merge(keep: str, duplicate: str, proof: str) -> None:
    """Merge DUPLICATE into KEEP. All data of DUPLICATE moves, and KEEP keeps its phone."""
    survivor = merges.merge_manually(
        survivor=_get_customer(keep), duplicate=_get_customer(duplicate), proof=proof
    )
    click.echo(f"已合并到客户 {survivor.public_id}")


@group.command()
@click.argument("number", type=ID_TYPE, metavar="MERGE")
@click.option("--reason", default="", help="Why they are two persons; stored with the merge.")
@click.option("--preview", is_flag=True, help="Only show what would be moved back, or the blockers.")
@with_tenant
@JSON_OPTION
def unmerge(number: int, *, reason: str, preview: bool, as_json: bool) -> None:
    """Undo a merge by its number (see `merges`). Moved data moves back, later changes stay."""
    merge = merges.get_by_id(number)
    if not preview:
        merge = merge_undo.unmerge(merge=merge, reason=reason)
        click.echo(f"已撤销合并 {number}，客户 {merge.duplicate.public_id} 已恢复")
        return
    plan = merge_undo.plan(merge)
    if as_json:
        blockers = [
            {"code": blocker.code, "message": blocker.message, **blocker.details} for blocker in plan.blockers
        ]
        print_json({"restored_counts": plan.restored_counts, "blockers": blockers})
    elif plan.blockers:
        print_rows([("不能撤销", blocker.message) for blocker in plan.blockers], empty_message="")
    else:
        print_rows([("将退回", *row) for row in sorted(plan.restored_counts.items())], empty_message="")


@group.command("merges")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@with_tenant
@JSON_OPTION
def list_merges(limit: int, *, as_json: bool) -> None:
    """List the latest merges with the number of moved rows."""
    items = [_merge_to_dict(row) for row in merges.list_merges(limit=limit)]
    if as_json:
        print_json(items)
    else:
        print_rows((item.values() for item in items), empty_message="尚无合并记录")


@group.command("phone-claims")
@with_tenant
@JSON_OPTION
def list_phone_claims(*, as_json: bool) -> None:
    """List the open questions whether a verified phone is the same person's, with the card that asks."""
    items = [_phone_claim_to_dict(row) for row in phone_claims.list_open()]
    if as_json:
        print_json(items)
    else:
        print_rows((item.values() for item in items), empty_message="没有待确认的手机号")


@group.command("confirm-phone")
@click.argument("card", metavar="CARD")
@click.argument("phone")
@click.confirmation_option(prompt="该卡将并入手机号的原会员，请核对本人证件或消费凭证，确定吗？")
@with_tenant
def confirm_phone(card: str, phone: str) -> None:
    """Accept that the holder of CARD, who has verified PHONE, is the member of that phone."""
    member = phone_answers.accept_at_desk(claimant=_get_customer(card), phone=phone)
    click.echo(f"已并入会员卡号 {member.card_number}")


@group.command()
@click.argument("identifier", metavar="CARD|PHONE|PUBLIC_ID")
@click.confirmation_option(prompt="个人资料抹除后不能恢复，确定吗？")
@with_tenant
def erase(identifier: str) -> None:
    """Erase the personal data of a customer. Points and orders stay without a name."""
    customer = _get_customer(identifier)
    profiles.erase(customer)
    click.echo(f"客户 {customer.public_id} 的个人资料已抹除")


def _get_customer(identifier: str) -> Customer:
    """Return the active customer with a public id, a card number or a phone.

    Raises DomainError(not_found).
    """
    if identifier.startswith("cus_"):
        return customers.get_by_public_id(identifier)
    if identifier.startswith("mem_") or members.is_card_number(identifier):
        return customers.survivor(members.get_by_card(identifier).customer)
    customer = identities.find_by_phone(phones.normalize_verified(identifier))
    if customer is None:
        raise not_found("该客户")
    return customer


def _member_to_dict(member: Member) -> dict[str, Any]:
    tier = tiers.find_active(member)
    balances = {account.group.code: account.available for account in points.list_accounts(member)}
    return {
        "programme": member.programme.code,
        "card_number": member.card_number,
        "id": member.public_id,
        "joined_at": member.joined_at,
        "status": member.status,
        "tier": tier.tier.code if tier else None,
        "points": balances,
    }


def _phone_claim_to_dict(claim: PhoneClaim) -> dict[str, Any]:
    return {
        "card_number": members.get_or_create(claim.customer).card_number,
        "phone": masking.mask_phone(claim.identity.value),
        "asked_at": claim.created_at.isoformat(timespec="seconds"),
        "attempts_left": phone_claims.count_attempts_left(claim),
        "denied": claim.denied_at is not None,
    }


def _merge_to_dict(row: merges.Merge) -> dict[str, Any]:
    at: datetime = row.merged_at
    return {
        "number": row.id,
        "merged_at": at.isoformat(timespec="seconds"),
        "survivor": row.survivor.public_id,
        "duplicate": row.duplicate.public_id,
        "proof": row.proof,
        "moved_counts": row.moved_counts,
        "undone_at": row.undone_at and row.undone_at.isoformat(timespec="seconds"),
    }
