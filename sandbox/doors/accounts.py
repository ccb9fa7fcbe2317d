"""The control door of accounts: the book, and what each account has published."""

from typing import Any

from flask import Blueprint, request
from pydantic import ValidationError

from sandbox.accounts import Account
from sandbox.doors.calls import wish, world
from sandbox.errors import Refused
from sandbox.qr_codes import QrCode

accounts = Blueprint("accounts", __name__)


@accounts.get("/sandbox/accounts")
def listing() -> dict[str, Any]:
    secrets = request.args.get("secrets") == "1"
    shown = [each.shown(secrets=secrets) for each in world().accounts.all()]
    return {"accounts": shown, "problem": world().accounts.problem}


@accounts.put("/sandbox/accounts/<appid>")
def put_account(appid: str) -> dict[str, Any]:
    try:
        account = Account.model_validate({**wish(), "appid": appid})
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise Refused("bad_account", f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    world().accounts.put(account)
    return account.shown(secrets=False)


@accounts.post("/sandbox/accounts/<appid>/verifications")
def verify_callback(appid: str) -> dict[str, Any]:
    account = world().accounts.find(appid)
    if account.callback is None:
        raise Refused("no_callback", "这个账号还没有填服务器地址", 409)
    return world().pushes.verify(account)


@accounts.get("/sandbox/accounts/<appid>/menu")
def menu(appid: str) -> dict[str, Any]:
    return {"button": world().menus.get(world().accounts.find(appid).appid)}


@accounts.get("/sandbox/codes/<appid>")
def codes(appid: str) -> dict[str, Any]:
    return {"codes": [_shown_code(each) for each in world().qr_codes.of(world().accounts.find(appid).appid)]}


def _shown_code(code: QrCode) -> dict[str, Any]:
    return {
        "scene": code.scene,
        "action": code.action,
        "ticket": code.ticket,
        "url": code.url,
        "expires_at": code.expires_at,
    }
