"""The platform: all doors that answer in WeChat's and the SMS provider's place, faults included."""

from typing import Any

from flask import Blueprint, Response, request

from sandbox.doors.calls import world
from sandbox.doors.menus import menus
from sandbox.doors.messages import messages
from sandbox.doors.mini_programs import mini_programs
from sandbox.doors.qr_codes import qr_codes
from sandbox.doors.sms import sms
from sandbox.doors.tokens import tokens
from sandbox.doors.users import users
from sandbox.doors.web_sign_in import web_sign_in
from sandbox.errors import WeChatError

platform = Blueprint("platform", __name__)
for each in (tokens, menus, messages, qr_codes, users, mini_programs, web_sign_in, sms):
    platform.register_blueprint(each)


@platform.before_request
def strike() -> Any:
    """Carries out a fault that was asked for on this path."""
    fault = world().faults.take(request.path)
    if fault is None:
        return None
    if fault.kind in {"timeout", "slow"}:
        world().faults.wait_out(fault)
    if fault.kind == "slow":
        return None
    if fault.kind == "errcode":
        return {"errcode": fault.errcode, "errmsg": WeChatError(fault.errcode).errmsg}
    if fault.kind == "garbage":
        return Response("<html><body>\x00\xff upstream", mimetype="text/html")
    return Response("", status=504 if fault.kind == "timeout" else 500)


@platform.errorhandler(WeChatError)
def say_no(error: WeChatError) -> dict[str, Any]:
    return {"errcode": error.errcode, "errmsg": error.errmsg}


@platform.route("/cgi-bin/<path:rest>", methods=["GET", "POST"])
@platform.route("/sns/<path:rest>", methods=["GET", "POST"])
@platform.route("/wxa/<path:rest>", methods=["GET", "POST"])
def unknown(rest: str) -> Any:
    raise WeChatError(40066)
