"""The platform routes of OAuth for pages inside WeChat."""

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
    """Redirect the person back with a code. Errors are shown on a page, as in WeChat."""
    query = request.args
    try:
        account = sandbox_state().accounts.get_for_platform(query.get("appid", ""))
    except WeChatError:
        return _error_page("appid 参数错误")
    if query.get("response_type") != "code" or query.get("scope") not in SCOPES:
        return _error_page("Scope 参数错误或没有 Scope 权限")
    if urlsplit(query.get("redirect_uri", "")).scheme not in {"http", "https"}:
        return _error_page("redirect_uri 参数错误")
    if len(query.get("state", "").encode()) > MAX_STATE_BYTES:
        return _error_page("state 太长")
    try:
        person = sandbox_state().people.get(request.cookies.get(PERSON_COOKIE, ""))
    except SandboxError:
        return _error_page("请在微信客户端打开链接")
    code = sandbox_state().login_codes.issue(
        "oauth", appid=account.appid, person_id=person.id, scope=query["scope"]
    )
    return redirect(_add_query(query["redirect_uri"], code=code, state=query.get("state", "")))


@oauth.get("/sns/oauth2/access_token")
def create_access_token() -> dict[str, Any]:
    query = request.args
    account = sandbox_state().accounts.authenticate(
        appid=query.get("appid", ""), secret=query.get("secret", "")
    )
    if query.get("grant_type") != "authorization_code":
        raise WeChatError(40002)
    code = sandbox_state().login_codes.redeem("oauth", query.get("code"), appid=account.appid)
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
    """Return an error page. `message` is a constant: input of the request could contain markup."""
    page = (
        f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>微信</title><p>{message}</p></html>'
    )
    return Response(page, mimetype="text/html")
