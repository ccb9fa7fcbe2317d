"""Points by hand and single coupons for a member."""

from typing import Annotated, Any

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field, StrictBool, StrictInt

from console.auth import StaffCaller, staff_required
from console.lists import operation_number, respond_once
from console.member_lookup import Line, Reason, get_member
from store.approvals import Approval
from store.coupons import coupons, display, rule_list
from store.coupons import rules as coupon_rules
from store.points import adjustments, points
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("console_member_grants", __name__, url_prefix="/console/api/members", enable_openapi=False)

Points = Annotated[StrictInt, Field(ge=-points.MAX_POINTS_PER_ENTRY, le=points.MAX_POINTS_PER_ENTRY)]


class PointChange(Reason):
    """Points by hand: a positive `value` adds, a negative one takes. `group` is a code."""

    group: Line
    value: Points
    upgrade_eligible: StrictBool = False


class CouponIssue(RequestModel):
    """The rule of the coupon, by its public id."""

    rule: Line


@bp.post("/<card>/points")
@staff_required("point_accounts.adjust")
@bp.input(PointChange)
def change_points(card: str, caller: StaffCaller, json_data: PointChange) -> Response:
    """Change points by hand, or submit the change for approval if it is above the limit."""
    member, key = get_member(caller, card), operation_number(caller, prefix="console:")

    def work() -> dict[str, Any]:
        group = adjustments.find_group(member, json_data.group)
        made = adjustments.adjust_or_submit(
            member=member, group=group, value=json_data.value, reason=json_data.reason, key=key,
            upgrade_eligible=json_data.upgrade_eligible and json_data.value > 0,
        )  # fmt: skip
        if isinstance(made, Approval):
            return {"state": "submitted", "approval_id": made.public_id}
        return {"state": "done", "entry_id": str(made.id), "available": points.balance(member, group)}

    return respond_once(caller, json_data, work, status=201)


@bp.get("/<card>/coupon-choices")
@staff_required("coupon_rules.issue")
def list_coupon_choices(card: str, caller: StaffCaller) -> Response:
    """Return the listed rules whose coupons staff may issue to the member."""
    member = get_member(caller, card)
    found = [row for row in rule_list.list_rules(state="listed") if row.programme_id == member.programme_id]
    return json_response([
        {"value": row.public_id, "label": f"{row.terms.name}（{display.describe(row.terms).headline}）"}
        for row in found
        if row.terms.by_campaign and row.stopped_at is None
    ])  # fmt: skip


@bp.post("/<card>/coupons")
@staff_required("coupon_rules.issue")
@bp.input(CouponIssue)
def issue_coupon(card: str, caller: StaffCaller, json_data: CouponIssue) -> Response:
    member, key = get_member(caller, card), operation_number(caller, prefix="console:")

    def work() -> dict[str, Any]:
        rule = coupon_rules.get_by_public_id(json_data.rule)
        return {"code": coupons.issue(rule=rule, member=member, key=key, source="console").code}

    return respond_once(caller, json_data, work, status=201)
