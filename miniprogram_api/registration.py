"""Registrations: a follower becomes a member by the platform's phone button or by phone and SMS code."""

from typing import Annotated

from apiflask import APIBlueprint
from flask import Response
from pydantic import StringConstraints

from miniprogram_api import wechat_login
from miniprogram_api.agreements import AcceptedVersions, prove_after_consent
from miniprogram_api.me import MeResponse, to_me
from store.customers.members import Member
from store.membership import registration
from web import idempotency
from web.auth import Caller, login_required
from web.responses import json_response
from web.schemas import PlatformCode, RequestModel

bp = APIBlueprint("registration", __name__, tag="我的")


class PhoneButtonRequest(RequestModel):
    """`code` comes from the mini-program's phone button. `accepted` may come earlier, by `POST /api/me/consents`."""

    code: PlatformCode
    accepted: AcceptedVersions | None = None


class SmsRegistrationRequest(RequestModel):
    """A phone and the SMS code that was sent to it."""

    phone: Annotated[str, StringConstraints(min_length=5, max_length=30)]
    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
    accepted: AcceptedVersions | None = None


@bp.post("/api/me/phone")
@login_required
@bp.doc(
    summary="用微信手机号入会",
    description="须先同意当前版本的协议，否则答 `consent_required`。"
    "手机号疑似换了主人时答 `phone_needs_sms`，请改用短信验证码。"
    "手机号已有会员而不能确定是同一人时，不入会，返回 `phone_claim`，请询问本人。",
    security="session",
    responses={409: "须先同意协议，或需要短信验证码，或不在小程序内", 503: "微信暂不可用"},
)
@bp.input(PhoneButtonRequest)
@bp.output(MeResponse)
def register_by_phone_button(caller: Caller, json_data: PhoneButtonRequest) -> Response:
    channel = caller.channel
    me = idempotency.run_idempotent_with_proof(
        caller.scope,
        json_data,
        prove=prove_after_consent(
            caller, json_data.accepted, lambda: wechat_login.exchange_phone_code(channel, json_data.code)
        ),
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


def _to_response(member: Member) -> MeResponse:
    return to_me(member.customer)
