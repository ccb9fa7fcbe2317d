"""Gift records (优惠券转赠记录) of all coupons: the list, and one with its steps. Phones are masked."""

from typing import Any, Literal

from apiflask import APIBlueprint
from flask import Response

from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response
from store.core.validation import IsoDate
from store.coupons import coupons, gift_records, gifts
from store.coupons.gift_records import GiftFilter, GiftRecord, RecordParty
from store.coupons.gifts import CouponGiftStep
from web.responses import json_response

bp = APIBlueprint(
    "console_coupon_gifts", __name__, url_prefix="/console/api/coupon-gifts", enable_openapi=False
)


class GiftQuery(ListQuery):
    """Which gifts are listed. `search` is the giver's name, phone or card number, or the code of the coupon."""

    search: Search = ""
    state: Literal["offered", "accepted", "declined", "timed_out", "cancelled"] | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


@bp.get("")
@staff_required("coupon_gifts.read")
@bp.input(GiftQuery, location="query")
def list_gifts(caller: StaffCaller, query_data: GiftQuery) -> Response:
    asked = query_data.model_dump(exclude={"page", "page_size", "sort"})
    rows, total = gift_records.list_page(GiftFilter(**asked, shop_ids=caller.shop_ids), query_data.to_page())
    return list_response(map(_to_row, rows), total, query_data)


@bp.get("/<int:number>")
@staff_required("coupon_gifts.read")
def get_gift(number: int, caller: StaffCaller) -> Response:
    """Return a gift with each step. Cards and phones are those of the day of the step."""
    record = gift_records.get_record(number, shop_ids=caller.shop_ids)
    steps = gift_records.list_steps(number)
    return json_response({**_to_row(record), "steps": [_to_step(step) for step in steps]})


def _to_row(record: GiftRecord) -> dict[str, Any]:
    return {
        "id": str(record.number), "offered_at": record.offered_at.isoformat(), "coupon_code": record.coupon_code,
        "giver": _to_party(record.giver), "receiver": _to_party(record.receiver),
        "accepted_at": record.accepted_at.isoformat() if record.accepted_at else None, "state": record.state,
    }  # fmt: skip


def _to_party(party: RecordParty | None) -> dict[str, Any] | None:
    return None if party is None else vars(party)


def _to_step(step: CouponGiftStep) -> dict[str, Any]:
    party = gifts.to_party(step)
    return {
        "id": str(step.id), "at": step.occurred_at.isoformat(), "scene": gift_records.SCENES[step.state],
        "card_number": party and party.card_number, "phone": party and party.phone,
        "before": coupons.LABELS[step.coupon_before], "after": coupons.LABELS[step.coupon_after],
    }  # fmt: skip
