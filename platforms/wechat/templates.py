"""Templates of template messages and subscribe messages, as the platform lists them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from platforms.errors import OutcomeUnknownError
from platforms.wechat.errors import PLATFORM


@dataclass(frozen=True, slots=True)
class PlatformTemplate:
    """A template that an account may use. `content` names its keywords as `{{thing1.DATA}}`."""

    template_id: str
    title: str
    content: str
    example: str


def to_template_data(data: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return keywords and values in the form of the platform: an object by keyword."""
    return {keyword: {"value": value} for keyword, value in data.items()}


def parse_templates(rows: Any, *, id_name: str) -> list[PlatformTemplate]:
    """Return the templates of a response. Raises OutcomeUnknownError if it cannot be read."""
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) and row.get(id_name) for row in rows):
        raise OutcomeUnknownError(PLATFORM, "unreadable", "微信应答里没有模板列表", perhaps_sent=False)
    return [
        PlatformTemplate(
            str(row[id_name]),
            str(row.get("title", "")),
            str(row.get("content", "")),
            str(row.get("example", "")),
        )
        for row in rows
    ]
