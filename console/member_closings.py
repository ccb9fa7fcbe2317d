"""The closing of a membership (注销) that a person asks for at the desk, and the erasure of personal data."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from console.auth import StaffCaller, staff_required
from console.lists import respond_once
from console.member_lookup import Line, Reason, get_member
from store.closings import closings, listings
from store.core.errors import invalid
from store.customers import consents, profiles
from web.responses import json_response

bp = APIBlueprint(
    "console_member_closings", __name__, url_prefix="/console/api/members", enable_openapi=False
)


class ClosingRequest(Reason):
    """`listing_version` is that of the listing which the clerk has explained."""

    listing_version: Line


@bp.get("/<card>/closing")
@staff_required("members.delete")
def get_closing(card: str, caller: StaffCaller) -> Response:
    """Return what the person gives up or gets back, to be read out before the request."""
    listing = listings.build(get_member(caller, card).customer)
    return json_response({
        "listing_version": listing.version, "principal_fen": listing.principal_fen, "bonus_fen": listing.bonus_fen,
        "points": [vars(line) for line in listing.points], "coupons": [vars(line) for line in listing.coupons],
        "open_things": listing.open_things,
    })  # fmt: skip


@bp.post("/<card>/closing")
@staff_required("members.delete")
@bp.input(ClosingRequest)
def request_closing(card: str, caller: StaffCaller, json_data: ClosingRequest) -> Response:
    member = get_member(caller, card)

    def work() -> dict[str, Any]:
        if not json_data.reason:
            raise invalid("reason", "请填写原因")
        row = closings.request(
            customer=member.customer, listing_version=json_data.listing_version, channel=consents.DESK,
            reason=json_data.reason,
        )  # fmt: skip
        return {"number": row.number, "due_day": row.due_day.isoformat()}

    return respond_once(caller, json_data, work, status=201)


@bp.delete("/<card>/closing")
@staff_required("members.delete")
def cancel_closing(card: str, caller: StaffCaller) -> Response:
    member = get_member(caller, card)
    return respond_once(caller, None, lambda: {"cancelled": closings.cancel(customer=member.customer)})


@bp.post("/<card>/erasure")
@staff_required("members.delete")
def erase_personal_data(card: str, caller: StaffCaller) -> Response:
    """Erase the personal data. Points, coupons and orders stay without a name."""
    member = get_member(caller, card)

    def work() -> dict[str, Any]:
        profiles.erase(member.customer)
        return {"card_number": member.card_number}

    return respond_once(caller, None, work)
