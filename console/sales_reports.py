"""The sales reports: sums by shop and source (销售汇总), order lines (销售明细), and sums by period (销售量统计)."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from console import shop_scope
from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response
from store.core.validation import IsoDate
from store.insight import sales_lines, sales_report
from store.insight.report_days import Period
from store.insight.sales_orders import SIGNS, SalesCriteria
from store.insight.sales_report import PeriodSum, SalesSum, SourceSum
from store.orders.tables import OrderLine
from web.responses import json_response

bp = APIBlueprint("console_sales_reports", __name__, url_prefix="/console/api", enable_openapi=False)


class ReportQuery(ListQuery):
    """Days, both included, this month if they are left out, and the code of a shop. Reports have one page."""

    shop: Search | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


class SalesQuery(ReportQuery):
    """`search` is the whole number of an order or a return."""

    search: Search = ""


class TrendQuery(ReportQuery):
    """The length of a period."""

    period: Period = "day"


@bp.get("/sales-report")
@staff_required("sales_report.read")
@bp.input(SalesQuery, location="query")
def list_sums(caller: StaffCaller, query_data: SalesQuery) -> Response:
    """Return the sums by shop, source and direction, and the sum of all as the last row."""
    rows = sales_report.summarize(to_criteria(caller, query_data, search=query_data.search))
    listed = [_to_row(row) for row in rows]
    if rows:
        listed.append(
            {"id": "total", "shop": "合计", **_to_sums(sales_report.sum_all(row.sums for row in rows))}
        )
    return json_response({"list": listed})


@bp.get("/sales-lines")
@staff_required("sales_lines.read")
@bp.input(SalesQuery, location="query")
def list_lines(caller: StaffCaller, query_data: SalesQuery) -> Response:
    criteria = to_criteria(caller, query_data, search=query_data.search)
    rows, total = sales_lines.list_page(criteria, query_data.to_page())
    return list_response(map(_to_line, rows), total, query_data)


@bp.get("/sales-trend")
@staff_required("sales_trend.read")
@bp.input(TrendQuery, location="query")
def list_periods(caller: StaffCaller, query_data: TrendQuery) -> Response:
    """Return the sums of each period, the earliest first."""
    rows = sales_report.read_periods(to_criteria(caller, query_data), query_data.period)
    return json_response({"list": [_to_period(row) for row in rows]})


def to_criteria(caller: StaffCaller, asked: ReportQuery, *, search: str = "") -> SalesCriteria:
    """Return the criteria of a report. Raises DomainError(not_found) for a shop that the account does not see."""
    return SalesCriteria(
        search=search, shop_id=shop_scope.find_shop_id(caller, asked.shop), since=asked.since, until=asked.until,
        shop_ids=caller.shop_ids,
    )  # fmt: skip


def _to_sums(sums: SalesSum) -> dict[str, int]:
    names = ("orders", "units", "discount_fen", "goods_fen", "freight_fen", "total_fen")
    return {name: getattr(sums, name) for name in names}


def _to_row(row: SourceSum) -> dict[str, Any]:
    place = {name: getattr(row, name) for name in ("shop_code", "shop", "source", "direction")}
    return {"id": f"{row.shop_code}:{row.source}:{row.direction}", **place, **_to_sums(row.sums)}


def _to_period(row: PeriodSum) -> dict[str, Any]:
    return {
        "first": row.first.isoformat(), "last": row.last.isoformat(),
        "orders": row.sales.orders, "units": row.sales.units, "sales_fen": row.sales.total_fen,
        "return_orders": row.returns.orders, "return_units": row.returns.units,
        "returns_fen": row.returns.total_fen, "net_fen": (row.sales + row.returns).total_fen,
    }  # fmt: skip


def _to_line(line: OrderLine) -> dict[str, Any]:
    order = line.order
    sign, counted_at = SIGNS[order.direction], order.completed_at if order.is_return else order.paid_at
    return {
        "id": str(line.id), "number": order.number, "counted_at": counted_at.isoformat(), "shop": order.shop.name,
        "source": order.source, "direction": order.direction, "product": line.product, "name": line.name,
        "specification": line.specification, "is_gift": bool(line.gift_for), "quantity": sign * line.quantity,
        "list_fen": sign * line.list_fen, "discount_fen": sign * (line.list_fen - line.goods_fen),
        "goods_fen": sign * line.goods_fen, "member": order.member.card_number if order.member_id else None,
    }  # fmt: skip
