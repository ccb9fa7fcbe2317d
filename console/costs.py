"""The cost report (成本报表): what points and coupons gave in a period, by cost centre."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from console.auth import StaffCaller, staff_required
from store.core.validation import IsoDate
from store.insight import cost_report
from store.insight.cost_report import Cost
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("console_costs", __name__, url_prefix="/console/api/costs", enable_openapi=False)


class CostQuery(RequestModel):
    """The days of the report, both included: this month up to today if they are left out.

    The others are of every list; the report has one page.
    """

    since: IsoDate | None = None
    until: IsoDate | None = None
    page: int | None = None
    page_size: int | None = None


@bp.get("")
@staff_required("costs.read")
@bp.input(CostQuery, location="query")
def list_costs(caller: StaffCaller, query_data: CostQuery) -> Response:
    """Return the costs by cost centre and their sum, which is the last row."""
    cost_report.ensure_all_shops(caller.shop_ids)
    rows = cost_report.list_of_days(since=query_data.since, until=query_data.until)
    return json_response({"list": [_to_row(row) for row in rows]})


@bp.get("/groups")
@staff_required("costs.read")
def list_groups(caller: StaffCaller) -> Response:
    """Return the point groups, which are columns of the report."""
    return json_response(
        {"list": [{"id": str(key), "name": name} for key, name in cost_report.list_group_names().items()]}
    )


def _to_row(cost: Cost) -> dict[str, Any]:
    return {
        "cost_centre": cost.centre, "name": cost.name,
        "points": {str(group_id): value for group_id, value in cost.points.items()},
        "coupons": cost.coupons, "coupon_fen": cost.coupon_fen,
    }  # fmt: skip
