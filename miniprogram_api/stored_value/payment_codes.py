"""Payment codes: the one shown on the member's phone, as digits and as a picture, new each minute."""

import base64
from datetime import datetime

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

from store.core import clock
from store.customers import members
from store.official_accounts import qr_images
from store.stored_value import payment_codes
from web import idempotency
from web.auth import Caller, login_required
from web.responses import json_response

bp = APIBlueprint("payment_codes", __name__, tag="储值")


class PaymentCodeResponse(BaseModel):
    """Good for one purchase and until `expires_at`; `picture` can stand in an image as it is."""

    code: str
    expires_at: datetime
    expires_in_s: int = Field(description="还有几秒到期，到期前请取新码")
    picture: str = Field(description="二维码，data:image/svg+xml")


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
            picture=_qr_data_url(made.code),
        )

    return json_response(idempotency.run_idempotent(caller.scope, None, shown), 201)


def _qr_data_url(code: str) -> str:
    """Return the picture as a data URL, so that the code is in no address."""
    return f"data:image/svg+xml;base64,{base64.b64encode(qr_images.render_svg(code)).decode()}"
