"""Payment codes: the one shown on the member's phone, as digits and as a picture, new each minute."""

import base64
from datetime import datetime

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

from doors import answered
from miniprogram_api import repeats
from miniprogram_api.caller import Caller, signed_in
from store.activities import qr_pictures
from store.kernel import clock
from store.loyalty import payment_codes
from store.people import members

door = APIBlueprint("payment_codes", __name__, tag="储值")


class ShownCode(BaseModel):
    """Good for one purchase and until `ends_at`; `picture` can stand in an image as it is."""

    code: str
    ends_at: datetime
    lasts_s: int = Field(description="还有几秒到期，到期前请取新码")
    picture: str = Field(description="二维码，data:image/svg+xml")


@door.post("/api/me/stored-value/payment-codes")
@signed_in
@door.doc(
    summary="取付款码",
    description="每次取码，前一个码立即失效。",
    security="session",
    responses={409: "未注册，或账户已冻结", 429: "过于频繁"},
)
@door.output(ShownCode, status_code=201)
def show(caller: Caller) -> Response:
    member = members.of_customer(caller.customer)

    def shown() -> ShownCode:
        made = payment_codes.show(member=member)
        left_s = (made.ends_at - clock.now()).total_seconds()
        return ShownCode(
            code=made.code, ends_at=made.ends_at, lasts_s=max(0, round(left_s)), picture=_picture(made.code)
        )

    return answered(repeats.once(caller.scope, None, shown), 201)


def _picture(code: str) -> str:
    """The picture travels in the answer, so that the code stands in no address."""
    return f"data:image/svg+xml;base64,{base64.b64encode(qr_pictures.svg(code)).decode()}"
