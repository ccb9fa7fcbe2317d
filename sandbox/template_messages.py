"""Template messages of official accounts and subscribe messages of mini-programs."""

from typing import Any

from sandbox import message_templates, template_values
from sandbox.accounts import Account
from sandbox.errors import WeChatError
from sandbox.people import Person
from sandbox.state import SandboxState

MAX_URL_LENGTH = 2048
MAX_CLIENT_MSG_ID_LENGTH = 64
STATES = {"developer", "trial", "formal"}
BLOCKED = "failed:user block"


def send_template(state: SandboxState, *, account: Account, payload: dict[str, Any]) -> int:
    """Send a template message and return its id. A person who switched them off gets none, as the event says."""
    person = _get_receiver(state, account, payload)
    if state.followers.find(appid=account.appid, person_id=person.id) is None:
        raise WeChatError(43004)
    template = message_templates.get_for_platform(account, payload.get("template_id"))
    values = template_values.parse_values(template, payload.get("data"), extra=frozenset({"color"}))
    url = _read_text(payload, "url", MAX_URL_LENGTH, errcode=40066)
    mini_program = _read_mini_program(state, payload.get("miniprogram"))
    client_msg_id = _read_text(payload, "client_msg_id", MAX_CLIENT_MSG_ID_LENGTH, errcode=40035)
    message_id, is_new = state.template_inboxes.claim_client_msg_id(
        client_msg_id, appid=account.appid, openid=person.openid_at(account)
    )
    if not is_new:
        return message_id
    chat = {"appid": account.appid, "person_id": person.id}
    is_blocked = state.subscriptions.is_blocked(**chat)
    if not is_blocked:
        message = {
            "title": template.title,
            "lines": template.fill(values),
            "url": url,
            "mini_program": mini_program,
        }
        state.template_inboxes.add(
            person.id,
            message_id=message_id,
            kind="template",
            appid=account.appid,
            account=account.name,
            template_id=template.id,
            client_msg_id=client_msg_id,
            **message,
        )
        state.chats.add_line("in", "template", message, **chat)
    result = {"MsgID": message_id, "Status": BLOCKED if is_blocked else "success"}
    state.message_events.send_later("TEMPLATESENDJOBFINISH", result, account=account, person=person)
    return message_id


def send_subscribe_message(state: SandboxState, *, account: Account, payload: dict[str, Any]) -> int:
    """Send a subscribe message, which uses up one acceptance, and return its id."""
    person = _get_receiver(state, account, payload)
    template = message_templates.get_for_platform(account, payload.get("template_id"))
    values = template_values.parse_values(template, payload.get("data"))
    page = _read_text(payload, "page", MAX_URL_LENGTH, errcode=41030)
    version = payload.get("miniprogram_state", "formal")
    if version not in STATES:
        raise WeChatError(40035)
    state.subscriptions.consume(template.id, appid=account.appid, person_id=person.id)
    message_id = state.template_inboxes.next_message_id()
    state.template_inboxes.add(
        person.id,
        message_id=message_id,
        kind="subscribe",
        appid=account.appid,
        account=account.name,
        template_id=template.id,
        title=template.title,
        lines=template.fill(values),
        page=page,
        state=version,
    )
    entry = {
        "TemplateId": template.id,
        "MsgID": str(message_id),
        "ErrorCode": "0",
        "ErrorStatus": "success",
    }
    state.message_events.send_later(
        "subscribe_msg_sent_event",
        {"SubscribeMsgSentEvent": {"List": [entry]}},
        account=account,
        person=person,
    )
    return message_id


def _get_receiver(state: SandboxState, account: Account, payload: dict[str, Any]) -> Person:
    person = state.people.find_by_openid(openid=str(payload.get("touser", "")), account=account)
    if person is None:
        raise WeChatError(40003)
    return person


def _read_text(payload: dict[str, Any], name: str, max_length: int, *, errcode: int) -> str:
    value = payload.get(name, "")
    if not isinstance(value, str) or len(value) > max_length:
        raise WeChatError(errcode)
    return value


def _read_mini_program(state: SandboxState, value: object) -> dict[str, str] | None:
    """Return appid and page of the mini-program that the message opens. Its account must be in the sandbox."""
    if value is None:
        return None
    if not isinstance(value, dict) or state.accounts.get_for_platform(str(value.get("appid"))).is_official:
        raise WeChatError(40013)
    return {
        "appid": value["appid"],
        "pagepath": _read_text(value, "pagepath", MAX_URL_LENGTH, errcode=41030),
    }
