"""Import of a stock-taking (盘点导入): the sheet of a shop, a dry run, then all lines or none."""

from itertools import islice

from apiflask import APIBlueprint
from flask import Response, request
from pydantic import Field

from console import shop_scope
from console.auth import StaffCaller, staff_required
from console.business_keys import read_business_key
from console.csv_files import (
    TemplateQuery,
    describe_errors,
    hash_outcome,
    read_csv_text,
    template_response,
)
from console.lists import Search, respond_once
from store.core.errors import DomainError
from store.stock import count_import, stock_list
from store.stock.count_import import LABELS, MAX_LINES, CountResult
from store.stock.stock_list import StockFilter
from web.responses import json_response

bp = APIBlueprint(
    "console_stock_counts", __name__, url_prefix="/console/api/stock-counts", enable_openapi=False
)

_COLUMNS = ("规格编码", "条形码", "商品", "账面数量", "实盘数量", "备注")


class SheetQuery(TemplateQuery):
    """The sheet of a shop, by its code."""

    shop: Search = Field(min_length=1)


@bp.get("/template")
@staff_required("stock.count")
@bp.input(SheetQuery, location="query")
def download_sheet(caller: StaffCaller, query_data: SheetQuery) -> Response:
    """Return a file with the SKUs of a shop, in which what was counted is filled in."""
    shop = shop_scope.get_shop(caller, query_data.shop)
    rows = islice(stock_list.iterate_levels(StockFilter(shop_id=shop.id)), MAX_LINES)
    lines = sorted(
        [level.sku.code, level.sku.barcode or "", level.sku.full_name, str(level.on_hand), "", ""]
        for level in rows
    )
    return template_response(_COLUMNS, lines, form=query_data.form, name=f"盘点表-{shop.code}")


@bp.post("")
@staff_required("stock.count")
def import_counts(caller: StaffCaller) -> Response:
    """Import a file for the shop of the form, or say what an import would do."""
    shop = shop_scope.get_shop(caller, request.form.get("shop", ""))
    lines = count_import.parse_csv(read_csv_text())
    version = request.form.get("version", "")
    if request.form.get("dry_run") == "true":
        return json_response(_to_json(count_import.dry_run(shop, lines)))

    def work() -> dict[str, object]:
        planned = count_import.dry_run(shop, lines)
        if planned.errors:
            return _to_json(planned)
        if hash_outcome(planned) != version:
            raise DomainError("import_outdated", "库存在预览之后有变化，请重新选择文件", 409)
        key = read_business_key(caller)
        return _to_json(count_import.import_all(shop, lines, key=key, expected=planned))

    return respond_once(caller, {"shop": shop.code, "version": version}, work)


def _to_json(outcome: CountResult) -> dict[str, object]:
    return {
        "rows": outcome.changed + outcome.unchanged + len(outcome.errors), "created": 0,
        "updated": outcome.changed + outcome.unchanged, "errors": describe_errors(outcome.errors, LABELS),
        "version": hash_outcome(outcome),
        "summary": f"账实不符 {outcome.changed} 项，盘盈 {outcome.surplus} 件，盘亏 {outcome.loss} 件",
    }  # fmt: skip
