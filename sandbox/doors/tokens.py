"""The door of access tokens."""

from typing import Any

from flask import Blueprint, request

from sandbox.doors.calls import body, world
from sandbox.errors import WeChatError

tokens = Blueprint("tokens", __name__)


@tokens.route("/cgi-bin/stable_token", methods=["GET", "POST"])
def stable() -> dict[str, Any]:
    asked = body()
    appid = _authenticated(asked)
    token, left_s = world().tokens.stable(appid=appid, force_refresh=asked.get("force_refresh") is True)
    return {"access_token": token, "expires_in": left_s}


@tokens.route("/cgi-bin/token", methods=["GET", "POST"])
def plain() -> dict[str, Any]:
    token, left_s = world().tokens.plain(appid=_authenticated(request.args))
    return {"access_token": token, "expires_in": left_s}


def _authenticated(asked: Any) -> str:
    if asked.get("grant_type") != "client_credential":
        raise WeChatError(40002)
    appid, secret = str(asked.get("appid") or ""), str(asked.get("secret") or "")
    return world().accounts.authenticated(appid=appid, secret=secret).appid
