"""The control routes of templates, subscriptions and received template messages."""

from typing import Any

from flask import Blueprint, request

from sandbox import message_templates
from sandbox.accounts import Account
from sandbox.errors import SandboxError
from sandbox.people import Person
from sandbox.routes.request_context import control_payload, sandbox_state

template_control = Blueprint("template_control", __name__)
ANSWERS = ("accept", "reject")
POPUP_SCENE = "2"  # the page asked
MAX_ANSWERS = 5


@template_control.get("/sandbox/accounts/<appid>/templates")
def list_templates(appid: str) -> dict[str, Any]:
    account = sandbox_state().accounts.get(appid)
    return {
        "templates": [
            {"template_id": each.id, "title": each.title, "content": each.content, "example": each.example}
            for each in message_templates.list_templates(account)
        ]
    }


@template_control.get("/sandbox/people/<person_id>/template-messages")
def list_received(person_id: str) -> dict[str, Any]:
    """Return the template and subscribe messages of a person, the newest first."""
    person, appid = sandbox_state().people.get(person_id), request.args.get("appid", "")
    return {"messages": sandbox_state().template_inboxes.list_received(person.id, appid=appid)}


@template_control.get("/sandbox/people/<person_id>/subscriptions/<appid>")
def list_subscriptions(person_id: str, appid: str) -> dict[str, Any]:
    """Return the templates of an account, what remains of each, and whether template messages are switched off."""
    person, account = sandbox_state().people.get(person_id), sandbox_state().accounts.get(appid)
    chat = {"appid": account.appid, "person_id": person.id}
    return {
        "blocked": sandbox_state().subscriptions.is_blocked(**chat),
        "templates": [
            {
                "template_id": each.id,
                "title": each.title,
                "remaining": sandbox_state().subscriptions.get_remaining(each.id, **chat),
            }
            for each in message_templates.list_templates(account)
        ],
    }


@template_control.post("/sandbox/people/<person_id>/subscriptions/<appid>")
def answer_request(person_id: str, appid: str) -> dict[str, Any]:
    """Accept or reject messages of some templates, as the mini-program asked."""
    person, account = _get_pair(person_id, appid)
    answers = _require_answers(account)
    for template_id, answer in answers.items():
        if answer == "accept":
            sandbox_state().subscriptions.accept(template_id, appid=account.appid, person_id=person.id)
    entries = [
        _to_entry(template_id, answer, PopupScene=POPUP_SCENE) for template_id, answer in answers.items()
    ]
    _send_event(
        "subscribe_msg_popup_event", "SubscribeMsgPopupEvent", entries, person=person, account=account
    )
    return list_subscriptions(person_id, appid)


@template_control.delete("/sandbox/people/<person_id>/subscriptions/<appid>")
def revoke_all(person_id: str, appid: str) -> dict[str, Any]:
    """Revoke all acceptances in the settings of the mini-program."""
    person, account = _get_pair(person_id, appid)
    revoked = sandbox_state().subscriptions.revoke_all(appid=account.appid, person_id=person.id)
    if revoked:
        entries = [_to_entry(template_id, "reject") for template_id in revoked]
        _send_event(
            "subscribe_msg_change_event", "SubscribeMsgChangeEvent", entries, person=person, account=account
        )
    return list_subscriptions(person_id, appid)


@template_control.put("/sandbox/people/<person_id>/subscriptions/<appid>")
def set_blocked(person_id: str, appid: str) -> dict[str, Any]:
    """Set whether the person has switched off the template messages of an official account."""
    person, account = sandbox_state().people.get(person_id), sandbox_state().accounts.get(appid)
    if not account.is_official:
        raise SandboxError("not_official", "这个账号不是公众号")
    blocked = control_payload().get("blocked") is True
    chat = {"appid": account.appid, "person_id": person.id}
    sandbox_state().subscriptions.set_blocked(blocked, **chat)
    sandbox_state().chats.bump_version(**chat)
    return list_subscriptions(person_id, appid)


def _get_pair(person_id: str, appid: str) -> tuple[Person, Account]:
    person, account = sandbox_state().people.get(person_id), sandbox_state().accounts.get(appid)
    if account.is_official:
        raise SandboxError("not_a_mini_program", "这个账号不是小程序")
    return person, account


def _require_answers(account: Account) -> dict[str, str]:
    answers = control_payload().get("answers")
    if not isinstance(answers, dict) or not 1 <= len(answers) <= MAX_ANSWERS:
        raise SandboxError("bad_answers", f"answers 应是 1 到 {MAX_ANSWERS} 个模板的回答")
    for template_id, answer in answers.items():
        message_templates.get_for_control(account, template_id)
        if answer not in ANSWERS:
            raise SandboxError("bad_answers", "回答应是 accept 或 reject")
    return answers


def _to_entry(template_id: str, answer: str, **more: str) -> dict[str, str]:
    return {"TemplateId": template_id, "SubscribeStatusString": answer, **more}


def _send_event(
    event: str, element: str, entries: list[dict[str, str]], *, person: Person, account: Account
) -> None:
    fields = {element: {"List": entries}}
    sandbox_state().message_events.send(event, fields, account=account, person=person)
