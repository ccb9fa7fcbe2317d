"""Redemption of one coupon at a till without a sale (核销)."""

from typing import Annotated

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field, StringConstraints

from store.tills import coupon_uses
from till.auth import TillCaller, till_session_required
from web import idempotency
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("till_coupons", __name__, tag="收银台", url_prefix="/till")


class CouponUseRequest(RequestModel):
    """`amount_fen` is what the goods cost; a percentage needs it."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[0-9 \-]+$")]
    amount_fen: int | None = Field(default=None, ge=1, le=coupon_uses.MAX_AMOUNT_FEN)


class CouponUseResponse(BaseModel):
    """The coupon is used."""

    code: str
    name: str
    order_number: str
    value_fen: int = Field(description="抵扣金额")
    payable_fen: int = Field(description="抵扣后应付金额")
    card_number: str


@bp.post("/coupon-redemptions")
@till_session_required
@bp.doc(
    summary="核销一张优惠券",
    security="till",
    responses={403: "没有收银权限", 404: "没有该券", 409: "该券不能用"},
)
@bp.input(CouponUseRequest)
@bp.output(CouponUseResponse, status_code=201)
def redeem_coupon(caller: TillCaller, json_data: CouponUseRequest) -> Response:
    def work() -> CouponUseResponse:
        caller.authorize("sell")
        used = coupon_uses.use(
            code=json_data.code,
            shop=caller.shop,
            key=caller.operation_key("coupon"),
            amount_fen=json_data.amount_fen,
        )
        return CouponUseResponse(**vars(used))

    return json_response(idempotency.run_idempotent(caller.scope, json_data, work), 201)
