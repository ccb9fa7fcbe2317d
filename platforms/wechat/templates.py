"""Templates of template messages (模板消息) and subscribe messages (订阅消息), and the data that fills them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from platforms.errors import OutcomeUnknownError
from platforms.wechat.errors import PLATFORM


@dataclass(frozen=True, slots=True)
class PlatformTemplate:
    """A template of an account. `content` contains its keywords, as `{{thing1.DATA}}`."""

    template_id: str
    title: str
    content: str
    example: str


def to_template_data(values: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return values as WeChat requires them: an object by keyword, not a list."""
    return {keyword: {"value": value} for keyword, value in values.items()}


def parse_templates(response: Mapping[str, Any], *, field: str, id_field: str) -> list[PlatformTemplate]:
    """Return the templates of a response. Raises OutcomeUnknownError."""
    entries = response.get(field)
    if not isinstance(entries, list):
        raise OutcomeUnknownError(PLATFORM, "unreadable", "微信应答里没有模板列表")
    return [
        PlatformTemplate(
            template_id=entry[id_field],
            title=_read_text(entry, "title"),
            content=_read_text(entry, "content"),
            example=_read_text(entry, "example"),
        )
        for entry in entries
        if isinstance(entry, dict) and _read_text(entry, id_field)
    ]


def parse_message_id(response: Mapping[str, Any]) -> str:
    """Return the id of a sent message, or "" if the response has none.

    Raises OutcomeUnknownError for a response that does not say whether the message was sent.
    """
    if "errcode" not in response:
        raise OutcomeUnknownError(PLATFORM, "unreadable", "微信应答里没有发送结果")
    message_id = response.get("msgid")
    return str(message_id) if isinstance(message_id, int | str) else ""


def _read_text(entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name)
    return value if isinstance(value, str) else ""
