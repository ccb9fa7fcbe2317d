"""`flask channels …`: the company's accounts on WeChat and at the SMS provider, and their keys."""

from typing import Any

import click

import accounts
from commands.shell import JSON, company, for_companies, for_company, group_of, say_json, say_rows
from store.company import channels
from store.company.channels import KINDS, MODES, Channel
from store.shop import shops

group = group_of("channels", "Accounts on the platforms: official accounts, mini-programs, SMS.")

_SECRETS = ("secret", "token", "encoding_aes_key")
_DOORS = {"wechat_official": "/wechat/{key}"}


@group.command("list")
@for_companies
@click.option(
    "--secrets", is_flag=True, help="Show AppSecret, Token and EncodingAESKey as well; this is logged."
)
@JSON
def list_(slugs: list[str], *, secrets: bool, as_json: bool) -> None:
    """List the accounts with their callback addresses."""
    found = [facts for slug in slugs for facts in _of_company(slug, secrets=secrets)]
    if as_json:
        say_json(found)
    else:
        say_rows((facts.values() for facts in found), nothing="尚无账号")


@group.command()
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("appid")
@click.option("--name", required=True, help="The name people see; for SMS the signature.")
@click.option("--secret", prompt="AppSecret", hide_input=True, help="Asked for when left out.")
@click.option("--key", help="What stands in the callback address; made up when left out.")
@click.option("--token", help="Token of the server configuration (official accounts).")
@click.option("--encoding-aes-key", help="EncodingAESKey of the server configuration.")
@click.option("--mode", type=click.Choice(MODES), help="How pushes are enciphered.")
@click.option("--original-id", help="Original id gh_…; for Tencent SMS the SdkAppId.")
@click.option("--provider", type=click.Choice(("alibaba", "tencent")), help="Who carries SMS.")
@click.option("--open-group", help="Accounts with the same word share unionids.")
@click.option("--brand", help="The brand that the account speaks for.")
@click.option("--shop", "shop_code", help="Code of the shop that the account speaks for.")
@for_company
def add(*, shop_code: str | None, **columns: Any) -> None:
    """Add an account, or change the one with this APPID."""
    told = {name: value for name, value in columns.items() if value is not None}
    if shop_code:
        told["shop_id"] = shops.of_code(shop_code).id
    channel = channels.add(**told)
    click.echo(f"账号 {channel.key}（{channel.name}）已保存")
    if _callback(channel):
        click.echo(f"服务器地址（URL）：{_callback(channel)}")


@group.command()
@click.argument("key")
@for_company
@click.pass_context
def check(context: click.Context, key: str) -> None:
    """Ask the platform whether the account's AppID and AppSecret are right."""
    fault = fault_of(channels.of_key(key))
    click.echo(fault or f"账号 {key} 凭据正确")
    context.exit(1 if fault else 0)


def fault_of(channel: Channel) -> str | None:
    """What the platform has against an account's credentials, as a sentence; None when all is well."""
    if channel.kind == "wechat_official":
        return accounts.official(channel).check_credentials()
    if channel.kind == "wechat_miniprogram":
        return accounts.miniprogram(channel).check_credentials()
    return None if channel.provider else "未指定短信服务商，请用 --provider 填写 alibaba 或 tencent。"


def _of_company(slug: str, *, secrets: bool) -> list[dict[str, Any]]:
    with company(slug):
        rows = channels.listing_for_secrets() if secrets else channels.listing()
        places = shops.of_ids([row.shop_id for row in rows if row.shop_id])
        return [{"tenant": slug, **_facts(row, places, secrets=secrets)} for row in rows]


def _facts(channel: Channel, places: dict[int, shops.Shop], *, secrets: bool) -> dict[str, Any]:
    facts = {name: getattr(channel, name) for name in ("key", "kind", "appid", "name", "brand", "mode")}
    shop = places.get(channel.shop_id)
    facts |= {"shop": shop.code if shop else None, "callback": _callback(channel)}
    return facts | ({name: getattr(channel, name) for name in _SECRETS} if secrets else {})


def _callback(channel: Channel) -> str | None:
    door = _DOORS.get(channel.kind)
    return accounts.absolute(door.format(key=channel.key)) if door else None
