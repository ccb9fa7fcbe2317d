"""All routes of WeChat and of the SMS provider, with fault injection."""

from typing import Any

from flask import Blueprint, Response, g, request

from sandbox.errors import WeChatError
from sandbox.routes.followers import followers
from sandbox.routes.member_cards import member_cards
from sandbox.routes.menus import menus
from sandbox.routes.messages import messages
from sandbox.routes.mini_programs import mini_programs
from sandbox.routes.oauth import oauth
from sandbox.routes.qr_codes import qr_codes
from sandbox.routes.request_context import sandbox_state
from sandbox.routes.shipping import shipping
from sandbox.routes.sms import sms
from sandbox.routes.templates import templates
from sandbox.routes.tokens import tokens

platform = Blueprint("platform", __name__)
for blueprint in (
    tokens,
    menus,
    messages,
    qr_codes,
    followers,
    mini_programs,
    oauth,
    sms,
    templates,
    shipping,
    member_cards,
):
    platform.register_blueprint(blueprint)


@platform.before_request
def inject_fault() -> Any:
    """Apply the fault of this path, if there is one."""
    fault = sandbox_state().faults.consume(request.path)
    if fault is None:
        return None
    if fault.kind == "late_answer":
        g.late_answer = fault
        return None
    if fault.kind in {"timeout", "slow"}:
        sandbox_state().faults.wait(fault)
    if fault.kind == "slow":
        return None
    if fault.kind == "errcode":
        return {"errcode": fault.errcode, "errmsg": WeChatError(fault.errcode).errmsg}
    if fault.kind == "garbage":
        return Response("<html><body>\x00\xff upstream", mimetype="text/html")
    return Response("", status=504 if fault.kind == "timeout" else 500)


@platform.after_request
def lose_answer(response: Response) -> Response:
    """Return no answer in time to a call that was executed, if there is such a fault."""
    fault = g.pop("late_answer", None)
    if fault is None:
        return response
    sandbox_state().faults.wait(fault)
    return Response("", status=504)


@platform.errorhandler(WeChatError)
def handle_error(error: WeChatError) -> dict[str, Any]:
    return {"errcode": error.errcode, "errmsg": error.errmsg}


@platform.route("/cgi-bin/<path:rest>", methods=["GET", "POST"])
@platform.route("/sns/<path:rest>", methods=["GET", "POST"])
@platform.route("/wxaapi/<path:rest>", methods=["GET", "POST"])
@platform.route("/wxa/<path:rest>", methods=["GET", "POST"])
@platform.route("/card/<path:rest>", methods=["POST"])
def handle_unknown_path(rest: str) -> Any:
    raise WeChatError(40066)
