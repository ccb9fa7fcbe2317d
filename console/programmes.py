"""Loyalty programmes (忠诚度计划): list, create with base tier and point group, rename, delete."""

from typing import Annotated, Any

from apiflask import APIBlueprint
from flask import Response
from pydantic import StringConstraints

from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, respond_once
from console.staff import Line
from store.customers import members, programmes
from store.customers.programmes import Programme
from store.membership import programme_deletion, programme_setup
from web.schemas import RequestModel

bp = APIBlueprint("console_programmes", __name__, url_prefix="/console/api/programmes", enable_openapi=False)

Code = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=30, pattern=r"^[^\x00-\x1f\x7f/]*$"),
]


class ProgrammeQuery(ListQuery):
    """Which programmes are listed. `search` is a part of code or name."""

    search: Search = ""


class ProgrammeCreation(RequestModel):
    """A new programme, with the names of its base tier and its first point group."""

    code: Code
    name: Line
    base_name: Line = programme_setup.BASE_TIER["name"]
    points_name: Line = programme_setup.POINT_GROUP["name"]


class ProgrammeChange(RequestModel):
    """The new name of a programme."""

    name: Line


@bp.get("")
@staff_required("programmes.read")
@bp.input(ProgrammeQuery, location="query")
def list_programmes(caller: StaffCaller, query_data: ProgrammeQuery) -> Response:
    rows, total = programmes.list_page(query_data.to_page(), search=query_data.search)
    counts = members.count_joined()
    return list_response((_to_row(row, counts.get(row.id, 0)) for row in rows), total, query_data)


@bp.post("")
@staff_required("programmes.create")
@bp.input(ProgrammeCreation)
def create_programme(caller: StaffCaller, json_data: ProgrammeCreation) -> Response:
    def work() -> dict[str, Any]:
        return _to_row(programme_setup.set_up_programme(**json_data.model_dump()).programme)

    return respond_once(caller, json_data, work, status=201)


@bp.patch("/<code>")
@staff_required("programmes.edit")
@bp.input(ProgrammeChange)
def rename_programme(code: str, caller: StaffCaller, json_data: ProgrammeChange) -> Response:
    return respond_once(caller, json_data, lambda: _to_row(programmes.rename(code=code, name=json_data.name)))


@bp.delete("/<code>")
@staff_required("programmes.delete")
def delete_programme(code: str, caller: StaffCaller) -> Response:
    def work() -> dict[str, Any]:
        programme_deletion.delete(code=code)
        return {"deleted": True}

    return respond_once(caller, None, work)


def _to_row(row: Programme, member_count: int | None = None) -> dict[str, Any]:
    return {
        "code": row.code, "name": row.name, "members": member_count, "created_at": row.created_at.isoformat(),
    }  # fmt: skip
