"""The routes of the SMS provider."""

import hmac
from typing import Any

from flask import Blueprint, request

from sandbox.errors import SandboxError
from sandbox.routes.request_context import control_payload, sandbox_state

sms = Blueprint("sms", __name__)


@sms.post("/sms/messages")
def send_message() -> dict[str, Any]:
    _check_key()
    return {"message_id": sandbox_state().sms.send(control_payload())}


@sms.get("/sms/messages")
def get_report() -> dict[str, Any]:
    _check_key()
    report = sandbox_state().sms.find_report(request.args.get("request_id", ""))
    if report is None:
        raise SandboxError("no_such_message", "没有这条短信", 404)
    return report


@sms.errorhandler(SandboxError)
def handle_error(error: SandboxError) -> tuple[dict[str, Any], int]:
    return {"error": error.code, "message": error.message}, error.status


def _check_key() -> None:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not hmac.compare_digest(key.encode(), sandbox_state().sms_key.encode()):
        raise SandboxError("unauthorized", "密钥不对", 401)
