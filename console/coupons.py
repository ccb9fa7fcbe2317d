"""Issued coupons (优惠券): the list, one with its history and the sales that used it, and 作废."""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import StringConstraints

from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, respond_once
from store.core.validation import IsoDate
from store.coupons import coupon_list, coupons, display
from store.coupons.coupon_list import CouponFilter
from store.coupons.coupons import Coupon
from store.coupons.redemption_records import CouponRedemption
from store.customers import profiles
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("console_coupons", __name__, url_prefix="/console/api/coupons", enable_openapi=False)

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class CouponQuery(ListQuery):
    """Which coupons are listed. `search` is a code or a rule's number or name, `member` a card or phone."""

    search: Search = ""
    member: Search | None = None
    rule: Search | None = None
    kind: Literal["amount_off", "percent_off", "exchange", "voucher"] | None = None
    state: Literal["issued", "held", "gifting", "used", "expired", "void"] | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


class Voiding(RequestModel):
    """Why a coupon is voided."""

    reason: Reason


@bp.get("")
@staff_required("coupons.read")
@bp.input(CouponQuery, location="query")
def list_coupons(caller: StaffCaller, query_data: CouponQuery) -> Response:
    asked = query_data.model_dump(exclude={"page", "page_size", "sort"})
    rows, total = coupon_list.list_page(CouponFilter(**asked, shop_ids=caller.shop_ids), query_data.to_page())
    return list_response(map(_to_row, rows), total, query_data)


@bp.get("/<code>")
@staff_required("coupons.read")
def get_coupon(code: str, caller: StaffCaller) -> Response:
    coupon = coupon_list.get_coupon(code, shop_ids=caller.shop_ids)
    uses = coupon_list.list_uses(coupon)
    return json_response({
        **_to_row(coupon),
        "origin": coupon_list.ORIGINS.get(coupon_list.origin_of(coupon), "发放"), "source": coupon.source,
        "validity": display.describe(coupon.rule.terms).validity,
        "uses": [_to_use(use) for use in uses],
        "history": [
            {"at": step.at.isoformat(), "scene": step.scene, "reference": step.reference}
            for step in coupon_list.list_history(coupon, uses)
        ],
    })  # fmt: skip


@bp.post("/<code>/void")
@staff_required("coupons.void")
@bp.input(Voiding)
def void(code: str, caller: StaffCaller, json_data: Voiding) -> Response:
    """Take a coupon out of use, with a reason."""
    coupon = coupon_list.get_coupon(code, shop_ids=caller.shop_ids)

    def work() -> dict[str, Any]:
        coupons.void(coupon, reason=json_data.reason)
        return _to_row(coupon_list.get_coupon(code, shop_ids=caller.shop_ids))

    return respond_once(caller, json_data, work)


def _to_row(coupon: Coupon) -> dict[str, Any]:
    rule = coupon.rule
    return {
        "code": coupon.code, "rule_id": rule.public_id, "rule_number": rule.number, "rule_name": rule.name,
        "kind": rule.kind, "headline": display.describe(rule.terms).headline,
        "customer": profiles.display_name(coupon.member.customer), "card_number": coupon.member.card_number,
        "state": coupon_list.display_state(coupon), "received_at": coupon.received_at.isoformat(),
        "starts_at": coupon.starts_at.isoformat(), "ends_at": coupon_list.find_end(coupon),
    }  # fmt: skip


def _to_use(use: CouponRedemption) -> dict[str, Any]:
    return {
        "id": str(use.id), "order_number": use.order_number, "state": use.state, "shop_code": use.shop_code,
        "order_fen": use.order_fen, "paid_fen": use.paid_fen, "value_fen": use.value_fen,
        "held_at": use.held_at.isoformat(), "used_at": use.used_at.isoformat() if use.used_at else None,
    }  # fmt: skip
