"""Import of tier rules (导入升降级规则) from a CSV file: a dry run first, then all lines or none."""

from apiflask import APIBlueprint
from flask import Response, request

from console.auth import StaffCaller, staff_required
from console.csv_files import read_csv_text
from store.core import spreadsheets
from store.customers import programmes
from store.tiers import rule_csv
from web.responses import file_response, json_response

bp = APIBlueprint(
    "console_tier_rule_imports", __name__, url_prefix="/console/api/tier-rules/imports", enable_openapi=False
)

_EXAMPLES = (
    ("银卡升级", "silver", "消费金额", "", "365", "500", "2000"),
    ("金卡升级", "gold", "累计积分", "growth", "365", "1000", ""),
)


@bp.get("/template")
@staff_required("tier_rules.create")
def download_template(caller: StaffCaller) -> Response:
    """Return a file with all columns and two examples."""
    lines = spreadsheets.to_csv(rule_csv.COLUMNS, _EXAMPLES)
    return file_response("".join(lines), mimetype="text/csv", filename="升降级规则导入模板.csv")


@bp.post("")
@staff_required("tier_rules.create")
def import_rules(caller: StaffCaller) -> Response:
    """Import a file, or say what an import would do. `version` is that of the dry run."""
    caller.ensure("tier_rules.edit")
    code = request.form.get("programme", "")[:30]
    programme = programmes.get_by_code(code) if code else programmes.get_default()
    lines = rule_csv.parse_csv(read_csv_text())
    if request.form.get("dry_run") == "true":
        outcome = rule_csv.dry_run(programme=programme, lines=lines)
    else:
        version = request.form.get("version", "")
        outcome = rule_csv.import_all(programme=programme, lines=lines, version=version)
    return json_response({
        "rows": outcome.rows, "created": outcome.created, "updated": outcome.updated, "version": outcome.version,
        "errors": [{"line": number, "message": message} for number, message in outcome.errors],
    })  # fmt: skip
