"""Registrations: a fan becomes a member by the platform's phone button or by phone and SMS code."""

from typing import Annotated

from apiflask import APIBlueprint
from flask import Response
from pydantic import StringConstraints

from doors import answered
from miniprogram_api import repeats, wechat
from miniprogram_api.caller import Caller, signed_in
from miniprogram_api.me import Me, shown
from miniprogram_api.shapes import Asked, Code
from store.loyalty import memberships
from store.people.members import Member

door = APIBlueprint("registrations", __name__, tag="我的")


class ButtonPressed(Asked):
    """`code` comes from the mini-program's phone button."""

    code: Code


class PhoneProved(Asked):
    """A phone and the SMS code that was sent to it."""

    phone: Annotated[str, StringConstraints(min_length=5, max_length=30)]
    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]


@door.post("/api/me/phone")
@signed_in
@door.doc(
    summary="用微信手机号入会",
    description="手机号疑似换了主人时答 `phone_needs_sms`，请改用短信验证码。",
    security="session",
    responses={409: "需要短信验证码，或不在小程序内", 503: "微信暂不可用"},
)
@door.input(ButtonPressed)
@door.output(Me)
def by_button(caller: Caller, json_data: ButtonPressed) -> Response:
    channel = caller.channel
    me = repeats.proved_once(
        caller.scope,
        json_data,
        prove=lambda: wechat.phone(channel, json_data.code),
        work=lambda phone: _joined(
            memberships.register_by_platform(phone=phone, source=channel.kind, customer=caller.customer)
        ),
    )
    return answered(me)


@door.post("/api/me/registration")
@signed_in
@door.doc(summary="用手机号和短信验证码入会", security="session")
@door.input(PhoneProved)
@door.output(Me)
def by_sms(caller: Caller, json_data: PhoneProved) -> Response:
    source = caller.channel.kind
    me = repeats.proved_once(
        caller.scope,
        json_data,
        prove=lambda: memberships.prove(phone=json_data.phone, code=json_data.code),
        work=lambda proof: _joined(
            memberships.register(proof=proof, source=source, customer=caller.customer)
        ),
    )
    return answered(me)


def _joined(member: Member) -> Me:
    return shown(member.customer)
