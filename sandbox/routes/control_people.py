"""The control routes of people: their phones, addresses, chats and codes."""

from typing import Any

from flask import Blueprint, request

from sandbox import user_actions
from sandbox.errors import SandboxError
from sandbox.people import Person
from sandbox.routes.request_context import control_payload, sandbox_state

people = Blueprint("people", __name__)


@people.get("/sandbox/people")
def list_people() -> dict[str, Any]:
    return {"people": [_person_to_json(person) for person in sandbox_state().people.list_all()]}


@people.post("/sandbox/people")
def add_person() -> tuple[dict[str, Any], int]:
    payload = control_payload()
    person = sandbox_state().people.add(
        name=str(payload.get("name", "")), phone=payload.get("phone"), email=payload.get("email")
    )
    return _person_to_json(person), 201


@people.get("/sandbox/people/<person_id>")
def get_person(person_id: str) -> dict[str, Any]:
    return _person_to_json(sandbox_state().people.get(person_id))


@people.put("/sandbox/people/<person_id>")
def change_person(person_id: str) -> dict[str, Any]:
    """Change a person: `{"snapshot"?, "email"?}`."""
    people, payload = sandbox_state().people, control_payload()
    person = people.get(person_id)
    if "email" in payload:
        person = people.set_email(person_id, email=payload["email"])
    if "snapshot" in payload:
        person = people.set_snapshot(person_id, snapshot=payload["snapshot"] is True)
    return _person_to_json(person)


@people.get("/sandbox/people/<person_id>/links")
def list_links(person_id: str) -> dict[str, Any]:
    """Return the links that others passed on to this person."""
    return {"links": sandbox_state().shared_links.list_received(sandbox_state().people.get(person_id))}


@people.post("/sandbox/people/<person_id>/links")
def share_link(person_id: str) -> tuple[dict[str, Any], int]:
    receiver, payload = sandbox_state().people.get(person_id), control_payload()
    sender = sandbox_state().people.get(str(payload.get("sender", "")))
    sandbox_state().shared_links.share(payload.get("url"), sender=sender, receiver=receiver)
    return list_links(person_id), 201


@people.get("/sandbox/people/<person_id>/chats/<appid>")
def get_chat(person_id: str, appid: str) -> dict[str, Any]:
    """Return the chat, without its messages if `since` is the current version."""
    person, account = sandbox_state().people.get(person_id), sandbox_state().accounts.get(appid)
    key = {"appid": account.appid, "person_id": person.id}
    follow = sandbox_state().followers.find(**key)
    state = {
        "version": sandbox_state().chats.get_version(**key),
        "openid": person.openid_at(account),
        "unionid": person.unionid_at(account),
        "following": follow is not None,
        "following_since": follow.followed_at if follow else None,
        "typing": sandbox_state().chats.is_typing(**key),
        "templates_blocked": sandbox_state().subscriptions.is_blocked(**key),
        "quotas": sandbox_state().message_quotas.remaining_by_cause(**key),
    }
    if request.args.get("since") == str(state["version"]):
        return state
    return {**state, "messages": [line.to_json() for line in sandbox_state().chats.list_lines(**key)]}


@people.post("/sandbox/people/<person_id>/chats/<appid>/actions")
def execute_action(person_id: str, appid: str) -> dict[str, Any]:
    person, account = sandbox_state().people.get(person_id), sandbox_state().accounts.get(appid)
    return user_actions.execute(sandbox_state(), person=person, account=account, parameters=control_payload())


@people.post("/sandbox/people/<person_id>/login-codes")
def create_login_code(person_id: str) -> tuple[dict[str, Any], int]:
    return _create_mini_program_code("login", person_id)


@people.post("/sandbox/people/<person_id>/phone-codes")
def create_phone_code(person_id: str) -> tuple[dict[str, Any], int]:
    return _create_mini_program_code("phone", person_id)


def _create_mini_program_code(kind: str, person_id: str) -> tuple[dict[str, Any], int]:
    person, account = (
        sandbox_state().people.get(person_id),
        sandbox_state().accounts.get(str(control_payload().get("appid", ""))),
    )
    if account.is_official:
        raise SandboxError("not_a_mini_program", "这个账号不是小程序")
    return {"code": sandbox_state().login_codes.issue(kind, appid=account.appid, person_id=person.id)}, 201


def _person_to_json(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "name": person.name,
        "phone": person.phone,
        "email": person.email,
        "snapshot": person.snapshot,
    }
