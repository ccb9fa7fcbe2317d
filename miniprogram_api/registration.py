"""Registrations: a follower becomes a member by the platform's phone button or by phone and SMS code."""

from typing import Annotated

from apiflask import APIBlueprint
from flask import Response
from pydantic import StringConstraints

from miniprogram_api import alipay_login, wechat_login
from miniprogram_api.agreements import AcceptedVersions, prove_after_consent
from miniprogram_api.me import MeResponse, to_me
from store.core.errors import invalid
from store.customers.members import Member
from store.membership import registration
from store.tenants.channels import Channel
from web import idempotency
from web.auth import Caller, login_required
from web.responses import json_response
from web.schemas import PlatformCode, RequestModel

BASE64 = r"^[A-Za-z0-9+/]+={0,2}$"
bp = APIBlueprint("registration", __name__, tag="我的")


class PhoneButtonRequest(RequestModel):
    """`code` comes from WeChat's phone button, `response` and `sign` from `my.getPhoneNumber` of Alipay.

    `accepted` may come earlier, by `POST /api/me/consents`.
    """

    code: PlatformCode | None = None
    response: Annotated[str, StringConstraints(max_length=2000, pattern=BASE64)] | None = None
    sign: Annotated[str, StringConstraints(max_length=1000, pattern=BASE64)] | None = None
    accepted: AcceptedVersions | None = None


class SmsRegistrationRequest(RequestModel):
    """A phone and the SMS code that was sent to it."""

    phone: Annotated[str, StringConstraints(min_length=5, max_length=30)]
    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
    accepted: AcceptedVersions | None = None


@bp.post("/api/me/phone")
@login_required
@bp.doc(
    summary="用微信或支付宝的手机号入会",
    description="微信小程序传 `code`；支付宝小程序原样传 `my.getPhoneNumber` 的 `response` 和 `sign`。"
    "须先同意当前版本的协议，否则答 `consent_required`。"
    "手机号疑似换了主人时答 `phone_needs_sms`，请改用短信验证码。"
    "手机号已有会员而不能确定是同一人时，不入会，返回 `phone_claim`，请询问本人。",
    security="session",
    responses={409: "须先同意协议，或需要短信验证码，或不在小程序内", 503: "平台暂不可用"},
)
@bp.input(PhoneButtonRequest)
@bp.output(MeResponse)
def register_by_phone_button(caller: Caller, json_data: PhoneButtonRequest) -> Response:
    channel = caller.channel
    me = idempotency.run_idempotent_with_proof(
        caller.scope,
        json_data,
        prove=prove_after_consent(caller, json_data.accepted, lambda: _prove_phone(channel, json_data)),
        work=lambda phone: _to_response(
            registration.register_by_platform(phone=phone, source=channel.kind, customer=caller.customer)
        ),
    )
    return json_response(me)


@bp.post("/api/me/registration")
@login_required
@bp.doc(
    summary="用手机号和短信验证码入会",
    description="须先同意当前版本的协议，否则答 `consent_required`。会员用它更换手机号。"
    "手机号已有会员而不能确定是同一人时，不入会，返回 `phone_claim`，请询问本人。",
    security="session",
    responses={409: "须先同意协议"},
)
@bp.input(SmsRegistrationRequest)
@bp.output(MeResponse)
def register_by_sms(caller: Caller, json_data: SmsRegistrationRequest) -> Response:
    source = caller.channel.kind
    me = idempotency.run_idempotent_with_proof(
        caller.scope,
        json_data,
        prove=prove_after_consent(
            caller,
            json_data.accepted,
            lambda: registration.verify_phone(phone=json_data.phone, code=json_data.code),
        ),
        work=lambda proof: _to_response(
            registration.register(verified_phone=proof, source=source, customer=caller.customer)
        ),
    )
    return json_response(me)


def _prove_phone(channel: Channel, given: PhoneButtonRequest) -> str:
    if given.response and given.sign and not given.code:
        return alipay_login.decrypt_phone(channel, ciphertext=given.response, signature=given.sign)
    if given.code is None:
        raise invalid("code", "请填写微信的 code，或支付宝的 response 和 sign")
    return wechat_login.exchange_phone_code(channel, given.code)


def _to_response(member: Member) -> MeResponse:
    return to_me(member.customer)
