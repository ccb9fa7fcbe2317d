"""`flask shops …`: the shops of a tenant: list, create, change, import, pause and close."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from commands.cli_support import JSON_OPTION, command_group, print_json, print_rows, read_text, with_tenant
from store.core.errors import invalid
from store.shops import changes as shop_changes
from store.shops import coordinates as shop_coordinates
from store.shops import csv_import as shop_csv_import
from store.shops import detail_texts, shop_list, shops
from store.shops.csv_import import ImportResult
from store.shops.details import ShopDetails
from store.shops.shops import Shop

group = command_group("shops", "Shops.")

_DATUM_OPTION = click.option(
    "--datum", type=click.Choice(shop_coordinates.DATUMS), default="gcj02", show_default=True
)
_OPTION_HELP = {
    "hours": "营业时间，如“周一至周五 08:00-22:00; 周六、周日 10:00-02:00”",
    "holidays": "节假日营业时间，如“2026-10-01至2026-10-03 休息; 2026-10-04 10:00-18:00”",
    "pictures": "照片地址，以空格分隔",
    "advertisements": "广告图，每行“图片地址 | 标题 | 链接”",
    "template": "页面模板：general、fashion、fresh、liquor、catering",
    "delivery": "送货：是或否",
    "payment": "线上支付：是或否",
    "pickup": "自提：是或否",
}


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


@group.command()
@click.argument("code")
@with_tenant
@JSON_OPTION
def show(code: str, *, as_json: bool) -> None:
    """Show all details of a shop."""
    shop = shops.get_by_code(code)
    values = {name: getattr(shop, name) for name in ShopDetails.model_fields}
    if as_json:
        print_json(_to_dict(shop) | values)
        return
    click.echo(
        f"{shop.code}\t{shop.name}\t{shop_list.STATE_LABELS[shop.state]}\t{shop.lng:.6f},{shop.lat:.6f}"
    )
    texts = ((detail_texts.LABELS[name], detail_texts.format_detail(name, values[name])) for name in values)
    print_rows((row for row in texts if row[1]), empty_message="没有其他资料")


def _detail_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add an option for every detail of a shop to a command."""
    for name in reversed(ShopDetails.model_fields):
        option = "--" + name.removesuffix("_url").replace("_", "-")
        command = click.option(option, name, help=_OPTION_HELP.get(name, detail_texts.LABELS[name]))(command)
    return command


@group.command("create")
@click.argument("code")
@click.argument("name")
@click.option("--lng", type=float, required=True)
@click.option("--lat", type=float, required=True)
@_DATUM_OPTION
@_detail_options
@with_tenant
def create(*, code: str, name: str, lng: float, lat: float, datum: str, **texts: str | None) -> None:
    """Create a shop. Idempotent."""
    location, values = shop_coordinates.to_gcj02(lng, lat, datum), _parse_details(texts)
    shop = shops.create_shop(code=code, name=name, location=location, **values)
    click.echo(f"门店 {shop.code}（{shop.name}）{shop_list.STATE_LABELS[shop.state]}")


@group.command()
@click.argument("code")
@click.option("--lng", type=float)
@click.option("--lat", type=float)
@_DATUM_OPTION
@_detail_options
@with_tenant
def change(*, code: str, lng: float | None, lat: float | None, datum: str, **texts: str | None) -> None:
    """Change details of a shop. Idempotent. `-` clears a detail. Name and code are fixed.

    \b
    flask shops change S1 --phone 021-12345678 --hours "周一至周五 08:00-22:00; 周六、周日 10:00-02:00"
    flask shops change S1 --holidays "2026-10-01至2026-10-03 休息; 2026-10-04 10:00-18:00"
    """
    if (lng is None) != (lat is None):
        raise invalid("lng" if lng is None else "lat", "经度和纬度要一起填写")
    location = None if lng is None or lat is None else shop_coordinates.to_gcj02(lng, lat, datum)
    shop = shops.get_by_code(code)
    differences = shop_changes.change(shop, location=location, details=_parse_details(texts))
    click.echo(f"门店 {shop.code}（{shop.name}）{'已修改' if differences else '没有变化'}")
    for difference in differences:
        click.echo(f"  {difference}")


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
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@click.option("--yes", is_flag=True, help="Do not ask before shops are changed.")
@with_tenant
@click.pass_context
def import_(context: click.Context, file: Path, *, dry_run: bool, yes: bool) -> None:
    """Create and change the shops in a CSV FILE. If a line is invalid, nothing is changed.

    Shows the differences first and asks before it changes shops that exist. The columns are those of
    `shops change`, besides code, name, lng, lat and datum; only code is required for a shop that exists.
    An empty cell leaves a detail as it is, `-` clears it.
    """
    lines = shop_csv_import.parse_csv(read_text(file))
    planned = shop_csv_import.dry_run(lines)
    _print_plan(planned)
    if planned.errors or dry_run:
        context.exit(1 if planned.errors else 0)
    if planned.changed and not yes:
        click.confirm(f"修改 {len(planned.changed)} 家门店？", abort=True)
    outcome = shop_csv_import.import_all(lines, expected=planned)
    click.echo(f"已新开 {outcome.created} 家，修改 {len(outcome.changed)} 家，{outcome.existing} 家没有变化")


def _change_state(code: str, operation: Callable[[Shop], Shop]) -> None:
    shop = operation(shops.get_by_code(code))
    click.echo(f"门店 {shop.code}（{shop.name}）{shop_list.STATE_LABELS[shop.state]}")


def _to_dict(shop: Shop) -> dict[str, Any]:
    names = ("code", "public_id", "name", "state", "brand", "city", "address", "lng", "lat")
    return {name: getattr(shop, name) for name in names}


def _parse_details(texts: dict[str, str | None]) -> dict[str, Any]:
    return detail_texts.parse_details({name: text or "" for name, text in texts.items()})


def _print_plan(planned: ImportResult) -> None:
    for number, message in planned.errors:
        click.echo(f"第 {number} 行：{message}")
    if planned.errors:
        click.echo(f"{len(planned.errors)} 行有误，未导入任何门店")
        return
    for code, differences in planned.changed.items():
        click.echo(f"门店 {code} 将修改：")
        for difference in differences:
            click.echo(f"  {difference}")
    click.echo(
        f"检查通过：将新开 {planned.created} 家，修改 {len(planned.changed)} 家，{planned.existing} 家没有变化"
    )
