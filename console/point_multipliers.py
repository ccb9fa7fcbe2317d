"""Multipliers of points (多倍积分): list, create, end."""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from console.auth import StaffCaller, staff_required
from console.lists import list_response, respond_once
from console.point_rule_parts import LastDay, find_centre, find_group, to_shared
from console.point_rules import RuleQuery
from console.programmes import Code
from console.staff import Line
from store.core.validation import IsoDate
from store.points import rule_list
from store.points import rules as point_rules
from store.points.rule_list import RuleFilter
from store.points.rules import PointMultiplier
from store.tenants import business_days
from web.schemas import RequestModel

bp = APIBlueprint(
    "console_point_multipliers", __name__, url_prefix="/console/api/point-multipliers", enable_openapi=False
)


class MultiplierValues(RequestModel):
    """A multiplier: 200 percent doubles what the rules give on the occasion."""

    programme: Code
    group: Code
    name: Line
    occasion: Literal["birthday_day", "birthday_month", "period", "tier"]
    percent: Annotated[int, Field(ge=101, le=10_000)]
    cost_centre: Code
    tier: Code | None = None
    starts_on: IsoDate | None = None
    ends_on: IsoDate | None = None


@bp.get("")
@staff_required("point_rules.read")
@bp.input(RuleQuery, location="query")
def list_multipliers(caller: StaffCaller, query_data: RuleQuery) -> Response:
    criteria = RuleFilter(**query_data.model_dump(exclude={"page", "page_size", "sort"}))
    rows, total = rule_list.list_multipliers_page(criteria, query_data.to_page())
    return list_response(map(_to_row, rows), total, query_data)


@bp.post("")
@staff_required("point_rules.create")
@bp.input(MultiplierValues)
def add_multiplier(caller: StaffCaller, json_data: MultiplierValues) -> Response:
    values = json_data.model_dump(exclude={"programme"})

    def work() -> dict[str, Any]:
        group, centre = find_group(json_data.programme, json_data.group), find_centre(json_data.cost_centre)
        return _to_row(point_rules.add_multiplier(**{**values, "group": group, "cost_centre": centre}))

    return respond_once(caller, json_data, work, status=201)


@bp.post("/<int:multiplier_id>/ending")
@staff_required("point_rules.delete")
@bp.input(LastDay)
def end_multiplier(multiplier_id: int, caller: StaffCaller, json_data: LastDay) -> Response:
    last_day = json_data.last_day or business_days.today()

    def work() -> dict[str, Any]:
        return _to_row(point_rules.end_multiplier(multiplier_id=multiplier_id, last_day=last_day))

    return respond_once(caller, json_data, work)


def _to_row(row: PointMultiplier) -> dict[str, Any]:
    return to_shared(row) | {"occasion": row.occasion, "percent": row.percent}
