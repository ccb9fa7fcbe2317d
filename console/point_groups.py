"""Point groups (积分组): list, create, rename."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, respond_once
from console.programmes import Code, ProgrammeChange
from console.staff import Line
from store.customers import programmes
from store.points import groups, points
from store.points.ledger import PointGroup
from web.schemas import RequestModel

bp = APIBlueprint(
    "console_point_groups", __name__, url_prefix="/console/api/point-groups", enable_openapi=False
)


class GroupQuery(ListQuery):
    """Which groups are listed. `search` is a part of name or code."""

    search: Search = ""
    programme: Search | None = None


class GroupCreation(RequestModel):
    """A new group. Points of a `spendable` one can be redeemed, growth value cannot."""

    programme: Code
    code: Code
    name: Line
    spendable: bool = True


@bp.get("")
@staff_required("point_groups.read")
@bp.input(GroupQuery, location="query")
def list_groups(caller: StaffCaller, query_data: GroupQuery) -> Response:
    rows, total = groups.list_page(
        query_data.to_page(), search=query_data.search, programme_code=query_data.programme
    )
    return list_response(map(_to_row, rows), total, query_data)


@bp.post("")
@staff_required("point_groups.create")
@bp.input(GroupCreation)
def create_group(caller: StaffCaller, json_data: GroupCreation) -> Response:
    programme = programmes.get_by_code(json_data.programme)
    values = json_data.model_dump(exclude={"programme"})
    return respond_once(
        caller, json_data, lambda: _to_row(points.create_group(programme=programme, **values)), status=201
    )


@bp.patch("/<int:group_id>")
@staff_required("point_groups.edit")
@bp.input(ProgrammeChange)
def rename_group(group_id: int, caller: StaffCaller, json_data: ProgrammeChange) -> Response:
    return respond_once(
        caller, json_data, lambda: _to_row(groups.rename(group_id=group_id, name=json_data.name))
    )


def _to_row(row: PointGroup) -> dict[str, Any]:
    programme = row.programme
    return {
        "id": str(row.id), "programme": {"code": programme.code, "name": programme.name}, "code": row.code,
        "name": row.name, "spendable": row.spendable,
    }  # fmt: skip
