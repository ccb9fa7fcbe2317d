"""`flask channels …`: the accounts of a tenant at WeChat and SMS providers, and their keys."""

from typing import Any

import click

import platform_clients
from commands.cli_support import (
    JSON_OPTION,
    command_group,
    print_json,
    print_rows,
    use_tenant,
    with_tenant,
    with_tenants,
)
from store.shops import shops
from store.tenants import channels
from store.tenants.channels import KINDS, MODES, Channel

group = command_group("channels", "Accounts on the platforms: official accounts, mini-programs, SMS.")

_SECRETS = ("secret", "token", "encoding_aes_key")
_SERVER_KEYS = {"token": "令牌（Token）", "encoding_aes_key": "消息加解密密钥（EncodingAESKey）"}
_CALLBACK_PATHS = {
    "wechat_official": "/wechat/{key}",
    "wechat_miniprogram": "/wechat/{key}",
    "alipay": "/alipay/{key}",
}


@group.command("list")
@with_tenants
@click.option(
    "--secrets",
    is_flag=True,
    help="Show AppSecret, Token and EncodingAESKey as well; this is recorded in the audit log.",
)
@JSON_OPTION
def list_(slugs: list[str], *, secrets: bool, as_json: bool) -> None:
    """List the accounts with their callback URLs."""
    items = [item for slug in slugs for item in _list_for_tenant(slug, secrets=secrets)]
    if as_json:
        print_json(items)
    else:
        print_rows((item.values() for item in items), empty_message="尚无账号")


@group.command()
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("appid")
@click.option("--name", required=True, help="The public name; for SMS the signature.")
@click.option("--secret", prompt="AppSecret", hide_input=True, help="Prompted for if omitted.")
@click.option("--key", help="Part of the callback URL; generated if omitted.")
@click.option("--token", help="Token of the server configuration (official accounts); generated if omitted.")
@click.option("--encoding-aes-key", help="EncodingAESKey of the server configuration; generated if omitted.")
@click.option("--platform-public-key", help="Public key of Alipay for an Alipay application.")
@click.option("--mode", type=click.Choice(MODES), help="How webhook messages are encrypted.")
@click.option("--original-id", help="Original id gh_…; for Tencent SMS the SdkAppId.")
@click.option("--provider", type=click.Choice(("alibaba", "tencent")), help="SMS provider.")
@click.option("--open-group", help="Accounts with the same value share unionids.")
@click.option("--brand", help="Brand of the account.")
@click.option("--shop", "shop_code", help="Code of the shop of the account.")
@with_tenant
def add(*, shop_code: str | None, **columns: Any) -> None:
    """Add an account, or change the one with this APPID.

    A generated Token and EncodingAESKey are printed; they are entered at the platform. What is omitted for an account
    that exists stays as it is.
    """
    values = {name: value for name, value in columns.items() if value is not None}
    if shop_code:
        values["shop_id"] = shops.get_by_code(shop_code).id
    is_new = channels.find_by_appid(values["kind"], values["appid"]) is None
    channel = channels.add(**values)
    click.echo(f"账号 {channel.key}（{channel.name}）已保存")
    if _callback_url(channel):
        click.echo(f"服务器地址（URL）：{_callback_url(channel)}")
    if is_new:
        for column, label in _SERVER_KEYS.items():
            if column not in values and getattr(channel, column):
                click.echo(f"{label}（已生成）：{getattr(channel, column)}")


@group.command()
@click.argument("key")
@with_tenant
@click.pass_context
def check(context: click.Context, key: str) -> None:
    """Check AppID and AppSecret of an account with the platform. Exits with 1 if they are wrong."""
    error = platform_clients.find_credential_problem(channels.get_by_key(key))
    click.echo(error or f"账号 {key} 凭据正确")
    context.exit(1 if error else 0)


def _list_for_tenant(slug: str, *, secrets: bool) -> list[dict[str, Any]]:
    with use_tenant(slug):
        rows = channels.list_with_secrets() if secrets else channels.list_channels()
        shops_by_id = shops.find_by_ids([row.shop_id for row in rows if row.shop_id])
        return [{"tenant": slug, **_to_dict(row, shops_by_id, secrets=secrets)} for row in rows]


def _to_dict(channel: Channel, shops_by_id: dict[int, shops.Shop], *, secrets: bool) -> dict[str, Any]:
    item = {name: getattr(channel, name) for name in ("key", "kind", "appid", "name", "brand", "mode")}
    shop = shops_by_id.get(channel.shop_id)
    item |= {"shop": shop.code if shop else None, "callback": _callback_url(channel)}
    return item | ({name: getattr(channel, name) for name in _SECRETS} if secrets else {})


def _callback_url(channel: Channel) -> str | None:
    route = _CALLBACK_PATHS.get(channel.kind)
    return platform_clients.to_absolute_url(route.format(key=channel.key)) if route else None
