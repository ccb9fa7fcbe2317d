"""`flask collection-codes …`: the fixed codes by which customers pay at a shop, as pictures for print."""

from pathlib import Path
from typing import Any

import click

import platform_clients
from commands.cli_support import JSON_OPTION, command_group, print_json, print_rows, with_tenant
from commands.params import COUNT_TYPE
from store.official_accounts import qr_images
from store.shops import shops
from store.tills import collection_codes
from store.tills.collection_codes import CollectionCode

group = command_group("collection-codes", "Codes by which customers of WeChat and Alipay pay at a shop.")

_IMAGE_FORMATS = {"png": qr_images.render_png, "svg": qr_images.render_svg}
PRINT_SIZE = 1000


@group.command("list")
@with_tenant
@JSON_OPTION
def list_(*, as_json: bool) -> None:
    """List the codes by shop, with the addresses that their pictures open."""
    rows = [_to_dict(row) for row in collection_codes.list_codes()]
    if as_json:
        print_json(rows)
    else:
        print_rows((row.values() for row in rows), empty_message="没有收款码")


@group.command()
@click.argument("shop_code")
@click.option("--form", type=click.Choice(tuple(_IMAGE_FORMATS)), default="png", show_default=True)
@click.option("--size", type=COUNT_TYPE, default=PRINT_SIZE, show_default=True, help="Size in pixels.")
@click.option("--logo", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="PNG or JPEG.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="By default collection-SHOP.FORM in the current folder.",
)
@with_tenant
def export(shop_code: str, form: str, size: int, logo: Path | None, out: Path | None) -> None:
    """Write the picture of a shop's code to a file. The first call creates the code."""
    row = collection_codes.get_or_create(shops.get_by_code(shop_code))
    url = platform_clients.to_absolute_url(row.path)
    image = _IMAGE_FORMATS[form](url, size=size, logo=logo.read_bytes() if logo else None)
    out = out or Path(f"collection-{row.shop.code}.{form}")
    try:
        out.write_bytes(image)
    except OSError as error:
        raise click.ClickException(f"{out} 不能写入（{error.strerror}）") from error
    click.echo(f"已保存到 {out}，内容 {url}")


@group.command()
@click.argument("shop_code")
@click.confirmation_option(prompt="已印制的收款码将失效，确定更换吗？")
@with_tenant
def renew(shop_code: str) -> None:
    """Replace the code of a shop. Pictures in print with the old one lead nowhere from then on."""
    shop = shops.get_by_code(shop_code)
    current = collection_codes.get_of_shop(shop)
    row = collection_codes.renew(shop, replaced_code=current.code)
    click.echo(f"{shop.name} 的新收款码：{platform_clients.to_absolute_url(row.path)}")


def _to_dict(row: CollectionCode) -> dict[str, Any]:
    return {
        "shop": row.shop.code, "name": row.shop.name, "url": platform_clients.to_absolute_url(row.path),
        "created_at": row.created_at, "renewed_at": row.renewed_at,
    }  # fmt: skip
