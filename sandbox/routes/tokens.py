"""The platform routes of access tokens."""

from typing import Any

from flask import Blueprint, request

from sandbox.errors import WeChatError
from sandbox.routes.request_context import platform_payload, sandbox_state

tokens = Blueprint("tokens", __name__)


@tokens.route("/cgi-bin/stable_token", methods=["GET", "POST"])
def get_stable_token() -> dict[str, Any]:
    payload = platform_payload()
    appid = _authenticate(payload)
    token, remaining_s = sandbox_state().access_tokens.get_stable(
        appid=appid, force_refresh=payload.get("force_refresh") is True
    )
    return {"access_token": token, "expires_in": remaining_s}


@tokens.route("/cgi-bin/token", methods=["GET", "POST"])
def get_legacy_token() -> dict[str, Any]:
    token, remaining_s = sandbox_state().access_tokens.get_legacy(appid=_authenticate(request.args))
    return {"access_token": token, "expires_in": remaining_s}


def _authenticate(parameters: Any) -> str:
    if parameters.get("grant_type") != "client_credential":
        raise WeChatError(40002)
    appid, secret = str(parameters.get("appid") or ""), str(parameters.get("secret") or "")
    return sandbox_state().accounts.authenticate(appid=appid, secret=secret).appid
