"""Choices of the forms about loyalty: programmes with their tiers and point groups, and open cost centres."""

from apiflask import APIBlueprint
from flask import Response

from console.auth import OWN_CHECK, StaffCaller, staff_required
from store.customers import programmes
from store.points import points
from store.tenants import cost_centres
from store.tiers import tiers
from web.responses import json_response

bp = APIBlueprint(
    "console_loyalty_options", __name__, url_prefix="/console/api/loyalty-options", enable_openapi=False
)

_READERS = (
    "programmes", "tiers", "tier_rules", "point_groups", "point_rules", "check_in_settings", "costs",
)  # fmt: skip


@bp.get("")
@staff_required(OWN_CHECK)
def list_options(caller: StaffCaller) -> Response:
    """Return them to everybody who may read one of the pages about loyalty."""
    if not any(caller.can(f"{entry}.read") for entry in _READERS):
        caller.ensure("programmes.read")
    return json_response({
        "programmes": [
            {
                "code": row.code, "name": row.name,
                "tiers": [
                    {"code": tier.code, "name": tier.name, "is_base": tier.is_base}
                    for tier in tiers.list_tiers(int(row.id))
                ],
                "groups": [{"code": group.code, "name": group.name} for group in points.list_groups(row)],
            }
            for row in programmes.list_programmes()
        ],
        "cost_centres": [
            {"code": row.code, "name": row.name}
            for row in cost_centres.list_cost_centres()
            if row.closed_at is None
        ],
    })  # fmt: skip
