"""SMS codes: one is made and sent; the answer never says whether the phone is known."""

from typing import Annotated, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, StringConstraints

import platform_clients
from store.customers import phones, sms_codes
from store.tenants import settings
from web import idempotency, request_context
from web.auth import Caller, login_optional
from web.responses import json_response
from web.schemas import OPTIONAL_LOGIN, Account, RequestModel

bp = APIBlueprint("sms_codes", __name__, tag="登录")


class SmsCodeRequest(RequestModel):
    """`account` names the tenant of a visitor who is not signed in."""

    phone: Annotated[str, StringConstraints(min_length=5, max_length=30)]
    purpose: Literal["register"]
    account: Account | None = None


class SmsCodeResponse(BaseModel):
    """`message` is for the person: the message was sent, or it may be late."""

    message: str
    retry_after_s: int
    valid_s: int


@bp.post("/api/sms-codes")
@login_optional
@bp.doc(
    summary="发送短信验证码", security=OPTIONAL_LOGIN, responses={429: "过于频繁", 503: "短信服务暂不可用"}
)
@bp.input(SmsCodeRequest)
@bp.output(SmsCodeResponse, status_code=201)
def send_code(caller: Caller, json_data: SmsCodeRequest) -> Response:
    phone, sender = phones.normalize(json_data.phone), platform_clients.sms_sender()
    rules = settings.read(sms_codes.SmsCodeSettings)

    def ask() -> str:
        code = sms_codes.request(
            phone=phone, purpose=json_data.purpose, client_ip=request_context.client_ip()
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
