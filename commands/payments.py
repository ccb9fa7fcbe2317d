"""`flask payments …`: the payments of a tenant, listed, summed by kind and exported."""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import click

from commands.cli_support import JSON_OPTION, command_group, print_json, print_rows, with_tenant, write_csv
from commands.params import DAY_TYPE
from store.core import money
from store.orders import payment_report
from store.orders.payment_report import PaymentReport
from store.payments import attempts, exports, kinds, queries, states
from store.payments.attempts import PaymentAttempt
from store.payments.queries import KindSum, PaymentFilters
from store.shops import shops

group = command_group("payments", "Payments: list, sums by kind, export.")

PAYABLES = ("order", "top_up")


def _filter_options(command: Any) -> Any:
    """Add the filters that all commands have."""
    for option in (
        click.option("--since", "first_day", type=DAY_TYPE, help="First business day."),
        click.option("--until", "last_day", type=DAY_TYPE, help="Last business day."),
        click.option("--shop", "shop_code", help="Code of a shop."),
        click.option("--order", "payable_number", help="Number of an order or top-up."),
        click.option("--search", "keyword", default="", help="Beginning of a number, or the tail of a card."),
        click.option("--kind", type=click.Choice(kinds.CODES), help="Payment kind."),
        click.option("--payable", "payable_kind", type=click.Choice(PAYABLES), help="What is paid for."),
    ):
        command = option(command)
    return command


_STATE_OPTION = click.option("--state", type=click.Choice(tuple(states.ATTEMPT_TRANSITIONS)))


@group.command("list")
@_filter_options
@_STATE_OPTION
@click.option("--after", metavar="NUMBER", help="Last payment of the page before.")
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True)
@with_tenant
@JSON_OPTION
def list_(*, after: str | None, limit: int, as_json: bool, **criteria: str | date | None) -> None:
    """List the payments, the newest first. Dates are those on which a payment was begun."""
    filters = _to_filters(**criteria)
    position = queries.get_position(attempts.get(after)) if after else None
    rows = queries.list_payments(filters, page_size=limit, after=position)
    following = rows[-1].number if len(rows) == limit else None
    if as_json:
        total = queries.count_payments(filters)
        print_json({"total": total, "items": [_to_dict(row) for row in rows], "next": following})
        return
    names = {shop.id: shop.name for shop in shops.find_by_ids([row.shop_id for row in rows]).values()}
    print_rows((exports.to_cells(row, names) for row in rows), empty_message="没有支付记录")
    if following:
        click.echo(f"下一页请加 --after {following}")


@group.command()
@_filter_options
@click.option("--by-shop", is_flag=True, help="Sums of each shop besides those of all.")
@with_tenant
@JSON_OPTION
def summary(*, by_shop: bool, as_json: bool, **criteria: str | date | None) -> None:
    """Sum by kind what orders were paid with, on the day of the payment, and refunds on theirs.

    What coupons took off is a note that the total leaves out. `--payable top_up` sums top-ups instead.
    """
    filters = _to_filters(**{**criteria, "payable_kind": criteria["payable_kind"] or "order"})
    reports = [payment_report.report(filters)]
    reports += payment_report.report_by_shop(filters) if by_shop else []
    names = {
        row.id: row.name
        for row in shops.find_by_ids([one.shop_id for one in reports if one.shop_id]).values()
    }
    titles = ["合计", *(names.get(one.shop_id or 0, "") for one in reports[1:])]
    if as_json:
        print_json([_report_to_dict(one, title) for one, title in zip(reports, titles, strict=True)])
        return
    for one, title in zip(reports, titles, strict=True):
        click.echo(title)
        print_rows(map(_to_sum_cells, one.kinds), empty_message="没有支付")
        click.echo(f"收款 {money.yuan(one.paid_fen)}，退款 {money.yuan(one.refunded_fen)}，"
                   f"优惠券优惠 {money.yuan(one.coupon_fen)}（不计入合计）")  # fmt: skip


@group.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_filter_options
@_STATE_OPTION
@with_tenant
def export(file: Path, **criteria: str | date | None) -> None:
    """Write all payments that match to a CSV FILE. The export is kept in the operation log."""
    write_csv(file, exports.export(_to_filters(**criteria)))


def _to_filters(*, shop_code: Any = None, **criteria: Any) -> PaymentFilters:
    shop_id = shops.get_by_code(shop_code).id if shop_code else None
    return PaymentFilters(shop_id=shop_id, **criteria)


def _to_dict(row: PaymentAttempt) -> dict[str, Any]:
    names = (
        "number", "payable_kind", "payable_number", "kind", "state", "amount_fen", "paid_fen", "taken_fen",
        "surplus_fen", "refunded_fen", "platform_number", "shop_id", "terminal_id", "created_at", "paid_at", "message",
    )  # fmt: skip
    return {name: getattr(row, name) for name in names}


def _report_to_dict(one: PaymentReport, title: str) -> dict[str, Any]:
    sums = {"paid_fen": one.paid_fen, "refunded_fen": one.refunded_fen, "coupon_fen": one.coupon_fen}
    return {"name": title, "shop_id": one.shop_id, "kinds": [asdict(row) for row in one.kinds], **sums}


def _to_sum_cells(row: KindSum) -> tuple[Any, ...]:
    return (
        row.report, row.name, row.count, money.yuan(row.paid_fen), row.refunded_count, money.yuan(row.refunded_fen),
    )  # fmt: skip
