"""Import of shops (门店导入) from a CSV file: a dry run first, then all lines or none."""

from apiflask import APIBlueprint
from flask import Response, request

from console.auth import StaffCaller, staff_required
from console.csv_files import describe_errors, hash_outcome, read_csv_text
from store.core import spreadsheets
from store.core.errors import DomainError
from store.shops import csv_import
from store.shops.csv_import import ImportResult
from web.responses import file_response, json_response

bp = APIBlueprint(
    "console_shop_imports", __name__, url_prefix="/console/api/shops/import", enable_openapi=False
)

_EXAMPLE = {
    "code": "S001", "name": "人民广场店", "lng": "121.473700", "lat": "31.230400", "datum": "gcj02", "brand": "示例",
    "phone": "021-12345678", "city": "上海", "district": "黄浦区", "address": "人民大道 1 号",
    "hours": "周一至周五 08:00-22:00; 周六、周日 10:00-22:00", "delivery": "是", "payment": "是", "pickup": "是",
}  # fmt: skip


@bp.get("/template")
@staff_required("shops.create")
def download_template(caller: StaffCaller) -> Response:
    """Return a file with all columns and one example."""
    labels = csv_import.COLUMN_LABELS
    lines = spreadsheets.to_csv(labels.values(), [[_EXAMPLE.get(name, "") for name in labels]])
    return file_response("".join(lines), mimetype="text/csv", filename="门店导入模板.csv")


@bp.post("")
@staff_required("shops.create")
def import_shops(caller: StaffCaller) -> Response:
    """Import a file, or say what an import would do. `version` of a dry run makes sure that it still does that."""
    caller.ensure("shops.edit")
    if caller.shop_ids is not None:
        raise DomainError("forbidden", "您的账号只能管理指定门店，不能导入", 403)
    lines = csv_import.parse_csv(read_csv_text())
    planned = csv_import.dry_run(lines)
    if request.form.get("dry_run") == "true" or planned.errors:
        return json_response(_to_json(planned, len(lines)))
    if request.form.get("version") != hash_outcome(planned):
        raise DomainError("import_outdated", "门店资料在预览之后有变化，请重新选择文件", 409)
    return json_response(_to_json(csv_import.import_all(lines, expected=planned), len(lines)))


def _to_json(outcome: ImportResult, rows: int) -> dict[str, object]:
    return {
        "rows": rows, "created": outcome.created, "updated": len(outcome.changed),
        "errors": describe_errors(outcome.errors, csv_import.COLUMN_LABELS),
        "version": hash_outcome(outcome),
    }  # fmt: skip
