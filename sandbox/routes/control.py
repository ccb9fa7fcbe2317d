"""The control routes, which tests and the phone page use to control the sandbox."""

from typing import Any

from flask import Blueprint

from sandbox.errors import SandboxError
from sandbox.routes.control_accounts import accounts
from sandbox.routes.control_alipay import alipay_control
from sandbox.routes.control_messages import message_control
from sandbox.routes.control_notices import notices
from sandbox.routes.control_payouts import payouts
from sandbox.routes.control_people import people
from sandbox.routes.control_templates import template_control
from sandbox.routes.control_wallets import wallets
from sandbox.routes.control_wechat_pay import wechat_pay_control
from sandbox.routes.request_context import control_payload, sandbox_state

control = Blueprint("control", __name__)
for blueprint in (
    accounts, people, message_control, wallets, notices, wechat_pay_control, alipay_control, template_control,
    payouts,
):  # fmt: skip
    control.register_blueprint(blueprint)
OK = {"ok": True}


@control.errorhandler(SandboxError)
def handle_error(error: SandboxError) -> tuple[dict[str, Any], int]:
    return {"error": error.code, "message": error.message}, error.status


@control.get("/health/live")
def check_liveness() -> dict[str, Any]:
    return OK


@control.post("/sandbox/reset")
def reset_state() -> dict[str, Any]:
    sandbox_state().reset()
    return OK


@control.get("/sandbox/faults")
def list_faults() -> dict[str, Any]:
    return {"faults": sandbox_state().faults.list_all()}


@control.put("/sandbox/faults")
def add_fault() -> dict[str, Any]:
    sandbox_state().faults.add(control_payload())
    return list_faults()


@control.delete("/sandbox/faults")
def clear_faults() -> dict[str, Any]:
    sandbox_state().faults.reset()
    return list_faults()


@control.delete("/sandbox/faults/<int:fault_id>")
def remove_fault(fault_id: int) -> dict[str, Any]:
    sandbox_state().faults.remove(fault_id)
    return list_faults()


@control.get("/sandbox/tokens")
def get_token_counts() -> dict[str, Any]:
    """Return how often each account requested a token and how many were issued.

    More than one issued token shows processes that invalidate the tokens of each other.
    """
    tokens = sandbox_state().access_tokens
    return {
        "lifetime_s": tokens.lifetime_s,
        "requested": dict(tokens.requested),
        "issued": dict(tokens.issued),
    }


@control.put("/sandbox/tokens")
def set_token_lifetime() -> dict[str, Any]:
    sandbox_state().access_tokens.lifetime_s = _require_seconds("lifetime_s", minimum=1)
    return get_token_counts()


@control.delete("/sandbox/tokens/<appid>")
def revoke_tokens(appid: str) -> dict[str, Any]:
    sandbox_state().access_tokens.revoke_all(sandbox_state().accounts.get(appid).appid)
    return get_token_counts()


@control.get("/sandbox/clock")
def get_clock() -> dict[str, Any]:
    return {"now": sandbox_state().clock.now(), "offset_s": sandbox_state().clock.offset_s}


@control.post("/sandbox/clock")
def advance_clock() -> dict[str, Any]:
    sandbox_state().clock.advance(seconds=_require_seconds("advance_s", minimum=0))
    sandbox_state().payouts.expire()
    return get_clock()


@control.put("/sandbox/pushes")
def set_push_timeout() -> dict[str, Any]:
    """Set the timeout of pushes, so that tests of timeouts are fast."""
    sandbox_state().pushes.timeout_s = _require_seconds("timeout_s", minimum=0.05)
    return {"timeout_s": sandbox_state().pushes.timeout_s}


def _require_seconds(name: str, *, minimum: float) -> float:
    value = control_payload().get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < minimum:
        raise SandboxError("bad_seconds", f"{name} 应是不小于 {minimum:g} 的秒数")
    return float(value)
