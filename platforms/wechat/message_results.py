"""Events about messages that we sent: results of template messages, answers and results of subscribe messages."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

MAX_ENTRIES = 20  # the platform asks for at most three templates at once
MAX_TEXT_LENGTH = 100
SUCCESS = "success"
RESULT_EVENTS = {
    "templatesendjobfinish", "subscribe_msg_popup_event", "subscribe_msg_change_event", "subscribe_msg_sent_event",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SentResult:
    """Whether a message arrived. `status` is the text or code of the platform."""

    kind: Literal["template", "subscribe"]
    message_id: str
    delivered: bool
    status: str


@dataclass(frozen=True, slots=True)
class SubscribeChoice:
    """Whether a person accepted one message by a template."""

    template_id: str
    accepted: bool


def parse_results(elements: Mapping[str, Any]) -> list[SentResult]:
    """Return the results that an event reports. Elements that cannot be read are left out."""
    event = _read(elements, "Event").lower()
    if event == "templatesendjobfinish":
        number, status = _read(elements, "MsgID"), _read(elements, "Status")
        return [SentResult("template", number, status == SUCCESS, status)] if number and status else []
    if event != "subscribe_msg_sent_event":
        return []
    return [
        SentResult("subscribe", number, _read(entry, "ErrorCode") == "0", _read(entry, "ErrorStatus"))
        for entry in _list_entries(elements.get("SubscribeMsgSentEvent"))
        if (number := _read(entry, "MsgID"))
    ]


def parse_choices(elements: Mapping[str, Any]) -> list[SubscribeChoice]:
    """Return what a person answered to the question for subscribe messages.

    Elements that cannot be read are left out. The event of a change in the settings brings no message more, and a
    message that was revoked there is rejected by the platform.
    """
    if _read(elements, "Event").lower() != "subscribe_msg_popup_event":
        return []
    return [
        SubscribeChoice(template, _read(entry, "SubscribeStatusString") == "accept")
        for entry in _list_entries(elements.get("SubscribeMsgPopupEvent"))
        if (template := _read(entry, "TemplateId"))
    ]


def _list_entries(parent: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the List elements below an element, of which there are one or several."""
    found = parent.get("List") if isinstance(parent, Mapping) else None
    entries = found if isinstance(found, list) else [found]
    for entry in entries[:MAX_ENTRIES]:
        if isinstance(entry, Mapping):
            yield entry


def _read(elements: Mapping[str, Any], name: str) -> str:
    value = elements.get(name)
    return value.strip()[:MAX_TEXT_LENGTH] if isinstance(value, str) else ""
