"""The member code: the changing code on the card page, as digits, bar code and QR code."""

from datetime import datetime

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

from miniprogram_api import images
from store.core import clock
from store.customers import member_codes, members
from web.auth import Caller, login_required
from web.responses import json_response

bp = APIBlueprint("member_codes", __name__, tag="我的")


class MemberCodeResponse(BaseModel):
    """Good for one identification. Both images can stand in an image as they are."""

    code: str
    expires_at: datetime
    expires_in_s: int = Field(description="还有几秒换新码")
    bar_code: str = Field(description="条形码（Code 128），data:image/svg+xml")
    qr_code: str = Field(description="二维码，data:image/svg+xml")
    last_used_at: datetime | None = Field(description="会员码上次被使用的时间，变化即刚刚被扫")


@bp.get("/api/me/member-code")
@login_required
@bp.doc(
    summary="我的会员码",
    description="每半分钟更换，使用一次即失效；可反复查询。",
    security="session",
    responses={409: "未注册", 429: "过于频繁"},
)
@bp.output(MemberCodeResponse)
def get_member_code(caller: Caller) -> Response:
    shown = member_codes.compute_current(members.get_or_create(caller.customer))
    left_s = (shown.expires_at - clock.now()).total_seconds()
    return json_response(
        MemberCodeResponse(
            code=shown.code,
            expires_at=shown.expires_at,
            expires_in_s=max(1, round(left_s)),
            bar_code=images.to_bar_code_data_url(shown.code),
            qr_code=images.to_qr_data_url(shown.code),
            last_used_at=shown.last_used_at,
        )
    )
