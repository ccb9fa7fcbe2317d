"""Payment codes: the one shown on the member's phone, as digits and as images, new each minute, and its use."""

from datetime import datetime

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

from miniprogram_api import images
from store.core import clock
from store.customers import members
from store.stored_value import payment_code_uses, payment_codes
from web import idempotency
from web.auth import Caller, login_required
from web.responses import json_response

bp = APIBlueprint("payment_codes", __name__, tag="储值")


class PaymentCodeResponse(BaseModel):
    """Good for one purchase and until `expires_at`. Both images can stand in an image as they are."""

    code: str
    expires_at: datetime
    expires_in_s: int = Field(description="还有几秒到期，到期前请取新码")
    picture: str = Field(description="二维码，data:image/svg+xml")
    bar_code: str = Field(description="条形码（Code 128），data:image/svg+xml")


class PaymentCodeUse(BaseModel):
    """The payment that used a code, and the balance now."""

    used_at: datetime
    state: str = Field(description="committed 支付成功、held 等待收银完成、released 已取消")
    amount_fen: int
    available_fen: int


class PaymentCodeUseResponse(BaseModel):
    """The latest use of the last day, or null."""

    use: PaymentCodeUse | None


@bp.post("/api/me/stored-value/payment-codes")
@login_required
@bp.doc(
    summary="取付款码",
    description="每次取码，前一个码立即失效。",
    security="session",
    responses={409: "未注册，或账户已冻结", 429: "过于频繁"},
)
@bp.output(PaymentCodeResponse, status_code=201)
def issue_payment_code(caller: Caller) -> Response:
    member = members.get_or_create(caller.customer)

    def shown() -> PaymentCodeResponse:
        made = payment_codes.issue_code(member=member)
        left_s = (made.expires_at - clock.now()).total_seconds()
        return PaymentCodeResponse(
            code=made.code,
            expires_at=made.expires_at,
            expires_in_s=max(0, round(left_s)),
            picture=images.to_qr_data_url(made.code),
            bar_code=images.to_bar_code_data_url(made.code),
        )

    return json_response(idempotency.run_idempotent(caller.scope, None, shown), 201)


@bp.get("/api/me/stored-value/payment-codes/latest-use")
@login_required
@bp.doc(
    summary="付款码使用结果",
    description="出示付款码时每秒查询；used_at 变化即刚刚付款。",
    security="session",
)
@bp.output(PaymentCodeUseResponse)
def get_latest_use(caller: Caller) -> Response:
    found = payment_code_uses.find_latest(members.get_or_create(caller.customer))
    return json_response(PaymentCodeUseResponse(use=PaymentCodeUse(**vars(found)) if found else None))
