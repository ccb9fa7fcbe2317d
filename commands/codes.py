"""`flask codes …`: QR codes with scenes: made with the platform, listed, written out as pictures."""

import re
from pathlib import Path
from typing import Any

import click

from commands.shell import JSON, for_company, group_of, say_json, say_rows
from commands.values import COUNT, NUMBER
from store.activities import qr_codes, qr_pictures
from store.activities.qr_codes import KINDS, QrCode
from store.company import channels
from store.company.channels import Channel
from store.kernel.refusals import Refused, invalid
from store.shop import shops
from store.shop.shops import Shop
from tasks import codes

group = group_of("codes", "QR codes that tell where they were scanned.")

_PICTURES = {"png": qr_pictures.png, "svg": qr_pictures.svg}
_UNITS_S = {"d": 86_400, "h": 3600, "m": 60, "s": 1}


def _lasting(context: click.Context, parameter: click.Parameter, text: str | None) -> int | None:
    """`7d`, `12h`, `30m`, `600s` as seconds."""
    found = re.fullmatch(r"([0-9]{1,7})([dhms])", text or "")
    if text is not None and found is None:
        raise invalid("temporary", "应写成 7d、12h、30m 或 600s")
    return int(found[1]) * _UNITS_S[found[2]] if found else None


@group.command()
@click.argument("account")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("target")
@click.option("--name", help="Tells several codes of one target apart.")
@click.option("--temporary", "lasts_s", callback=_lasting, metavar="7d|12h|30m", help="How long it lasts.")
@for_company
def make(account: str, kind: str, target: str, name: str | None, lasts_s: int | None) -> None:
    """Make a code for a TARGET (a shop's code, or the number of another kind); made twice it is the same."""
    channel = _official(account)
    shop = shops.of_code(target) if kind == "shop" else None
    name = name or _usual_name(shop.name if shop else target, lasts_s)
    code = qr_codes.design(
        channel=channel, kind=kind, target=shop.public_id if shop else target, name=name,
        permanent=lasts_s is None, lasts_s=lasts_s,
    )  # fmt: skip
    code = codes.ready(code)
    until = f"，有效期至 {code.expires_at:%Y-%m-%d %H:%M} UTC" if code.expires_at else ""
    click.echo(f"二维码 {code.id}（{code.name}）{code.url}{until}")


@group.command("make-all")
@click.argument("account")
@for_company
def make_all(account: str) -> None:
    """Make a permanent code for each open shop; cut short, it is started again and goes on."""
    channel, made, found = _official(account), 0, 0
    for shop in _open_shops():
        code = qr_codes.design(
            channel=channel, kind="shop", target=shop.public_id, name=_usual_name(shop.name)
        )
        found += 1
        if not codes.is_ready(code):
            codes.ready(code)
            made += 1
            click.echo(f"{shop.code}\t{shop.name}")
    click.echo(f"共 {found} 家营业门店，新生成 {made} 个二维码")


@group.command("list")
@click.option("--account", help="Only codes of this account.")
@for_company
@JSON
def list_(account: str | None, *, as_json: bool) -> None:
    """List the codes with their scans and follows."""
    found = [_facts(code) for code in qr_codes.listing(_official(account) if account else None)]
    if as_json:
        say_json(found)
    else:
        say_rows((facts.values() for facts in found), nothing="尚无二维码")


@group.command()
@click.argument("number", type=NUMBER)
@click.option("--form", type=click.Choice(tuple(_PICTURES)), default="png", show_default=True)
@click.option("--size", type=COUNT, default=430, show_default=True, help="Pixels.")
@click.option("--logo", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="PNG or JPEG.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="By default code-NUMBER.FORM here."
)
@for_company
def export(number: int, form: str, size: int, logo: Path | None, out: Path | None) -> None:
    """Write the picture of code NUMBER to a file; one that has run out is renewed first."""
    code = codes.ready(qr_codes.find(number))
    picture = _PICTURES[form](code.url, size=size, logo=logo.read_bytes() if logo else None)
    out = out or Path(f"code-{number}.{form}")
    try:
        out.write_bytes(picture)
    except OSError as error:
        raise click.ClickException(f"{out} 不能写入（{error.strerror}）") from error
    click.echo(f"已保存到 {out}")


def _official(key: str) -> Channel:
    channel = channels.of_key(key)
    if channel.kind != "wechat_official":
        raise Refused("not_official", f"账号 {key} 不是公众号，不能生成带参数二维码", 409)
    return channel


def _usual_name(of: str, lasts_s: int | None = None) -> str:
    """A temporary code has another name, so that it never takes the place of the printed one."""
    return of if lasts_s is None else f"{of[:57]} 临时"


def _open_shops() -> list[Shop]:
    found: list[Shop] = []
    for page in range(1, 1_000_000):
        rows, total = shops.listing(state="open", page=page, page_size=100)
        found += rows
        if page * 100 >= total:
            break
    return found


def _facts(code: QrCode) -> dict[str, Any]:
    names = ("id", "kind", "target", "name", "permanent", "expires_at", "url", "scans", "follows")
    return {"account": code.channel.key, **{name: getattr(code, name) for name in names}}
