"""The control door of people: their phones, chats, text messages and codes."""

from typing import Any

from flask import Blueprint, request

from sandbox import gestures
from sandbox.doors.calls import wish, world
from sandbox.errors import Refused
from sandbox.people import Person

people = Blueprint("people", __name__)


@people.get("/sandbox/people")
def listing() -> dict[str, Any]:
    return {"people": [_shown_person(each) for each in world().people.all()]}


@people.post("/sandbox/people")
def add_person() -> tuple[dict[str, Any], int]:
    asked = wish()
    return _shown_person(world().people.add(name=str(asked.get("name", "")), phone=asked.get("phone"))), 201


@people.get("/sandbox/people/<person_id>")
def person(person_id: str) -> dict[str, Any]:
    return _shown_person(world().people.find(person_id))


@people.put("/sandbox/people/<person_id>")
def change_person(person_id: str) -> dict[str, Any]:
    return _shown_person(world().people.set_snapshot(person_id, snapshot=wish().get("snapshot") is True))


@people.get("/sandbox/people/<person_id>/sms")
def inbox(person_id: str) -> dict[str, Any]:
    return {"messages": world().sms.inbox(world().people.find(person_id).phone)}


@people.get("/sandbox/people/<person_id>/chats/<appid>")
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


@people.post("/sandbox/people/<person_id>/chats/<appid>/actions")
def act(person_id: str, appid: str) -> dict[str, Any]:
    who, account = world().people.find(person_id), world().accounts.find(appid)
    return gestures.perform(world(), person=who, account=account, wish=wish())


@people.post("/sandbox/people/<person_id>/login-codes")
def login_code(person_id: str) -> tuple[dict[str, Any], int]:
    return _mini_program_code("login", person_id)


@people.post("/sandbox/people/<person_id>/phone-codes")
def phone_code(person_id: str) -> tuple[dict[str, Any], int]:
    return _mini_program_code("phone", person_id)


def _mini_program_code(kind: str, person_id: str) -> tuple[dict[str, Any], int]:
    who, account = world().people.find(person_id), world().accounts.find(str(wish().get("appid", "")))
    if account.is_official:
        raise Refused("not_a_mini_program", "这个账号不是小程序")
    return {"code": world().codes.issue(kind, appid=account.appid, person_id=who.id)}, 201


def _shown_person(who: Person) -> dict[str, Any]:
    return {"id": who.id, "name": who.name, "phone": who.phone, "snapshot": who.snapshot}
