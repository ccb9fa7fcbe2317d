"""The sign-in of staff: by password, by a one-time link, and the sign-out."""

import base64
from typing import Annotated

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, StringConstraints

from console import auth
from console.auth import StaffCaller, staff_required, visitor_allowed
from store.core.database import db
from store.customers import captchas
from store.staff import sessions as staff_sessions
from store.staff import sign_in as staff_sign_in
from store.staff import sign_in_links
from store.staff.sessions import OpenedStaffSession
from store.staff.sign_in import CaptchaAnswer
from web import request_context
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("console_sign_in", __name__, url_prefix="/console/api", enable_openapi=False)

Tenant = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, min_length=1, max_length=30)]
Password = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
Token = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[!-~]+$")]


class CaptchaInput(RequestModel):
    """A captcha and what a person read in it."""

    captcha_id: Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[!-~]+$")]
    answer: Annotated[str, StringConstraints(min_length=1, max_length=10, pattern=r"^[^\x00]*$")]


class SignInRequest(RequestModel):
    """`tenant` is the short name of the merchant."""

    tenant: Tenant
    login: Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[^\x00]*$")]
    password: Password
    captcha: CaptchaInput | None = None


class CaptchaRequest(RequestModel):
    """The merchant where a person wants to sign in."""

    tenant: Tenant


class LinkRequest(RequestModel):
    """A one-time link and the password that its owner has chosen."""

    token: Token
    password: Password


class LinkLookup(RequestModel):
    """A one-time link."""

    token: Token


class SignedIn(BaseModel):
    """The session is open: the cookie holds its token."""

    login: str
    csrf_token: str


@bp.post("/sessions")
@visitor_allowed
@bp.input(SignInRequest)
def sign_in(json_data: SignInRequest) -> Response:
    address, agent = request_context.client_ip(), request_context.user_agent()
    captcha = json_data.captcha and CaptchaAnswer(json_data.captcha.captcha_id, json_data.captcha.answer)
    with auth.use_tenant(json_data.tenant):
        staff_sign_in.check_limit(address)
        opened = staff_sign_in.sign_in(
            login=json_data.login, password=json_data.password, captcha=captcha, address=address, user_agent=agent
        )  # fmt: skip
        return _to_response(opened)


@bp.delete("/sessions/current")
@staff_required(None)
def sign_out(caller: StaffCaller) -> Response:
    staff_sessions.end(caller.session)
    response = json_response({"ended": True})
    response.delete_cookie(auth.COOKIE, path=auth.COOKIE_PATH)
    return response


@bp.post("/captchas")
@visitor_allowed
@bp.input(CaptchaRequest)
def create_captcha(json_data: CaptchaRequest) -> Response:
    with auth.use_tenant(json_data.tenant):
        captcha_id, answer = captchas.create(client_ip=request_context.client_ip())
    picture = base64.b64encode(captchas.draw(answer)).decode()
    return json_response({"captcha_id": captcha_id, "image": f"data:image/png;base64,{picture}"}, 201)


@bp.post("/sign-in-links/checks")
@visitor_allowed
@bp.input(LinkLookup)
def check_link(json_data: LinkLookup) -> Response:
    """Return merchant and login of a link that can still be used, which the page shows."""
    with auth.use_tenant_of(json_data.token):
        staff_sign_in.check_limit(request_context.client_ip())
        account = sign_in_links.find_account(json_data.token)
        return json_response({
            "tenant": db.current_tenant(), "login": account.login, "nickname": account.nickname,
        })  # fmt: skip


@bp.post("/sign-in-links")
@visitor_allowed
@bp.input(LinkRequest)
def use_link(json_data: LinkRequest) -> Response:
    address, agent = request_context.client_ip(), request_context.user_agent()
    with auth.use_tenant_of(json_data.token):
        staff_sign_in.check_limit(address)
        opened = sign_in_links.use(
            token=json_data.token, password=json_data.password, address=address, user_agent=agent
        )
        return _to_response(opened)


def _to_response(opened: OpenedStaffSession) -> Response:
    csrf_token = staff_sessions.csrf_token(opened.token)
    body = SignedIn(login=opened.session.account.login, csrf_token=csrf_token)
    return auth.set_cookie(json_response(body, 201), opened)
