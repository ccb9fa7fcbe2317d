"""Captchas: a picture that is typed in before another SMS code is sent to an address with many requests."""

import base64

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

from store.customers import captchas
from web import request_context
from web.auth import Caller, login_optional
from web.responses import json_response
from web.schemas import OPTIONAL_LOGIN, Account, RequestModel

bp = APIBlueprint("captchas", __name__, tag="登录")


class CaptchaRequest(RequestModel):
    """`account` names the tenant of a visitor who is not signed in."""

    account: Account | None = None


class CaptchaResponse(BaseModel):
    """A picture of characters. It is used by the first answer, right or wrong."""

    captcha_id: str
    image: str = Field(description="PNG 图片的 data 网址，可直接用作图片的 src")
    valid_s: int


@bp.post("/api/captchas")
@login_optional
@bp.doc(
    summary="获取图片验证码",
    description="发送短信验证码答 `captcha_required` 或 `captcha_wrong` 时使用，只能提交一次，不分大小写。",
    security=OPTIONAL_LOGIN,
    responses={429: "过于频繁"},
)
@bp.input(CaptchaRequest)
@bp.output(CaptchaResponse, status_code=201)
def create_captcha(caller: Caller, json_data: CaptchaRequest) -> Response:
    captcha_id, answer = captchas.create(client_ip=request_context.client_ip())
    picture = base64.b64encode(captchas.draw(answer)).decode()
    shown = CaptchaResponse(
        captcha_id=captcha_id, image=f"data:image/png;base64,{picture}", valid_s=captchas.LIFETIME_S
    )
    return json_response(shown, 201)
