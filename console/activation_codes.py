"""Activation codes (激活码): the list, and the import of cards with their codes from Excel or text."""

from typing import Any, Literal

from apiflask import APIBlueprint
from flask import Response, request

from console.auth import StaffCaller, staff_required
from console.csv_files import hash_outcome, read_csv_text
from console.lists import ListQuery, Search, list_response
from store.activation_codes import codes, imports
from store.activation_codes.codes import STATES, ActivationCode, CodeFilter
from store.activation_codes.imports import LABELS, ImportPlan
from store.core import spreadsheets
from store.core.errors import DomainError, invalid
from store.core.validation import IsoDate
from store.physical_cards import kinds
from web.responses import file_response, json_response

bp = APIBlueprint(
    "console_activation_codes", __name__, url_prefix="/console/api/activation-codes", enable_openapi=False
)


class CodeQuery(ListQuery):
    """Which codes are listed. `search` is the number of a card."""

    search: Search = ""
    state: Literal["open", "used"] | None = None
    kind: Search | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


@bp.get("")
@staff_required("activation_codes.read")
@bp.input(CodeQuery, location="query")
def list_codes(caller: StaffCaller, query_data: CodeQuery) -> Response:
    caller.ensure_all_shops()
    criteria = CodeFilter(**query_data.model_dump(exclude={"page", "page_size", "sort"}))
    rows, total = codes.list_page(criteria, query_data.to_page())
    return list_response(map(_to_row, rows), total, query_data)


@bp.get("/template")
@staff_required("activation_codes.create")
def download_template(caller: StaffCaller) -> Response:
    """Return a file with all columns and one card."""
    lines = spreadsheets.to_csv(LABELS.values(), [["6200000000000000001", "012345", ""]])
    return file_response("".join(lines), mimetype="text/csv", filename="激活码导入模板.csv")


@bp.post("/import")
@staff_required("activation_codes.create")
def import_codes(caller: StaffCaller) -> Response:
    """Import a file, or say what an import would do. `version` of a dry run makes sure that it still does that."""
    caller.ensure_all_shops()
    code = request.form.get("kind", "")
    if not code:
        raise invalid("kind", "请选择卡种")
    kind, rows = kinds.get_by_code(code), imports.parse(read_csv_text())
    plan = imports.dry_run(rows)
    if request.form.get("dry_run") == "true" or plan.errors:
        return json_response(_to_json(plan, len(rows)))
    if request.form.get("version") != hash_outcome(plan):
        raise DomainError("import_outdated", "卡号在预览之后有变化，请重新选择文件", 409)
    imports.import_all(rows, kind=kind)
    return json_response(_to_json(plan, len(rows)))


def _to_json(plan: ImportPlan, rows: int) -> dict[str, Any]:
    return {
        "rows": rows, "created": 0 if plan.errors else len(plan.lines), "updated": 0,
        "errors": [{"line": line, "message": message} for line, message in plan.errors],
        "version": hash_outcome(plan),
    }  # fmt: skip


def _to_row(row: ActivationCode) -> dict[str, Any]:
    state, member = "used" if row.used_at else "open", row.card.member
    return {
        "id": str(row.id), "number": row.card.number, "kind": row.card.kind.name, "state": state,
        "state_label": STATES[state], "imported_at": row.batch.imported_at.isoformat(), "operator": row.batch.operator,
        "used_at": row.used_at and row.used_at.isoformat(), "card_number": member.card_number if member else None,
    }  # fmt: skip
