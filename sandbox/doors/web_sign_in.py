"""The door of pages inside WeChat: who is looking at them."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Blueprint, Response, redirect, request

from sandbox.doors.calls import world
from sandbox.errors import Refused, WeChatError
from sandbox.web_sign_in import SCOPES

web_sign_in = Blueprint("web_sign_in", __name__)
COOKIE = "sandbox_person"
LONGEST_STATE = 128


@web_sign_in.get("/connect/oauth2/authorize")
def authorize() -> Any:
    """Sends the person back with a code. Mistakes are told on a page, as in WeChat."""
    asked = request.args
    try:
        account = world().accounts.called(asked.get("appid", ""))
    except WeChatError:
        return _page("appid 参数错误")
    if asked.get("response_type") != "code" or asked.get("scope") not in SCOPES:
        return _page("Scope 参数错误或没有 Scope 权限")
    if urlsplit(asked.get("redirect_uri", "")).scheme not in {"http", "https"}:
        return _page("redirect_uri 参数错误")
    if len(asked.get("state", "").encode()) > LONGEST_STATE:
        return _page("state 太长")
    try:
        person = world().people.find(request.cookies.get(COOKIE, ""))
    except Refused:
        return _page("请在微信客户端打开链接")
    code = world().codes.issue("oauth", appid=account.appid, person_id=person.id, scope=asked["scope"])
    return redirect(_with_query(asked["redirect_uri"], code=code, state=asked.get("state", "")))


@web_sign_in.get("/sns/oauth2/access_token")
def access_token() -> dict[str, Any]:
    asked = request.args
    account = world().accounts.authenticated(appid=asked.get("appid", ""), secret=asked.get("secret", ""))
    if asked.get("grant_type") != "authorization_code":
        raise WeChatError(40002)
    code = world().codes.redeem("oauth", asked.get("code"), appid=account.appid)
    return world().web_sign_ins.begin(code, person=world().people.find(code.person_id), account=account)


@web_sign_in.get("/sns/oauth2/refresh_token")
def refresh_token() -> dict[str, Any]:
    if request.args.get("grant_type") != "refresh_token":
        raise WeChatError(40002)
    account = world().accounts.called(request.args.get("appid", ""))
    return world().web_sign_ins.refresh(request.args.get("refresh_token"), appid=account.appid)


@web_sign_in.get("/sns/userinfo")
def user_info() -> dict[str, Any]:
    return world().web_sign_ins.profile(request.args.get("access_token"), openid=request.args.get("openid"))


@web_sign_in.get("/sns/auth")
def auth() -> dict[str, Any]:
    world().web_sign_ins.find(request.args.get("access_token"), openid=request.args.get("openid"))
    return {"errcode": 0, "errmsg": "ok"}


def _with_query(url: str, **more: str) -> str:
    parts = urlsplit(url)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *more.items()])
    return urlunsplit(parts._replace(query=query))


def _page(sentence: str) -> Response:
    """Only sentences written above come here, never what was asked."""
    page = (
        f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>微信</title><p>{sentence}</p></html>'
    )
    return Response(page, mimetype="text/html")
