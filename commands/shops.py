"""`flask shops …`: the company's shops: listed, opened one by one or from a file, paused and closed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from commands.shell import JSON, for_company, group_of, read_text, say_json, say_rows
from store.shop import places, shop_lists, shops
from store.shop.shop_lists import Outcome
from store.shop.shops import Shop

group = group_of("shops", "Shops.")

_DATUM = click.option("--datum", type=click.Choice(places.DATUMS), default="gcj02", show_default=True)


@group.command("list")
@click.option("--search", default="", help="In code, name, address and phone.")
@click.option("--state", type=click.Choice(("open", "paused", "closed")))
@click.option("--page", type=click.IntRange(1, 1_000_000), default=1, show_default=True)
@for_company
@JSON
def list_(search: str, state: str | None, page: int, *, as_json: bool) -> None:
    """List the shops by code, a hundred a page."""
    found, total = shops.listing(search=search, state=state, page=page, page_size=100)
    if as_json:
        say_json({"list": [_facts(shop) for shop in found], "total": total, "page": page})
        return
    say_rows((_facts(shop).values() for shop in found), nothing="没有门店")
    if total > page * 100:
        click.echo(f"共 {total} 家，下一页用 --page {page + 1}")


@group.command("open")
@click.argument("code")
@click.argument("name")
@click.option("--lng", type=float, required=True)
@click.option("--lat", type=float, required=True)
@_DATUM
@click.option("--brand")
@click.option("--province")
@click.option("--city")
@click.option("--district")
@click.option("--address")
@click.option("--phone")
@for_company
def open_(*, code: str, name: str, lng: float, lat: float, datum: str, **profile: Any) -> None:
    """Open a shop; opened twice it is the same one."""
    told = {column: value for column, value in profile.items() if value is not None}
    shop = shops.open_shop(code=code, name=name, place=places.to_gcj02(lng, lat, datum), **told)
    click.echo(f"门店 {shop.code}（{shop.name}）{_STATES[shop.state]}")


@group.command()
@click.argument("code")
@for_company
def pause(code: str) -> None:
    """Take a shop out of sight for a while."""
    _move(code, shops.pause)


@group.command()
@click.argument("code")
@for_company
def resume(code: str) -> None:
    """Bring a paused shop back."""
    _move(code, shops.resume)


@group.command()
@click.argument("code")
@click.confirmation_option(prompt="关店后不能恢复，确定吗？")
@for_company
def close(code: str) -> None:
    """Close a shop for good; its records stay."""
    _move(code, shops.close)


@group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only tell what would happen.")
@for_company
@click.pass_context
def import_(context: click.Context, file: Path, *, dry_run: bool) -> None:
    """Open the shops in a CSV FILE: all of them, or none when a line is wrong.

    Columns: code, name, lng, lat; if wanted datum, brand, industry, contact, phone, description,
    province, city, district, address.
    """
    lines = shop_lists.read(read_text(file))
    outcome = shop_lists.try_out(lines) if dry_run else shop_lists.open_all(lines)
    for number, sentence in outcome.errors:
        click.echo(f"第 {number} 行：{sentence}")
    click.echo(_summary(outcome, dry_run=dry_run))
    context.exit(1 if outcome.errors else 0)


_STATES = {"open": "营业中", "paused": "已暂停", "closed": "已关店"}


def _move(code: str, verb: Callable[[Shop], Shop]) -> None:
    shop = verb(shops.of_code(code))
    click.echo(f"门店 {shop.code}（{shop.name}）{_STATES[shop.state]}")


def _facts(shop: Shop) -> dict[str, Any]:
    names = ("code", "public_id", "name", "state", "brand", "city", "address", "lng", "lat")
    return {name: getattr(shop, name) for name in names}


def _summary(outcome: Outcome, *, dry_run: bool) -> str:
    if outcome.errors:
        return f"{len(outcome.errors)} 行有误，未导入任何门店"
    if dry_run:
        return f"检查通过：将新开 {outcome.opened} 家，已有 {outcome.there} 家"
    return f"已新开 {outcome.opened} 家，原有 {outcome.there} 家"
