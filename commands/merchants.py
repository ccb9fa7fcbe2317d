"""`flask merchants …`: the accounts with which a tenant takes money, and their keys, which are never shown."""

from pathlib import Path
from typing import Any

import click

import platform_clients
from commands.cli_support import (
    JSON_OPTION,
    command_group,
    print_json,
    print_rows,
    read_text,
    use_tenant,
    with_tenant,
    with_tenants,
)
from store.core import errors
from store.payments import credentials, merchants
from store.payments.merchants import PLATFORMS, Merchant
from store.shops import shops

group = command_group("merchants", "Merchants of WeChat Pay and Alipay, and their keys.")

_NOTICE_PATHS = {"wechat_pay": "/notify/wechat-pay/{key}", "alipay": "/notify/alipay/{key}"}
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@group.command("list")
@with_tenants
@JSON_OPTION
def list_(slugs: list[str], *, as_json: bool) -> None:
    """List the merchants with their notice URLs and the names of their keys. No secret is printed."""
    items = [item for slug in slugs for item in _list_for_tenant(slug)]
    if as_json:
        print_json(items)
    else:
        print_rows((item.values() for item in items), empty_message="尚无商户")


@group.command()
@click.argument("platform", type=click.Choice(list(PLATFORMS)))
@click.argument("merchant_id")
@click.argument("app_id")
@click.option("--name", required=True, help="Name of the merchant, for staff.")
@click.option("--private-key", "private_key", type=_FILE, required=True, help="PEM file: the key that signs.")
@click.option("--public-key", "public_key", type=_FILE, required=True, help="PEM file: key of the platform.")
@click.option("--serial", default="", help="WeChat Pay: serial of the merchant's certificate.")
@click.option("--public-key-id", default="", help="WeChat Pay: PUB_KEY_ID_…, or the serial of a certificate.")
@click.option("--key", help="Part of the notice URL; generated if omitted.")
@click.option("--brand", help="Brand that the merchant is for.")
@click.option("--shop", "shop_code", help="Code of the shop that the merchant is for.")
@with_tenant
def add(
    *, platform: str, private_key: Path, public_key: Path, serial: str, public_key_id: str,
    shop_code: str | None, **columns: Any,
) -> None:  # fmt: skip
    """Add a merchant. For WeChat Pay the APIv3 key is asked for and not echoed."""
    values: dict[str, Any] = {"private_key_pem": read_text(private_key)}
    if platform == "wechat_pay":
        if not public_key_id:
            raise errors.invalid("public_key_id", "请填写公钥 ID 或证书序列号")
        values["certificate_serial"] = serial
        values["public_keys"] = {public_key_id: read_text(public_key)}
        values["api_v3_keys"] = [click.prompt("APIv3 密钥", hide_input=True)]
    else:
        values |= {"public_keys": [read_text(public_key)], "seller_id": columns["merchant_id"]}
    shop_id = shops.get_by_code(shop_code).id if shop_code else None
    row = merchants.add(platform=platform, credentials=values, shop_id=shop_id, **columns)
    click.echo(f"商户 {row.key}（{row.name}）已保存")
    click.echo(f"支付通知地址：{_notice_url(row)}")


@group.command("test")
@click.argument("key")
@with_tenant
def test_(key: str) -> None:
    """Check the keys of a merchant by a harmless call of its platform, and say what is wrong."""
    row = merchants.get_by_key(key)
    problem = platform_clients.find_merchant_problem(row)
    if problem is not None:
        raise errors.DomainError("credential_problem", problem, 409)
    click.echo(f"商户 {row.key}（{row.name}）的密钥正确")


@group.command()
@click.argument("key")
@with_tenant
def retire(key: str) -> None:
    """Take a merchant out of service. Its notices and refunds are still processed."""
    row = merchants.retire(key=key)
    click.echo(f"商户 {row.key}（{row.name}）已停用，通知和退款仍会处理")


@group.command("add-key")
@click.argument("key")
@click.argument("name", type=click.Choice(("api_v3_keys", "public_keys")))
@click.option("--file", type=_FILE, help="File with the key; asked for and not echoed if omitted.")
@click.option("--serial", default="", help="WeChat Pay: id of a public key or serial of a certificate.")
@with_tenant
def add_key(key: str, name: str, *, file: Path | None, serial: str) -> None:
    """Add a key beside those in use, which stay valid until `retire-key`."""
    value = read_text(file).strip() if file else click.prompt("密钥", hide_input=True)
    row = merchants.add_key(key=key, name=name, value=value, serial=serial)
    click.echo(f"商户 {row.key} 的密钥 {serial or credentials.fingerprint(value)} 已添加，原密钥继续有效")


@group.command("retire-key")
@click.argument("key")
@click.argument("name", type=click.Choice(("api_v3_keys", "public_keys")))
@click.argument("identifier")
@with_tenant
def retire_key(key: str, name: str, identifier: str) -> None:
    """Remove a key by the IDENTIFIER that `list` shows."""
    row = merchants.retire_key(key=key, name=name, identifier=identifier)
    click.echo(f"商户 {row.key} 的密钥 {identifier} 已停用")


def _list_for_tenant(slug: str) -> list[dict[str, Any]]:
    with use_tenant(slug):
        rows = merchants.list_merchants()
        shops_by_id = shops.find_by_ids([row.shop_id for row in rows if row.shop_id])
        return [{"tenant": slug, **_to_dict(row, shops_by_id)} for row in rows]


def _to_dict(row: Merchant, shops_by_id: dict[int, shops.Shop]) -> dict[str, Any]:
    columns = ("key", "platform", "name", "merchant_id", "app_id", "brand", "state")
    shop = shops_by_id.get(row.shop_id)
    keys = [f"{name}:{identifier}" for name, identifier in merchants.list_keys(row)]
    item = {name: getattr(row, name) for name in columns} | {"shop": shop.code if shop else None}
    return item | {"keys": " ".join(keys), "notices": _notice_url(row)}


def _notice_url(row: Merchant) -> str:
    return platform_clients.to_absolute_url(_NOTICE_PATHS[row.platform].format(key=row.key))
