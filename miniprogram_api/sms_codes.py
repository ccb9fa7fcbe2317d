"""SMS codes: one is made and sent; the answer never says whether the phone is known."""

from typing import Annotated, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, StringConstraints

import platform_clients
from store.customers import captchas, phones, sms_codes
from store.tenants import settings
from web import idempotency, request_context
from web.auth import Caller, login_optional
from web.responses import json_response
from web.schemas import OPTIONAL_LOGIN, Account, RequestModel

bp = APIBlueprint("sms_codes", __name__, tag="登录")


class SmsCodeRequest(RequestModel):
    """`account` names the tenant of a visitor who is not signed in. The captcha is given when it is asked for."""

    phone: Annotated[str, StringConstraints(min_length=5, max_length=30)]
    purpose: Literal["register"]
    account: Account | None = None
    captcha_id: Annotated[str, StringConstraints(pattern=r"^cap_[a-z2-7]{24}$")] | None = None
    captcha_answer: Annotated[str, StringConstraints(max_length=20, pattern=r"^[ -~]*$")] | None = None


class SmsCodeResponse(BaseModel):
    """`message` is for the person: the message was sent, or it may be late."""

    message: str
    retry_after_s: int
    valid_s: int


@bp.post("/api/sms-codes")
@login_optional
@bp.doc(
    summary="发送短信验证码",
    description="答 `captcha_required` 时，先用 `POST /api/captchas` 取图片验证码，再带上它重新提交。",
    security=OPTIONAL_LOGIN,
    responses={422: "需要图片验证码", 429: "过于频繁，或今天的短信已发完", 503: "短信服务暂不可用"},
)
@bp.input(SmsCodeRequest)
@bp.output(SmsCodeResponse, status_code=201)
def send_code(caller: Caller, json_data: SmsCodeRequest) -> Response:
    phone, sender = phones.normalize(json_data.phone), platform_clients.sms_sender()
    rules = settings.read(sms_codes.SmsCodeSettings)

    def ask() -> str:
        if json_data.captcha_id:
            captchas.verify(public_id=json_data.captcha_id, answer=json_data.captcha_answer or "")
        code = sms_codes.request(
            phone=phone,
            purpose=json_data.purpose,
            client_ip=request_context.client_ip(),
            captcha_passed=bool(json_data.captcha_id),
        )
        return platform_clients.send_sms_code(sender, phone=phone, code=code)

    sent = idempotency.run_idempotent_with_proof(
        # Visitors of one network have one address: the phone tells their keys apart.
        f"{caller.scope}:{phones.blind_index(phone)[:32]}",
        json_data,
        prove=ask,
        work=lambda word: SmsCodeResponse(
            message=word, retry_after_s=rules.min_interval_s, valid_s=sms_codes.LIFETIME_S
        ),
    )
    return json_response(sent, 201)
