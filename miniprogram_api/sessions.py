"""Sessions: a mini-program comes in with the code of `wx.login` and leaves by ending its stay."""

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel

import doors
from doors import answered
from miniprogram_api import repeats, wechat
from miniprogram_api.caller import COOKIE, Caller, company_of, signed_in
from miniprogram_api.me import Membership, membership
from miniprogram_api.shapes import Account, Asked, Code
from store.company.channels import Channel
from store.kernel.refusals import invalid
from store.people import fans, sessions

door = APIBlueprint("sessions", __name__, tag="登录")


class Coming(Asked):
    """`account` is the key of the mini-program's account, `code` comes from `wx.login`."""

    account: Account
    code: Code


class Guest(BaseModel):
    """The customer who came in."""

    id: str
    nickname: str | None


class Stay(BaseModel):
    """A session: its token is shown this once."""

    token: str
    expires_in_s: int
    customer: Guest
    member: Membership


class Left(BaseModel):
    """The session is over."""

    closed: bool = True


@door.post("/api/sessions")
@door.doc(summary="小程序登录", responses={404: "没有该账号", 429: "过于频繁", 503: "微信暂不可用"})
@door.input(Coming)
@door.output(Stay, status_code=201)
def come_in(json_data: Coming) -> Response:
    with company_of(json_data.account) as channel:
        if channel.kind != "wechat_miniprogram":
            raise invalid("account", "该账号不是小程序")
        sessions.admit(doors.address())
        stay = repeats.proved_once(
            f"account:{channel.key}",
            json_data,
            prove=lambda: wechat.login(channel, json_data.code),
            work=lambda login: _open(channel, login),
        )
        return answered(stay, 201)


@door.delete("/api/sessions/current")
@signed_in
@door.doc(summary="退出登录", security="session")
@door.output(Left)
def leave(caller: Caller) -> Response:
    sessions.close(caller.session)
    response = answered(Left())
    response.delete_cookie(COOKIE, httponly=True, samesite="Lax")
    return response


def _open(channel: Channel, login: wechat.Login) -> Stay:
    customer = fans.known(
        channel=channel, openid=login.openid, unionid=login.unionid, source="wechat_miniprogram"
    )
    return Stay(
        token=sessions.open_session(customer=customer, channel_id=channel.id),
        expires_in_s=sessions.LIFE_DAYS * 24 * 3600,
        customer=Guest(id=customer.public_id, nickname=customer.nickname),
        member=membership(customer),
    )
