"""A coupon quote (用券方案): the best set of the customer's coupons for a basket; nothing is written."""

from typing import Annotated

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field, StrictBool, StrictInt, StringConstraints

from miniprogram_api.coupons.schemas import CouponDisplay, Reason, to_coupon_display
from store.core import clock
from store.coupons import eligibility as coupon_eligibility
from store.coupons import redemptions as coupon_redemptions
from store.coupons.basket import Basket
from store.coupons.basket import BasketLine as Line
from store.coupons.discounts import AppliedCoupon
from store.coupons.eligibility import CouponSnapshot
from store.customers import members
from store.shops import shops
from store.tenants import business_days
from web.auth import Caller, login_required
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("coupon_quotes", __name__, tag="优惠券")

MAX_LINES = 100
ProductCode = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]


class BasketLineRequest(RequestModel):
    """One line after promotions: `total_fen` is for all its units, `promoted` when a promotion lowered it."""

    product: ProductCode
    categories: list[ProductCode] = Field(default=[], max_length=20)
    quantity: StrictInt = Field(ge=1, le=10_000)
    total_fen: StrictInt = Field(ge=0, le=100_000_000)
    promoted: StrictBool = False


class QuoteRequest(RequestModel):
    """A basket in a store."""

    store_id: ProductCode = Field(max_length=40, description="门店编号")
    lines: list[BasketLineRequest] = Field(min_length=1, max_length=MAX_LINES)


class AppliedCouponResponse(BaseModel):
    """A coupon of the set: what it takes, and its part of each line in the order of the basket."""

    code: str
    display: CouponDisplay
    amount_fen: int
    is_payment: bool = Field(description="代金券：作为付款，不减订单金额")
    amounts_by_line: list[int]


class UnusedCoupon(BaseModel):
    """A coupon that is not in the set, and why."""

    code: str
    display: CouponDisplay
    reason: Reason


class QuoteResponse(BaseModel):
    """`proven` is false where the search ended before it had checked every coupon and set."""

    total_fen: int
    discount_fen: int = Field(description="优惠金额")
    paid_fen: int = Field(description="代金券支付的金额")
    payable_fen: int
    is_optimal: bool
    applied_coupons: list[AppliedCouponResponse]
    unused_coupons: list[UnusedCoupon]


@bp.post("/api/me/coupons/quotes")
@login_required
@bp.doc(
    summary="用券方案",
    description="为购物车挑出最省的一组券，并说明其余的券为何不可用。只计算，不占用。",
    security="session",
    responses={404: "没有该门店", 429: "过于频繁"},
)
@bp.input(QuoteRequest)
@bp.output(QuoteResponse)
def quote_coupons(caller: Caller, json_data: QuoteRequest) -> Response:
    coupon_redemptions.check_quote_limit(caller.customer)
    member = members.get_or_create(caller.customer)
    found = coupon_redemptions.quote_wallet(member=member, basket=_to_basket(json_data))
    return json_response(
        QuoteResponse(
            **{
                name: getattr(found, name)
                for name in ("total_fen", "discount_fen", "paid_fen", "payable_fen", "is_optimal")
            },
            applied_coupons=[_to_applied(taken) for taken in found.applied_coupons],
            unused_coupons=[_to_unused(card, found.reasons[card.code]) for card in found.unused_coupons],
        )
    )


def _to_basket(quote_request: QuoteRequest) -> Basket:
    return Basket(
        lines=tuple(
            Line(
                number=str(number),
                product=line.product,
                quantity=line.quantity,
                total_fen=line.total_fen,
                groups=tuple(line.categories),
                promoted=line.promoted,
            )
            for number, line in enumerate(quote_request.lines, 1)
        ),
        local_time=business_days.to_local(clock.now()),
        shop=shops.get_by_public_id(quote_request.store_id).code,
    )


def _to_applied(applied: AppliedCoupon) -> AppliedCouponResponse:
    card = applied.coupon
    return AppliedCouponResponse(
        code=card.code,
        display=to_coupon_display(card.terms),
        amount_fen=applied.amount_fen,
        is_payment=applied.is_payment,
        amounts_by_line=list(applied.amounts_by_line),
    )


def _to_unused(coupon: CouponSnapshot, ineligibility: coupon_eligibility.IneligibilityReason) -> UnusedCoupon:
    reason = Reason(code=ineligibility.code, message=ineligibility.message)
    return UnusedCoupon(code=coupon.code, display=to_coupon_display(coupon.terms), reason=reason)
