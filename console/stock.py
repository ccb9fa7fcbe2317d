"""Stock (库存): the list, one row with its movements, goods received, adjustments, stock-taking and warnings."""

from collections.abc import Callable
from typing import Annotated, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field, StringConstraints

from console import shop_scope
from console.auth import StaffCaller, staff_required
from console.business_keys import read_business_key
from console.lists import ListQuery, Search, list_response, respond_once
from console.stock_rows import to_done, to_movement, to_row
from store.catalog import skus
from store.stock import changes, levels, movements, stock_list
from store.stock.levels import MAX_QUANTITY, StockLevel
from store.stock.movements import MAX_REASON_LENGTH, StockMovement
from store.stock.stock_list import StockFilter
from web.responses import json_response
from web.schemas import OneLine, RequestModel

bp = APIBlueprint("console_stock", __name__, url_prefix="/console/api/stock", enable_openapi=False)

Line = Annotated[OneLine, StringConstraints(max_length=MAX_REASON_LENGTH)]


class StockQuery(ListQuery):
    """Which rows are listed. `search` is a name, code or bar code, `shop` a code."""

    search: Search = ""
    shop: Search | None = None
    state: Literal["low", "enough"] | None = None


class WarningQuery(ListQuery):
    """Which low rows are listed. `category` is an id and includes those below it."""

    search: Search = ""
    shop: Search | None = None
    category: Search | None = None


class SkuQuery(RequestModel):
    """`search` is a name, code or bar code."""

    search: Search = ""


class Receipt(RequestModel):
    """Goods that a shop has received. `shop` and `sku` are codes."""

    shop: Search
    sku: Search
    quantity: int = Field(ge=1, le=MAX_QUANTITY)
    reason: Line = ""


class Adjustment(RequestModel):
    """Units that are added, or taken away if negative."""

    difference: int = Field(ge=-MAX_QUANTITY, le=MAX_QUANTITY)
    reason: Line


class Count(RequestModel):
    """The units that a stock-taking found."""

    counted: int = Field(ge=0, le=MAX_QUANTITY)
    reason: Line = ""


class WarningLimit(RequestModel):
    """The limit below which stock is low, None for that of the settings."""

    warning_at: int | None = Field(ge=0, le=MAX_QUANTITY)


@bp.get("")
@staff_required("stock.read")
@bp.input(StockQuery, location="query")
def list_stock(caller: StaffCaller, query_data: StockQuery) -> Response:
    criteria = StockFilter(
        search=query_data.search, shop_id=shop_scope.find_shop_id(caller, query_data.shop),
        state=query_data.state, shop_ids=caller.shop_ids,
    )  # fmt: skip
    rows, total = stock_list.list_page(criteria, query_data.to_page())
    return list_response(map(to_row, rows), total, query_data)


@bp.get("/warnings")
@staff_required("stock_warnings.read")
@bp.input(WarningQuery, location="query")
def list_warnings(caller: StaffCaller, query_data: WarningQuery) -> Response:
    """Return the rows below their own limit, or that of their category, or that of the settings."""
    criteria = StockFilter(
        search=query_data.search, shop_id=shop_scope.find_shop_id(caller, query_data.shop),
        category=query_data.category, state="low", shop_ids=caller.shop_ids,
    )  # fmt: skip
    rows, total = stock_list.list_page(criteria, query_data.to_page())
    return list_response(map(to_row, rows), total, query_data)


@bp.get("/skus")
@staff_required("stock.receive")
@bp.input(SkuQuery, location="query")
def list_skus(caller: StaffCaller, query_data: SkuQuery) -> Response:
    """Return the SKUs that the form of goods received offers."""
    found = stock_list.list_skus(query_data.search)
    return json_response([{"value": sku.code, "label": f"{sku.code} {sku.full_name}"} for sku in found])


@bp.post("")
@staff_required("stock.receive")
@bp.input(Receipt)
def receive_goods(caller: StaffCaller, json_data: Receipt) -> Response:
    shop, sku = shop_scope.get_shop(caller, json_data.shop), skus.get_by_code(json_data.sku)
    values = json_data.model_dump(include={"quantity", "reason"})
    key = read_business_key(caller)
    return respond_once(
        caller,
        json_data,
        lambda: to_done(changes.receive(shop=shop, sku=sku, key=key, **values)),
        status=201,
    )


@bp.get("/<int:level_id>")
@staff_required("stock.read")
def get_level(level_id: int, caller: StaffCaller) -> Response:
    return json_response(to_row(_get_seen(caller, level_id)))


@bp.get("/<int:level_id>/movements")
@staff_required("stock.read")
@bp.input(ListQuery, location="query")
def list_movements(level_id: int, caller: StaffCaller, query_data: ListQuery) -> Response:
    rows, total = movements.list_page(_get_seen(caller, level_id), query_data.to_page())
    return list_response(map(to_movement, rows), total, query_data)


@bp.post("/<int:level_id>/adjustments")
@staff_required("stock.adjust")
@bp.input(Adjustment)
def adjust_stock(level_id: int, caller: StaffCaller, json_data: Adjustment) -> Response:
    return _respond_to_change(caller, level_id, json_data, changes.adjust)


@bp.post("/<int:level_id>/counts")
@staff_required("stock.count")
@bp.input(Count)
def count_stock(level_id: int, caller: StaffCaller, json_data: Count) -> Response:
    return _respond_to_change(caller, level_id, json_data, changes.count)


@bp.put("/<int:level_id>/warning")
@staff_required("stock.edit")
@bp.input(WarningLimit)
def set_warning(level_id: int, caller: StaffCaller, json_data: WarningLimit) -> Response:
    level = _get_seen(caller, level_id)
    limit = json_data.warning_at
    return respond_once(caller, json_data, lambda: to_row(changes.set_warning(level, warning_at=limit)))


def _get_seen(caller: StaffCaller, level_id: int) -> StockLevel:
    level = levels.get_by_id(level_id)
    caller.ensure_shop(level.shop_id, subject="该库存")
    return level


def _respond_to_change(
    caller: StaffCaller, level_id: int, body: RequestModel, change: Callable[..., StockMovement]
) -> Response:
    level = _get_seen(caller, level_id)
    values = {"shop": level.shop, "sku": level.sku, "key": read_business_key(caller), **body.model_dump()}
    return respond_once(caller, body, lambda: to_done(change(**values)))
