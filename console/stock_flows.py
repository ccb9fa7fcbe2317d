"""Goods out and in (出入库): sums by goods or shop, and the movements."""

from typing import Any, Literal

from apiflask import APIBlueprint
from flask import Response

from console import shop_scope
from console.auth import StaffCaller, staff_required
from console.lists import Search, list_response
from console.sales_reports import ReportQuery
from store.insight import stock_flows
from store.insight.stock_flows import FlowCriteria, FlowSum
from store.stock.movements import StockMovement

bp = APIBlueprint("console_stock_flows", __name__, url_prefix="/console/api", enable_openapi=False)


class SumQuery(ReportQuery):
    """What the sums are of."""

    by: stock_flows.By = "sku"


class FlowQuery(ReportQuery):
    """`search` is the whole number of an order."""

    search: Search = ""
    direction: Literal["out", "in"] | None = None


@bp.get("/stock-flow-report")
@staff_required("stock_flow_report.read")
@bp.input(SumQuery, location="query")
def list_sums(caller: StaffCaller, query_data: SumQuery) -> Response:
    criteria = _to_criteria(caller, query_data)
    rows, total = stock_flows.summarize(criteria, query_data.to_page(), by=query_data.by)
    return list_response(map(_to_sum, rows), total, query_data)


@bp.get("/stock-flows")
@staff_required("stock_flows.read")
@bp.input(FlowQuery, location="query")
def list_flows(caller: StaffCaller, query_data: FlowQuery) -> Response:
    criteria = _to_criteria(caller, query_data, search=query_data.search, direction=query_data.direction)
    rows, total = stock_flows.list_page(criteria, query_data.to_page())
    return list_response(map(_to_row, rows), total, query_data)


def _to_criteria(caller: StaffCaller, asked: ReportQuery, **more: Any) -> FlowCriteria:
    return FlowCriteria(
        shop_id=shop_scope.find_shop_id(caller, asked.shop), since=asked.since, until=asked.until,
        shop_ids=caller.shop_ids, **more,
    )  # fmt: skip


def _to_sum(row: FlowSum) -> dict[str, Any]:
    return {
        "id": f"{row.shop.code}:{row.sku.code if row.sku else ''}", "shop": row.shop.name,
        "code": row.sku.code if row.sku else None, "barcode": row.sku.barcode if row.sku else None,
        "name": row.sku.full_name if row.sku else None, "out": row.out_units, "in": row.in_units,
        "net": row.out_units - row.in_units,
    }  # fmt: skip


def _to_row(movement: StockMovement) -> dict[str, Any]:
    sku = movement.level.sku
    return {
        "id": str(movement.id), "at": movement.at.isoformat(), "number": movement.subject,
        "direction": "out" if movement.kind == "sold" else "in", "shop": movement.level.shop.name,
        "code": sku.code, "barcode": sku.barcode, "name": sku.full_name, "quantity": movement.on_hand,
        "operator": movement.operator,
    }  # fmt: skip
