"""The door of the SMS provider."""

import hmac
from typing import Any

from flask import Blueprint, request

from sandbox.doors.calls import wish, world
from sandbox.errors import Refused

sms = Blueprint("sms", __name__)


@sms.post("/sms/messages")
def send() -> dict[str, Any]:
    _check_key()
    return {"message_id": world().sms.send(wish())}


@sms.errorhandler(Refused)
def say_no(refusal: Refused) -> tuple[dict[str, Any], int]:
    return {"error": refusal.code, "message": refusal.message}, refusal.status


def _check_key() -> None:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not hmac.compare_digest(key.encode(), world().sms_key.encode()):
        raise Refused("unauthorized", "密钥不对", 401)
