"""The door of customer service messages."""

from typing import Any

from flask import Blueprint

from sandbox import messages as verbs
from sandbox.doors.calls import body, official_account, world

messages = Blueprint("messages", __name__)
OK = {"errcode": 0, "errmsg": "ok"}


@messages.route("/cgi-bin/message/custom/send", methods=["GET", "POST"])
def send() -> dict[str, Any]:
    verbs.send(world(), account=official_account(), wish=body())
    return OK


@messages.route("/cgi-bin/message/custom/typing", methods=["GET", "POST"])
def typing() -> dict[str, Any]:
    verbs.type_along(world(), account=official_account(), wish=body())
    return OK
