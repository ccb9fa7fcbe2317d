"""Calls: how a request is read, and on whose behalf it comes."""

import json
from typing import Any

from flask import current_app, request

from sandbox.accounts import Account
from sandbox.errors import SandboxError, WeChatError
from sandbox.state import SandboxState


def sandbox_state() -> SandboxState:
    return current_app.extensions["state"]


def platform_payload() -> dict[str, Any]:
    """The JSON object of a POST; rejects as the platform does. It never looks at the content type either."""
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


def control_payload() -> dict[str, Any]:
    """The JSON object that a test or the phone page sends."""
    value = request.get_json(force=True, silent=True)
    if not isinstance(value, dict):
        raise SandboxError("bad_json", "请求不是 JSON 对象")
    return value


def require_official_account() -> Account:
    """The official account whose access token came along."""
    return _get_token_account(official=True)


def require_mini_program() -> Account:
    return _get_token_account(official=False)


def _get_token_account(*, official: bool) -> Account:
    appid = sandbox_state().access_tokens.get_appid(request.args.get("access_token"))
    account = sandbox_state().accounts.get_for_platform(appid)
    if account.is_official != official:
        raise WeChatError(48001)
    return account
