"""The control door: what tests and the phone page ask of the stand-in itself."""

from typing import Any

from flask import Blueprint, request
from pydantic import ValidationError

from sandbox import gestures
from sandbox.accounts import Account
from sandbox.doors.calls import wish, world
from sandbox.errors import Refused
from sandbox.people import Person
from sandbox.qr_codes import QrCode

control = Blueprint("control", __name__)
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


@control.get("/sandbox/accounts")
def accounts() -> dict[str, Any]:
    secrets = request.args.get("secrets") == "1"
    shown = [each.shown(secrets=secrets) for each in world().accounts.all()]
    return {"accounts": shown, "problem": world().accounts.problem}


@control.put("/sandbox/accounts/<appid>")
def put_account(appid: str) -> dict[str, Any]:
    try:
        account = Account.model_validate({**wish(), "appid": appid})
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise Refused("bad_account", f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    world().accounts.put(account)
    return account.shown(secrets=False)


@control.post("/sandbox/accounts/<appid>/verifications")
def verify_callback(appid: str) -> dict[str, Any]:
    account = world().accounts.find(appid)
    if account.callback is None:
        raise Refused("no_callback", "这个账号还没有填服务器地址", 409)
    return world().pushes.verify(account)


@control.get("/sandbox/accounts/<appid>/menu")
def menu(appid: str) -> dict[str, Any]:
    return {"button": world().menus.get(world().accounts.find(appid).appid)}


@control.get("/sandbox/codes/<appid>")
def codes(appid: str) -> dict[str, Any]:
    return {"codes": [_shown_code(each) for each in world().qr_codes.of(world().accounts.find(appid).appid)]}


@control.get("/sandbox/people")
def people() -> dict[str, Any]:
    return {"people": [_shown_person(each) for each in world().people.all()]}


@control.post("/sandbox/people")
def add_person() -> tuple[dict[str, Any], int]:
    asked = wish()
    return _shown_person(world().people.add(name=str(asked.get("name", "")), phone=asked.get("phone"))), 201


@control.get("/sandbox/people/<person_id>")
def person(person_id: str) -> dict[str, Any]:
    return _shown_person(world().people.find(person_id))


@control.put("/sandbox/people/<person_id>")
def change_person(person_id: str) -> dict[str, Any]:
    return _shown_person(world().people.set_snapshot(person_id, snapshot=wish().get("snapshot") is True))


@control.get("/sandbox/people/<person_id>/sms")
def inbox(person_id: str) -> dict[str, Any]:
    return {"messages": world().sms.inbox(world().people.find(person_id).phone)}


@control.get("/sandbox/people/<person_id>/chats/<appid>")
def chat(person_id: str, appid: str) -> dict[str, Any]:
    """The whole chat, or only its version where `since` names the version the asker has."""
    who, account = world().people.find(person_id), world().accounts.find(appid)
    key = {"appid": account.appid, "person_id": who.id}
    following = world().followers.get(**key)
    state = {
        "version": world().chats.version(**key),
        "openid": who.openid_at(account),
        "unionid": who.unionid_at(account),
        "following": following is not None,
        "following_since": following.since if following else None,
        "typing": world().chats.typing(**key),
        "quotas": world().quotas.left(**key),
    }
    if request.args.get("since") == str(state["version"]):
        return state
    return {**state, "messages": [line.shown() for line in world().chats.lines(**key)]}


@control.post("/sandbox/people/<person_id>/chats/<appid>/actions")
def act(person_id: str, appid: str) -> dict[str, Any]:
    who, account = world().people.find(person_id), world().accounts.find(appid)
    return gestures.perform(world(), person=who, account=account, wish=wish())


@control.post("/sandbox/people/<person_id>/login-codes")
def login_code(person_id: str) -> tuple[dict[str, Any], int]:
    return _mini_program_code("login", person_id)


@control.post("/sandbox/people/<person_id>/phone-codes")
def phone_code(person_id: str) -> tuple[dict[str, Any], int]:
    return _mini_program_code("phone", person_id)


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


def _mini_program_code(kind: str, person_id: str) -> tuple[dict[str, Any], int]:
    who, account = world().people.find(person_id), world().accounts.find(str(wish().get("appid", "")))
    if account.is_official:
        raise Refused("not_a_mini_program", "这个账号不是小程序")
    return {"code": world().codes.issue(kind, appid=account.appid, person_id=who.id)}, 201


def _seconds(name: str, *, least: float) -> float:
    value = wish().get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < least:
        raise Refused("bad_seconds", f"{name} 应是不小于 {least:g} 的秒数")
    return value


def _shown_person(who: Person) -> dict[str, Any]:
    return {"id": who.id, "name": who.name, "phone": who.phone, "snapshot": who.snapshot}


def _shown_code(code: QrCode) -> dict[str, Any]:
    return {
        "scene": code.scene,
        "action": code.action,
        "ticket": code.ticket,
        "url": code.url,
        "expires_at": code.expires_at,
    }
