"""`flask orders …`: orders of all channels, with their lines, discounts, tenders and returns."""

from datetime import date
from typing import Any

import click

from commands.cli_support import JSON_OPTION, command_group, print_json, print_rows, with_tenant
from commands.params import DAY_TYPE
from store.core import money
from store.customers import members
from store.orders import orders, return_records, search, snapshots
from store.orders.search import OrderFilter
from store.orders.tables import KINDS, STATE_LABELS, TRANSITIONS, Order
from store.shops import shops
from store.tenants import business_days

group = command_group("orders", "Orders of all channels, and their returns.")


@group.command("list")
@click.option("--since", "first_day", type=DAY_TYPE, help="First business day.")
@click.option("--until", "last_day", type=DAY_TYPE, help="Last business day.")
@click.option("--shop", "shop_code", help="Code of a shop.")
@click.option("--member", "card", metavar="CARD", help="Card of a member.")
@click.option("--kind", type=click.Choice(KINDS))
@click.option("--state", type=click.Choice(tuple(TRANSITIONS)))
@click.option("--search", "keyword", default="", help="A number, or the beginning of a name of goods.")
@click.option("--returns", is_flag=True, help="Returns instead of sales.")
@click.option("--after", metavar="NUMBER", help="Last order of the page before.")
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True)
@with_tenant
@JSON_OPTION
def list_(
    *, shop_code: str | None, card: str | None, after: str | None, limit: int, as_json: bool,
    **criteria: str | date | bool | None,
) -> None:  # fmt: skip
    """List the orders, the newest first."""
    wanted = OrderFilter(
        shop_id=shops.get_by_code(shop_code).id if shop_code else None,
        member=members.get_by_card(card) if card else None, **criteria,  # type: ignore[arg-type]
    )  # fmt: skip
    position = search.get_position(search.get_any(after)) if after else None
    rows, total = search.list_page(wanted, page_size=limit, after=position)
    following = rows[-1].number if len(rows) == limit else None
    if as_json:
        print_json({"total": total, "items": [_to_dict(row) for row in rows], "next": following})
        return
    print_rows(map(_to_cells, rows), empty_message="没有订单")
    if following:
        click.echo(f"下一页请加 --after {following}")


@group.command()
@click.argument("number")
@with_tenant
@JSON_OPTION
def show(number: str, *, as_json: bool) -> None:
    """Show the order NUMBER: lines, discounts, tenders and returns. Discounts and tenders sum to the list amount."""
    order = orders.get(number)
    facts = {**_to_dict(order), **_list_parts(order)}
    facts["returns"] = [
        {**_to_dict(row), "return_number": row.return_number, **_list_parts(row)}
        for row in return_records.list_returns(order)
    ]
    if as_json:
        print_json(facts)
        return
    print_rows([_to_cells(order)], empty_message="")
    _print_parts(order)
    for row in return_records.list_returns(order):
        click.echo(f"退单 {row.return_number}：{money.yuan(row.total_fen)}")
        _print_parts(row)


def _to_dict(row: Order) -> dict[str, Any]:
    names = (
        "number", "kind", "source", "source_number", "direction", "state", "list_fen", "discount_fen", "total_fen",
        "due_fen", "money_fen", "spend_fen", "placed_at", "paid_at", "completed_at", "closed_at", "close_reason",
        "remark",
    )  # fmt: skip
    return {"shop": row.shop.code, **{name: getattr(row, name) for name in names}}


def _list_parts(row: Order) -> dict[str, Any]:
    line_names = ("line", "product", "name", "quantity", "unit_fen", "list_fen", "goods_fen")
    part_names = ("kind", "reference", "sentence", "fen", "shares")
    parts = {
        "lines": (snapshots.list_lines(row), line_names),
        "discounts": (snapshots.list_discounts(row), part_names),
        "tenders": (snapshots.list_tenders(row), part_names),
        "deductions": (return_records.list_deductions(row), ("kind", "reference", "sentence", "fen")),
    }
    return {
        title: [{name: getattr(one, name) for name in names} for one in rows]
        for title, (rows, names) in parts.items()
    }


def _print_parts(row: Order) -> None:
    parts = _list_parts(row)
    print_rows(
        [
            *(
                (one["line"], one["name"], one["quantity"], money.yuan(one["list_fen"]))
                for one in parts["lines"]
            ),
            *(("优惠", one["sentence"], "", money.yuan(-one["fen"])) for one in parts["discounts"]),
            *(("支付", one["sentence"], "", money.yuan(one["fen"])) for one in parts["tenders"]),
            *(("扣除", one["sentence"], "", money.yuan(-one["fen"])) for one in parts["deductions"]),
        ],
        empty_message="",
    )


def _to_cells(row: Order) -> tuple[Any, ...]:
    placed_at = f"{business_days.to_local(row.placed_at):%Y-%m-%d %H:%M:%S}"
    return (
        placed_at, row.number, row.kind, row.shop.code, STATE_LABELS[row.state], money.yuan(row.list_fen),
        money.yuan(row.total_fen), money.yuan(row.due_fen),
    )  # fmt: skip
