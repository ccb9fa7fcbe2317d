"""Import of goods (商品导入) from an Excel or CSV file: a dry run first, then all lines or none."""

import hashlib

from apiflask import APIBlueprint
from flask import Response, request
from pydantic import Field

from console.auth import StaffCaller, staff_required
from console.csv_files import TemplateQuery, describe_errors, hash_outcome, read_csv_text, template_response
from console.lists import Search
from store.catalog import csv_import
from store.catalog.csv_import import ImportResult
from store.catalog.product_rows import LABELS
from store.core import progress
from store.core.errors import DomainError
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint(
    "console_product_imports", __name__, url_prefix="/console/api/goods/import", enable_openapi=False
)

_EXAMPLES = [
    {
        "code": "P1001", "name": "可口可乐", "category": "C01", "brand": "可口可乐", "unit": "瓶",
        "specifications": "容量", "sku_code": "P1001-500", "barcode": "6901234567892", "specification": "500ml",
        "list_price": "3.50", "member_price": "3.20",
    },
    {
        "code": "P1001", "sku_code": "P1001-2L", "barcode": "6901234567908", "specification": "2L",
        "list_price": "7.90",
    },
]  # fmt: skip


class ProgressQuery(RequestModel):
    """The key that the import was sent with."""

    key: Search = Field(min_length=1)


@bp.get("/template")
@staff_required("goods.create")
@bp.input(TemplateQuery, location="query")
def download_template(caller: StaffCaller, query_data: TemplateQuery) -> Response:
    """Return a file with all columns and a product of two SKUs."""
    rows = [[row.get(name, "") for name in LABELS] for row in _EXAMPLES]
    return template_response(LABELS.values(), rows, form=query_data.form, name="商品导入模板")


@bp.post("")
@staff_required("goods.create")
def import_products(caller: StaffCaller) -> Response:
    """Import a file, or say what an import would do. `version` of a dry run makes sure that it still does that."""
    caller.ensure("goods.edit")
    caller.ensure_all_shops()
    lines = csv_import.parse_csv(read_csv_text())
    name = _progress_name(caller, request.form.get("progress", ""))
    planned = csv_import.dry_run(
        lines, on_progress=lambda done, total: progress.save(name=name, done=done, total=total)
    )
    if request.form.get("dry_run") == "true" or planned.errors:
        return json_response(_to_json(planned))
    if request.form.get("version") != hash_outcome(planned):
        raise DomainError("import_outdated", "商品资料在预览之后有变化，请重新选择文件", 409)
    return json_response(_to_json(csv_import.import_all(lines, expected=planned)))


@bp.get("/progress")
@staff_required("goods.create")
@bp.input(ProgressQuery, location="query")
def get_progress(caller: StaffCaller, query_data: ProgressQuery) -> Response:
    """Return how many lines of a running import are checked."""
    done, total = progress.read(_progress_name(caller, query_data.key))
    return json_response({"done": done, "total": total})


def _progress_name(caller: StaffCaller, key: str) -> str:
    """Return the name of a progress, which no other account can read."""
    return f"goods.import:{caller.account.id}:{hashlib.sha256(key.encode()).hexdigest()[:40]}"


def _save_progress(name: str, done: int, total: int) -> None:
    progress.save(name=name, done=done, total=total)


def _to_json(outcome: ImportResult) -> dict[str, object]:
    rows = outcome.created + outcome.changed + outcome.existing + len(outcome.errors)
    return {
        "rows": rows, "created": outcome.created, "updated": outcome.changed,
        "errors": describe_errors(outcome.errors, LABELS),
        "version": hash_outcome(outcome),
    }  # fmt: skip
