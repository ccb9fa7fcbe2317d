"""Sessions: a mini-program comes in with a code of WeChat or Alipay and leaves by ending its stay."""

from typing import Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel

from miniprogram_api import alipay_login, wechat_login
from miniprogram_api.me import Membership, to_membership
from platforms.alipay.person import AlipayPerson
from platforms.wechat.mini_program import Login
from store.core import encryption
from store.core.errors import invalid
from store.customers import alipay_people, followers, sessions
from store.customers.customers import Customer
from store.tenants.channels import Channel
from web import idempotency, request_context
from web.auth import SESSION_COOKIE, Caller, login_or_repeat_required, use_tenant_of_account
from web.responses import json_response
from web.schemas import Account, PlatformCode, RequestModel

bp = APIBlueprint("sessions", __name__, tag="登录")

_KINDS = {"wechat": "wechat_miniprogram", "alipay": "alipay"}


class LoginRequest(RequestModel):
    """`account` is the key of the mini-program's account, `code` comes from `wx.login` or `my.getAuthCode`."""

    account: Account
    platform: Literal["wechat", "alipay"] = "wechat"
    code: PlatformCode


class CustomerSummary(BaseModel):
    """The customer who came in."""

    id: str
    nickname: str | None


class SessionResponse(BaseModel):
    """A session: its token is shown this once."""

    token: str
    expires_in_s: int
    customer: CustomerSummary
    member: Membership


class LogoutResponse(BaseModel):
    """The session is over."""

    closed: bool = True


@bp.post("/api/sessions")
@bp.doc(summary="小程序登录", responses={404: "没有该账号", 429: "过于频繁", 503: "微信或支付宝暂不可用"})
@bp.input(LoginRequest)
@bp.output(SessionResponse, status_code=201)
def log_in(json_data: LoginRequest) -> Response:
    with use_tenant_of_account(json_data.account) as channel:
        if channel.kind != _KINDS[json_data.platform]:
            raise invalid("account", "该账号不是小程序")
        sessions.check_rate_limit(request_context.client_ip())
        stay = idempotency.run_idempotent_with_proof(
            _login_scope(channel, json_data.code),
            json_data,
            prove=lambda: _exchange_code(channel, json_data.code),
            work=lambda proof: _open_session(channel, _get_or_create_customer(channel, proof)),
        )
        return json_response(stay, 201)


@bp.delete("/api/sessions/current")
@login_or_repeat_required
@bp.doc(summary="退出登录", security="session")
@bp.output(LogoutResponse)
def log_out(caller: Caller) -> Response:
    outcome = idempotency.run_idempotent_with_proof(
        caller.scope, None, prove=caller.ensure_session, work=lambda _: _close_session(caller)
    )
    response = json_response(outcome)
    response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="Lax")
    return response


def _login_scope(channel: Channel, code: str) -> str:
    """Return the owner of the idempotency keys: the person with the login code, because keys may be equal by chance."""
    return f"account:{channel.key}:{encryption.blind_index(code, purpose='login-code')[:32]}"


def _close_session(caller: Caller) -> LogoutResponse:
    sessions.close(caller.session)
    return LogoutResponse()


def _exchange_code(channel: Channel, code: str) -> Login | AlipayPerson:
    if channel.kind == "alipay":
        return alipay_login.exchange_auth_code(channel, code)
    return wechat_login.exchange_login_code(channel, code)


def _get_or_create_customer(channel: Channel, proof: Login | AlipayPerson) -> Customer:
    if isinstance(proof, AlipayPerson):
        return alipay_people.get_or_create_customer(
            channel=channel, user_id=proof.user_id, open_id=proof.open_id
        )
    return followers.get_or_create_customer(
        channel=channel, openid=proof.openid, unionid=proof.unionid, source="wechat_miniprogram"
    )


def _open_session(channel: Channel, customer: Customer) -> SessionResponse:
    return SessionResponse(
        token=sessions.open_session(customer=customer, channel_id=channel.id),
        expires_in_s=sessions.LIFETIME_DAYS * 24 * 3600,
        customer=CustomerSummary(id=customer.public_id, nickname=customer.nickname),
        member=to_membership(customer),
    )
