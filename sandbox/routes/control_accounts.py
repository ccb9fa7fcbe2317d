"""The control routes of accounts: the accounts, their menus and their QR codes."""

from typing import Any

from flask import Blueprint, request
from pydantic import ValidationError

from sandbox import life_actions
from sandbox.accounts import Account
from sandbox.errors import SandboxError
from sandbox.qr_codes import QrCode
from sandbox.routes.request_context import control_payload, sandbox_state

accounts = Blueprint("accounts", __name__)


@accounts.get("/sandbox/accounts")
def list_accounts() -> dict[str, Any]:
    secrets = request.args.get("secrets") == "1"
    accounts_json = [
        account.to_json(include_secrets=secrets) for account in sandbox_state().accounts.list_all()
    ]
    return {"accounts": accounts_json, "load_error": sandbox_state().accounts.load_error}


@accounts.put("/sandbox/accounts/<appid>")
def put_account(appid: str) -> dict[str, Any]:
    try:
        account = Account.model_validate({**control_payload(), "appid": appid})
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise SandboxError("bad_account", f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    sandbox_state().accounts.save(account)
    return account.to_json(include_secrets=False)


@accounts.post("/sandbox/accounts/<appid>/verifications")
def verify_callback(appid: str) -> dict[str, Any]:
    account = sandbox_state().accounts.get(appid)
    if account.callback is None:
        raise SandboxError("no_callback", "这个账号还没有填服务器地址", 409)
    if account.kind == "alipay":
        return life_actions.verify_gateway(sandbox_state(), account)
    return sandbox_state().pushes.verify_callback(account)


@accounts.get("/sandbox/accounts/<appid>/menu")
def get_menu(appid: str) -> dict[str, Any]:
    return {"button": sandbox_state().menus.find(sandbox_state().accounts.get(appid).appid)}


@accounts.get("/sandbox/codes/<appid>")
def list_qr_codes(appid: str) -> dict[str, Any]:
    return {
        "codes": [
            _qr_code_to_json(code)
            for code in sandbox_state().qr_codes.list_active(sandbox_state().accounts.get(appid).appid)
        ]
    }


def _qr_code_to_json(code: QrCode) -> dict[str, Any]:
    return {
        "scene": code.scene,
        "action": code.action,
        "ticket": code.ticket,
        "url": code.url,
        "expires_at": code.expires_at,
    }
