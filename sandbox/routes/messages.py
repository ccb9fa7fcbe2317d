"""The platform routes of customer service messages."""

from typing import Any

from flask import Blueprint

from sandbox import customer_messages
from sandbox.routes.request_context import platform_payload, require_official_account, sandbox_state

messages = Blueprint("messages", __name__)
OK = {"errcode": 0, "errmsg": "ok"}


@messages.route("/cgi-bin/message/custom/send", methods=["GET", "POST"])
def send_message() -> dict[str, Any]:
    customer_messages.send(sandbox_state(), account=require_official_account(), payload=platform_payload())
    return OK


@messages.route("/cgi-bin/message/custom/typing", methods=["GET", "POST"])
def show_typing() -> dict[str, Any]:
    customer_messages.show_typing(
        sandbox_state(), account=require_official_account(), payload=platform_payload()
    )
    return OK
