"""Results of template and subscribe messages in webhook messages: what was sent, accepted and refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# The names of WeChat's events in lower case, and ours.
RESULT_EVENTS = {
    "templatesendjobfinish": "template_result",
    "subscribe_msg_popup_event": "subscribe_popup",
    "subscribe_msg_change_event": "subscribe_change",
    "subscribe_msg_sent_event": "subscribe_sent",
}
RESULT_KINDS = frozenset(RESULT_EVENTS.values())
MAX_RESULTS = 100  # of one push; WeChat asks for at most 5 templates at once
MAX_TEXT_LENGTH = 128

_LIST_PARENTS = {
    "subscribe_popup": "SubscribeMsgPopupEvent",
    "subscribe_change": "SubscribeMsgChangeEvent",
    "subscribe_sent": "SubscribeMsgSentEvent",
}


@dataclass(frozen=True, slots=True)
class TemplateResult:
    """The result of a message, or the answer of a person for a template.

    `accepted` says that the message was delivered or that the person accepts messages. `status` is WeChat's text, for
    example `success`, `failed:user block` or `reject`. `code` is the error code of a subscribe message, 0 if it was
    delivered. A template message has no `template_id`, an answer no `message_id`.
    """

    template_id: str
    accepted: bool
    message_id: str = ""
    code: str = ""
    status: str = ""


def parse_template_results(kind: str, elements: Mapping[str, Any]) -> tuple[TemplateResult, ...]:
    """Return the results in the elements of a push. Entries that are incomplete or too long are left out."""
    if kind == "template_result":
        return _keep_complete([_parse_template_message(elements)])
    if kind not in RESULT_KINDS:
        return ()
    parse = _parse_subscribe_message if kind == "subscribe_sent" else _parse_answer
    return _keep_complete([parse(entry) for entry in _list_entries(kind, elements)])


def _list_entries(kind: str, elements: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the entries of the list, which in JSON is beside the other elements."""
    parent = elements.get(_LIST_PARENTS[kind])
    entries = parent.get("List") if isinstance(parent, Mapping) else elements.get("List")
    entries = entries if isinstance(entries, list) else [entries]
    return [entry for entry in entries if isinstance(entry, Mapping)][:MAX_RESULTS]


def _parse_template_message(elements: Mapping[str, Any]) -> TemplateResult:
    status = _read_text(elements, "Status")
    message_id = _read_text(elements, "MsgID") or _read_text(elements, "MsgId")
    return TemplateResult(
        template_id="",
        accepted=status.lower() == "success",
        message_id=message_id,
        status=status,
    )


def _parse_answer(entry: Mapping[str, Any]) -> TemplateResult:
    status = _read_text(entry, "SubscribeStatusString")
    return TemplateResult(
        template_id=_read_text(entry, "TemplateId"), accepted=status == "accept", status=status
    )


def _parse_subscribe_message(entry: Mapping[str, Any]) -> TemplateResult:
    code = _read_text(entry, "ErrorCode")
    return TemplateResult(
        template_id=_read_text(entry, "TemplateId"),
        accepted=code == "0",
        message_id=_read_text(entry, "MsgID") or _read_text(entry, "MsgId"),
        code=code,
        status=_read_text(entry, "ErrorStatus"),
    )


def _keep_complete(results: list[TemplateResult]) -> tuple[TemplateResult, ...]:
    return tuple(
        result
        for result in results
        if (result.template_id or result.message_id) and (result.status or result.code)
    )


def _read_text(elements: Mapping[str, Any], name: str) -> str:
    value = elements.get(name)
    return value if isinstance(value, str) and len(value) <= MAX_TEXT_LENGTH else ""
