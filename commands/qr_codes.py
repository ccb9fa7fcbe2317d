"""`flask qr-codes …`: QR codes with scenes: created at the platform, listed and exported as images."""

import re
from pathlib import Path
from typing import Any

import click

from commands.cli_support import JSON_OPTION, command_group, print_json, print_rows, with_tenant
from commands.params import COUNT_TYPE, ID_TYPE
from store.core.errors import DomainError, invalid
from store.official_accounts import qr_codes, qr_images
from store.official_accounts.qr_codes import KINDS, QrCode
from store.shops import shops
from store.shops.shops import Shop
from store.tenants import channels
from store.tenants.channels import Channel
from tasks.official_accounts import qr_codes as official_account_qr_codes

group = command_group("qr-codes", "QR codes with a scene that identifies the place of the scan.")

_IMAGE_FORMATS = {"png": qr_images.render_png, "svg": qr_images.render_svg}
_UNITS_S = {"d": 86_400, "h": 3600, "m": 60, "s": 1}


def _parse_duration(context: click.Context, parameter: click.Parameter, text: str | None) -> int | None:
    """Return the seconds of `7d`, `12h`, `30m` or `600s`."""
    match = re.fullmatch(r"([0-9]{1,7})([dhms])", text or "")
    if text is not None and match is None:
        raise invalid("temporary", "应写成 7d、12h、30m 或 600s")
    return int(match[1]) * _UNITS_S[match[2]] if match else None


@group.command()
@click.argument("account")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("target")
@click.option("--name", help="Distinguishes several codes of one target.")
@click.option("--temporary", "lifetime_s", callback=_parse_duration, metavar="7d|12h|30m", help="Lifetime.")
@with_tenant
def make(account: str, kind: str, target: str, name: str | None, lifetime_s: int | None) -> None:
    """Create a code for TARGET, the code of a shop or the id of another kind. Idempotent."""
    channel = _get_account(account)
    shop = shops.get_by_code(target) if kind == "shop" else None
    name = name or _default_name(shop.name if shop else target, lifetime_s)
    code = qr_codes.create(
        channel=channel, kind=kind, target=shop.public_id if shop else target, name=name,
        permanent=lifetime_s is None, lifetime_s=lifetime_s,
    )  # fmt: skip
    code = official_account_qr_codes.ensure_ticket(code)
    until = f"，有效期至 {code.expires_at:%Y-%m-%d %H:%M} UTC" if code.expires_at else ""
    click.echo(f"二维码 {code.id}（{code.name}）{code.url}{until}")


@group.command("make-all")
@click.argument("account")
@with_tenant
def make_all(account: str) -> None:
    """Create a permanent code for each open shop. After an interruption run it again to continue."""
    channel, new_count, shop_count = _get_account(account), 0, 0
    for shop in _list_open_shops():
        code = qr_codes.create(
            channel=channel, kind="shop", target=shop.public_id, name=_default_name(shop.name)
        )
        shop_count += 1
        if not qr_codes.has_valid_ticket(code):
            official_account_qr_codes.ensure_ticket(code)
            new_count += 1
            click.echo(f"{shop.code}\t{shop.name}")
    click.echo(f"共 {shop_count} 家营业门店，新生成 {new_count} 个二维码")


@group.command("list")
@click.option("--account", help="Only codes of this account.")
@with_tenant
@JSON_OPTION
def list_(account: str | None, *, as_json: bool) -> None:
    """List the codes with the numbers of scans and follows."""
    items = [_to_dict(code) for code in qr_codes.list_codes(_get_account(account) if account else None)]
    if as_json:
        print_json(items)
    else:
        print_rows((item.values() for item in items), empty_message="尚无二维码")


@group.command()
@click.argument("number", type=ID_TYPE)
@click.option("--form", type=click.Choice(tuple(_IMAGE_FORMATS)), default="png", show_default=True)
@click.option("--size", type=COUNT_TYPE, default=430, show_default=True, help="Size in pixels.")
@click.option("--logo", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="PNG or JPEG.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="By default code-NUMBER.FORM in the current folder.",
)
@with_tenant
def export(number: int, form: str, size: int, logo: Path | None, out: Path | None) -> None:
    """Write the image of code NUMBER to a file. An expired code is renewed first."""
    code = official_account_qr_codes.ensure_ticket(qr_codes.get_by_id(number))
    image = _IMAGE_FORMATS[form](code.url, size=size, logo=logo.read_bytes() if logo else None)
    out = out or Path(f"code-{number}.{form}")
    try:
        out.write_bytes(image)
    except OSError as error:
        raise click.ClickException(f"{out} 不能写入（{error.strerror}）") from error
    click.echo(f"已保存到 {out}")


def _get_account(key: str) -> Channel:
    channel = channels.get_by_key(key)
    if channel.kind not in channels.CHAT_KINDS:
        raise DomainError("not_official", f"账号 {key} 不是公众号或生活号，不能生成带参数二维码", 409)
    return channel


def _default_name(target_name: str, lifetime_s: int | None = None) -> str:
    """Return the default name of a code.

    A temporary code has another name. Otherwise it would replace the printed permanent code.
    """
    return target_name if lifetime_s is None else f"{target_name[:57]} 临时"


def _list_open_shops() -> list[Shop]:
    open_shops: list[Shop] = []
    for page in range(1, 1_000_000):
        rows, total = shops.list_shops(state="open", page=page, page_size=100)
        open_shops += rows
        if page * 100 >= total:
            break
    return open_shops


def _to_dict(code: QrCode) -> dict[str, Any]:
    names = ("id", "kind", "target", "name", "permanent", "expires_at", "url", "scans", "follows")
    return {"account": code.channel.key, **{name: getattr(code, name) for name in names}}
