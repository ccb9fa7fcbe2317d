"""The JSON form of webhook messages, which mini-programs can choose instead of XML."""

import json
from typing import Any

from platforms.xml import strip_illegal

MAX_NESTING = 8  # brackets within brackets, as in XML


class InvalidJsonError(ValueError):
    """The body is not a valid JSON message of WeChat."""


def is_json(body: bytes) -> bool:
    """Return whether a body is an object of JSON and not XML."""
    return body.lstrip()[:1] == b"{"


def parse_json(body: bytes) -> dict[str, Any]:
    """Return the fields of a JSON message with numbers as text, as in XML.

    Raises InvalidJsonError.
    """
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_int=str,
            parse_float=str,
            parse_constant=str,
        )
    except (ValueError, RecursionError) as error:
        raise InvalidJsonError("not well-formed UTF-8 JSON") from error
    if not isinstance(value, dict) or _is_too_deep(value, MAX_NESTING):
        raise InvalidJsonError("nested too deeply")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Without the characters that XML forbids, among them half surrogates, which no database stores.
    fields = {name: strip_illegal(value) if isinstance(value, str) else value for name, value in pairs}
    if len(fields) != len(pairs):  # otherwise two parsers could read different senders
        raise ValueError("a name is repeated")
    return fields


def _is_too_deep(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    children = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_is_too_deep(child, levels - 1) for child in children)
