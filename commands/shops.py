"""`flask shops …`: the shops of a tenant: list, create, import, pause and close."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from commands.cli_support import JSON_OPTION, command_group, print_json, print_rows, read_text, with_tenant
from store.shops import coordinates as shop_coordinates
from store.shops import csv_import as shop_csv_import
from store.shops import shops
from store.shops.csv_import import ImportResult
from store.shops.shops import Shop

group = command_group("shops", "Shops.")

_DATUM_OPTION = click.option(
    "--datum", type=click.Choice(shop_coordinates.DATUMS), default="gcj02", show_default=True
)


@group.command("list")
@click.option("--search", default="", help="Text in code, name, address or phone.")
@click.option("--state", type=click.Choice(("open", "paused", "closed")))
@click.option("--page", type=click.IntRange(1, 1_000_000), default=1, show_default=True)
@with_tenant
@JSON_OPTION
def list_(search: str, state: str | None, page: int, *, as_json: bool) -> None:
    """List the shops by code, 100 on a page."""
    rows, total = shops.list_shops(search=search, state=state, page=page, page_size=100)
    if as_json:
        print_json({"list": [_to_dict(shop) for shop in rows], "total": total, "page": page})
        return
    print_rows((_to_dict(shop).values() for shop in rows), empty_message="没有门店")
    if total > page * 100:
        click.echo(f"共 {total} 家，下一页用 --page {page + 1}")


@group.command("create")
@click.argument("code")
@click.argument("name")
@click.option("--lng", type=float, required=True)
@click.option("--lat", type=float, required=True)
@_DATUM_OPTION
@click.option("--brand")
@click.option("--province")
@click.option("--city")
@click.option("--district")
@click.option("--address")
@click.option("--phone")
@with_tenant
def create(*, code: str, name: str, lng: float, lat: float, datum: str, **details: Any) -> None:
    """Create a shop. Idempotent."""
    values = {column: value for column, value in details.items() if value is not None}
    shop = shops.create_shop(
        code=code, name=name, location=shop_coordinates.to_gcj02(lng, lat, datum), **values
    )
    click.echo(f"门店 {shop.code}（{shop.name}）{_STATE_LABELS[shop.state]}")


@group.command()
@click.argument("code")
@with_tenant
def pause(code: str) -> None:
    """Hide a shop temporarily."""
    _change_state(code, shops.pause)


@group.command()
@click.argument("code")
@with_tenant
def resume(code: str) -> None:
    """Show a paused shop again."""
    _change_state(code, shops.resume)


@group.command()
@click.argument("code")
@click.confirmation_option(prompt="关店后不能恢复，确定吗？")
@with_tenant
def close(code: str) -> None:
    """Close a shop permanently. Its records stay."""
    _change_state(code, shops.close)


@group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only show the result.")
@with_tenant
@click.pass_context
def import_(context: click.Context, file: Path, *, dry_run: bool) -> None:
    """Create the shops in a CSV FILE. If a line is invalid, none is created.

    Columns: code, name, lng, lat; optional: datum, brand, industry, contact, phone, description,
    province, city, district, address.
    """
    lines = shop_csv_import.parse_csv(read_text(file))
    outcome = shop_csv_import.dry_run(lines) if dry_run else shop_csv_import.import_all(lines)
    for number, message in outcome.errors:
        click.echo(f"第 {number} 行：{message}")
    click.echo(_format_summary(outcome, dry_run=dry_run))
    context.exit(1 if outcome.errors else 0)


_STATE_LABELS = {"open": "营业中", "paused": "已暂停", "closed": "已关店"}


def _change_state(code: str, operation: Callable[[Shop], Shop]) -> None:
    shop = operation(shops.get_by_code(code))
    click.echo(f"门店 {shop.code}（{shop.name}）{_STATE_LABELS[shop.state]}")


def _to_dict(shop: Shop) -> dict[str, Any]:
    names = ("code", "public_id", "name", "state", "brand", "city", "address", "lng", "lat")
    return {name: getattr(shop, name) for name in names}


def _format_summary(outcome: ImportResult, *, dry_run: bool) -> str:
    if outcome.errors:
        return f"{len(outcome.errors)} 行有误，未导入任何门店"
    if dry_run:
        return f"检查通过：将新开 {outcome.created} 家，已有 {outcome.existing} 家"
    return f"已新开 {outcome.created} 家，原有 {outcome.existing} 家"
