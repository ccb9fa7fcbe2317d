"""Freezing of a member, and the tier by hand."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from console.auth import StaffCaller, staff_required
from console.lists import respond_once
from console.member_lookup import Line, Reason, get_member
from store.core.errors import not_found
from store.customers import freezes
from store.customers.members import Member
from store.tiers import evaluation as tier_evaluation
from store.tiers import tiers
from web.responses import json_response

bp = APIBlueprint("console_member_actions", __name__, url_prefix="/console/api/members", enable_openapi=False)


class TierChange(Reason):
    """The tier, by its code."""

    tier: Line


@bp.post("/<card>/freezing")
@staff_required("members.freeze")
@bp.input(Reason)
def freeze(card: str, caller: StaffCaller, json_data: Reason) -> Response:
    member = get_member(caller, card)
    return respond_once(
        caller, json_data, lambda: _to_status(freezes.freeze(member=member, reason=json_data.reason))
    )


@bp.delete("/<card>/freezing")
@staff_required("members.freeze")
@bp.input(Reason)
def unfreeze(card: str, caller: StaffCaller, json_data: Reason) -> Response:
    member = get_member(caller, card)
    return respond_once(
        caller, json_data, lambda: _to_status(freezes.unfreeze(member=member, reason=json_data.reason))
    )


@bp.get("/<card>/tier-choices")
@staff_required("members.change_tier")
def list_tier_choices(card: str, caller: StaffCaller) -> Response:
    found = tiers.list_tiers(int(get_member(caller, card).programme_id))
    return json_response([{"value": tier.code, "label": tier.name} for tier in found])


@bp.put("/<card>/tier")
@staff_required("members.change_tier")
@bp.input(TierChange)
def change_tier(card: str, caller: StaffCaller, json_data: TierChange) -> Response:
    member = get_member(caller, card)

    def work() -> dict[str, Any]:
        wanted = [row for row in tiers.list_tiers(int(member.programme_id)) if row.code == json_data.tier]
        if not wanted:
            raise not_found("该等级")
        record = tier_evaluation.change_tier(member=member, tier=wanted[0], reason=json_data.reason)
        return {"tier": record.tier.name}

    return respond_once(caller, json_data, work)


def _to_status(member: Member) -> dict[str, Any]:
    return {"card_number": member.card_number, "status": member.status}
