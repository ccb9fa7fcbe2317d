"""The control door: what tests and the phone page ask of the stand-in itself."""

from typing import Any

from flask import Blueprint

from sandbox.doors.accounts import accounts
from sandbox.doors.calls import wish, world
from sandbox.doors.people import people
from sandbox.errors import Refused

control = Blueprint("control", __name__)
for each in (accounts, people):
    control.register_blueprint(each)
DONE = {"ok": True}


@control.errorhandler(Refused)
def say_no(refusal: Refused) -> tuple[dict[str, Any], int]:
    return {"error": refusal.code, "message": refusal.message}, refusal.status


@control.get("/health/live")
def live() -> dict[str, Any]:
    return DONE


@control.post("/sandbox/reset")
def reset() -> dict[str, Any]:
    world().reset()
    return DONE


@control.get("/sandbox/faults")
def faults() -> dict[str, Any]:
    return {"faults": world().faults.all()}


@control.put("/sandbox/faults")
def put_fault() -> dict[str, Any]:
    world().faults.put(wish())
    return faults()


@control.delete("/sandbox/faults")
def clear_faults() -> dict[str, Any]:
    world().faults.reset()
    return faults()


@control.delete("/sandbox/faults/<int:fault_id>")
def remove_fault(fault_id: int) -> dict[str, Any]:
    world().faults.remove(fault_id)
    return faults()


@control.get("/sandbox/tokens")
def tokens() -> dict[str, Any]:
    """How often each account asked for a token and how many it was given: more than one shows a war."""
    kept = world().tokens
    return {"lifetime_s": kept.lifetime_s, "asked": dict(kept.asked), "issued": dict(kept.issued)}


@control.put("/sandbox/tokens")
def set_token_lifetime() -> dict[str, Any]:
    world().tokens.lifetime_s = _seconds("lifetime_s", least=1)
    return tokens()


@control.delete("/sandbox/tokens/<appid>")
def void_tokens(appid: str) -> dict[str, Any]:
    world().tokens.void_all(world().accounts.find(appid).appid)
    return tokens()


@control.get("/sandbox/clock")
def clock() -> dict[str, Any]:
    return {"now": world().clock.now(), "ahead_s": world().clock.ahead_s}


@control.post("/sandbox/clock")
def advance_clock() -> dict[str, Any]:
    world().clock.advance(seconds=_seconds("advance_s", least=0))
    return clock()


@control.put("/sandbox/pushes")
def set_push_limit() -> dict[str, Any]:
    """Tests that wait for time-outs make the five seconds shorter."""
    world().pushes.limit_s = _seconds("limit_s", least=0.05)
    return {"limit_s": world().pushes.limit_s}


def _seconds(name: str, *, least: float) -> float:
    value = wish().get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < least:
        raise Refused("bad_seconds", f"{name} 应是不小于 {least:g} 的秒数")
    return float(value)
