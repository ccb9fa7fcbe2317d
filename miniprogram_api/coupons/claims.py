"""Coupon offers (领券): what can be claimed, and claiming one."""

from functools import partial

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from miniprogram_api.coupons.schemas import (
    CouponDisplay,
    CouponTexts,
    Reason,
    to_coupon_display,
    to_coupon_texts,
)
from miniprogram_api.coupons.wallet import WalletCoupon, to_wallet_coupon
from store.coupons import claims as coupon_claims
from store.coupons import coupons
from store.coupons import wallet as coupon_wallet
from store.customers import members
from store.customers.members import Member
from web import idempotency, paging
from web.auth import Caller, login_optional, login_required
from web.responses import json_response
from web.schemas import OPTIONAL_LOGIN, Account, PageQuery, PageResponse, RequestModel

bp = APIBlueprint("coupon_claims", __name__, tag="优惠券")


class ClaimableCouponsQuery(PageQuery):
    """`account` names the tenant of a visitor who is not signed in."""

    account: Account | None = None


class ClaimableCouponQuery(RequestModel):
    """`account` names the tenant of a visitor who is not signed in."""

    account: Account | None = None


class ClaimableCoupon(CouponTexts):
    """A coupon that is open to claims, with everything that its terms say."""

    id: str
    display: CouponDisplay
    remaining: int | None = Field(description="剩余张数，null 为不限量")
    claimed: int = Field(description="本人已领张数")
    limit: int = Field(description="每人限领张数")
    actions: list[str] = Field(description="能领取时有 claim")
    ineligible_reason: Reason | None = Field(description="不能领取的原因")


class ClaimableCouponsResponse(PageResponse):
    """A page of offers."""

    list: list[ClaimableCoupon]


@bp.get("/api/coupons")
@login_optional
@bp.doc(summary="可领取的优惠券", security=OPTIONAL_LOGIN)
@bp.input(ClaimableCouponsQuery, location="query")
@bp.output(ClaimableCouponsResponse)
def list_claimable(caller: Caller, query_data: ClaimableCouponsQuery) -> Response:
    asked = query_data
    rows, page = paging.read_page(
        asked,
        name="claimable",
        fetch=partial(coupon_claims.list_claimable, _find_member(caller)),
        position=coupon_claims.get_position,
    )
    shown = [ClaimableCoupon(**_to_fields(row)) for row in rows]
    return json_response(ClaimableCouponsResponse(list=shown, **page))


@bp.get("/api/coupons/<rule_id>")
@login_optional
@bp.doc(summary="可领取的优惠券详情", security=OPTIONAL_LOGIN, responses={404: "没有该优惠券"})
@bp.input(ClaimableCouponQuery, location="query")
@bp.output(ClaimableCoupon)
def get_claimable(caller: Caller, rule_id: str, query_data: ClaimableCouponQuery) -> Response:
    offer = coupon_claims.get_by_public_id(rule_id, _find_member(caller))
    return json_response(ClaimableCoupon(**_to_fields(offer)))


@bp.post("/api/coupons/<rule_id>/claims")
@login_required
@bp.doc(
    summary="领取优惠券",
    security="session",
    responses={
        403: "请先注册会员", 404: "没有该优惠券", 409: "已领完、已达上限或已下架", 429: "过于频繁"
    },
)  # fmt: skip
@bp.output(WalletCoupon, status_code=201)
def claim_coupon(caller: Caller, rule_id: str) -> Response:
    coupon_claims.check_claim_limit(caller.customer)

    def claimed() -> WalletCoupon:
        member = _find_member(caller)
        offer = coupon_claims.get_by_public_id(rule_id, member)
        coupon = coupons.claim(rule=offer.rule, member=member, source=caller.channel.kind)
        return to_wallet_coupon(coupon_wallet.get_coupon(member, coupon.code))

    return json_response(idempotency.run_idempotent(caller.scope, None, claimed), 201)


def _find_member(caller: Caller) -> Member | None:
    return members.get_or_create(caller.customer) if caller.customer else None


def _to_fields(offer: coupon_claims.ClaimableCoupon) -> dict[str, object]:
    against = offer.ineligible_reason
    return {
        "id": offer.rule.public_id,
        "display": to_coupon_display(offer.rule.terms),
        "remaining": offer.remaining,
        "claimed": offer.claimed,
        "limit": offer.limit,
        "actions": [] if against else ["claim"],
        "ineligible_reason": Reason(code=against.code, message=against.message) if against else None,
        **to_coupon_texts(offer.rule.terms),
    }
