"""The request: its payload, its account and the state of the sandbox."""

import json
from typing import Any

from flask import current_app, request

from sandbox.accounts import Account
from sandbox.errors import SandboxError, WeChatError
from sandbox.state import SandboxState


def sandbox_state() -> SandboxState:
    return current_app.extensions["state"]


def platform_payload() -> dict[str, Any]:
    """Return the JSON object of a POST request, with any content type as at the platform.

    Raises WeChatError.
    """
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
    """Return the JSON object of a control request.

    Raises SandboxError.
    """
    value = request.get_json(force=True, silent=True)
    if not isinstance(value, dict):
        raise SandboxError("bad_json", "请求不是 JSON 对象")
    return value


def require_official_account() -> Account:
    """Return the official account of the access token.

    Raises WeChatError.
    """
    return _get_token_account(official=True)


def require_mini_program() -> Account:
    return _get_token_account(official=False)


def _get_token_account(*, official: bool) -> Account:
    appid = sandbox_state().access_tokens.get_appid(request.args.get("access_token"))
    account = sandbox_state().accounts.get_for_platform(appid)
    if account.is_official != official:
        raise WeChatError(48001)
    return account
