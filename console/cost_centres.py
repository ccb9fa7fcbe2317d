"""Cost centres (成本中心): list, create, rename, close for new rules, open again."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, respond_once
from console.programmes import Code, ProgrammeChange
from console.staff import Line
from store.tenants import cost_centres
from store.tenants.cost_centres import CostCentre
from web.schemas import RequestModel

bp = APIBlueprint(
    "console_cost_centres", __name__, url_prefix="/console/api/cost-centres", enable_openapi=False
)


class CentreQuery(ListQuery):
    """Which cost centres are listed. `search` is a part of code or name."""

    search: Search = ""


class CentreCreation(RequestModel):
    """A new cost centre."""

    code: Code
    name: Line


@bp.get("")
@staff_required("cost_centres.read")
@bp.input(CentreQuery, location="query")
def list_centres(caller: StaffCaller, query_data: CentreQuery) -> Response:
    rows, total = cost_centres.list_page(query_data.to_page(), search=query_data.search)
    return list_response(map(_to_row, rows), total, query_data)


@bp.post("")
@staff_required("cost_centres.create")
@bp.input(CentreCreation)
def create_centre(caller: StaffCaller, json_data: CentreCreation) -> Response:
    values = json_data.model_dump()
    return respond_once(caller, json_data, lambda: _to_row(cost_centres.create(**values)), status=201)


@bp.patch("/<code>")
@staff_required("cost_centres.edit")
@bp.input(ProgrammeChange)
def rename_centre(code: str, caller: StaffCaller, json_data: ProgrammeChange) -> Response:
    return respond_once(
        caller, json_data, lambda: _to_row(cost_centres.rename(code=code, name=json_data.name))
    )


@bp.post("/<code>/closing")
@staff_required("cost_centres.edit")
def close_centre(code: str, caller: StaffCaller) -> Response:
    return respond_once(caller, None, lambda: _to_row(cost_centres.close(code=code)))


@bp.delete("/<code>/closing")
@staff_required("cost_centres.edit")
def reopen_centre(code: str, caller: StaffCaller) -> Response:
    return respond_once(caller, None, lambda: _to_row(cost_centres.reopen(code=code)))


def _to_row(row: CostCentre) -> dict[str, Any]:
    return {
        "code": row.code, "name": row.name, "is_closed": row.closed_at is not None,
        "created_at": row.created_at.isoformat(),
    }  # fmt: skip
