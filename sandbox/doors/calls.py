"""Calls: how a request is read, and on whose behalf it comes."""

import json
from typing import Any

from flask import current_app, request

from sandbox.accounts import Account
from sandbox.errors import Refused, WeChatError
from sandbox.world import World


def world() -> World:
    return current_app.extensions["world"]


def body() -> dict[str, Any]:
    """The JSON object of a POST; refuses as the platform does. It never looks at the content type either."""
    if request.method != "POST":
        raise WeChatError(43002)
    raw = request.get_data()
    if not raw:
        raise WeChatError(44002)
    try:
        value = json.loads(raw)
    except ValueError as error:
        raise WeChatError(47001) from error
    if not isinstance(value, dict):
        raise WeChatError(47001)
    return value


def wish() -> dict[str, Any]:
    """The JSON object that a test or the phone page sends."""
    value = request.get_json(force=True, silent=True)
    if not isinstance(value, dict):
        raise Refused("bad_json", "请求不是 JSON 对象")
    return value


def official_account() -> Account:
    """The official account whose access token came along."""
    return _holder(official=True)


def mini_program() -> Account:
    return _holder(official=False)


def _holder(*, official: bool) -> Account:
    appid = world().tokens.owner(request.args.get("access_token"))
    account = world().accounts.called(appid)
    if account.is_official != official:
        raise WeChatError(48001)
    return account
