"""The route of pages inside WeChat: who is looking at them."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Blueprint, Response, redirect, request

from sandbox.errors import SandboxError, WeChatError
from sandbox.oauth import SCOPES
from sandbox.routes.request_context import sandbox_state

oauth = Blueprint("oauth", __name__)
PERSON_COOKIE = "sandbox_person"
MAX_STATE_BYTES = 128


@oauth.get("/connect/oauth2/authorize")
def authorize() -> Any:
    """Sends the person back with a code. Mistakes are told on a page, as in WeChat."""
    asked = request.args
    try:
        account = sandbox_state().accounts.get_for_platform(asked.get("appid", ""))
    except WeChatError:
        return _error_page("appid 参数错误")
    if asked.get("response_type") != "code" or asked.get("scope") not in SCOPES:
        return _error_page("Scope 参数错误或没有 Scope 权限")
    if urlsplit(asked.get("redirect_uri", "")).scheme not in {"http", "https"}:
        return _error_page("redirect_uri 参数错误")
    if len(asked.get("state", "").encode()) > MAX_STATE_BYTES:
        return _error_page("state 太长")
    try:
        person = sandbox_state().people.get(request.cookies.get(PERSON_COOKIE, ""))
    except SandboxError:
        return _error_page("请在微信客户端打开链接")
    code = sandbox_state().login_codes.issue(
        "oauth", appid=account.appid, person_id=person.id, scope=asked["scope"]
    )
    return redirect(_add_query(asked["redirect_uri"], code=code, state=asked.get("state", "")))


@oauth.get("/sns/oauth2/access_token")
def create_access_token() -> dict[str, Any]:
    asked = request.args
    account = sandbox_state().accounts.authenticate(
        appid=asked.get("appid", ""), secret=asked.get("secret", "")
    )
    if asked.get("grant_type") != "authorization_code":
        raise WeChatError(40002)
    code = sandbox_state().login_codes.redeem("oauth", asked.get("code"), appid=account.appid)
    return sandbox_state().oauth_sessions.exchange_code(
        code, person=sandbox_state().people.get(code.person_id), account=account
    )


@oauth.get("/sns/oauth2/refresh_token")
def refresh_access_token() -> dict[str, Any]:
    if request.args.get("grant_type") != "refresh_token":
        raise WeChatError(40002)
    account = sandbox_state().accounts.get_for_platform(request.args.get("appid", ""))
    return sandbox_state().oauth_sessions.refresh(request.args.get("refresh_token"), appid=account.appid)


@oauth.get("/sns/userinfo")
def get_user_info() -> dict[str, Any]:
    return sandbox_state().oauth_sessions.get_profile(
        request.args.get("access_token"), openid=request.args.get("openid")
    )


@oauth.get("/sns/auth")
def check_access_token() -> dict[str, Any]:
    sandbox_state().oauth_sessions.get(request.args.get("access_token"), openid=request.args.get("openid"))
    return {"errcode": 0, "errmsg": "ok"}


def _add_query(url: str, **parameters: str) -> str:
    parts = urlsplit(url)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *parameters.items()])
    return urlunsplit(parts._replace(query=query))


def _error_page(message: str) -> Response:
    """Only sentences written above come here, never what was asked."""
    page = (
        f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>微信</title><p>{message}</p></html>'
    )
    return Response(page, mimetype="text/html")
