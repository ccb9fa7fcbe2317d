"""Texts of messages: placeholders such as `{积分}`, and values cut to what the platform's keywords take."""

import re
from collections.abc import Callable, Mapping

from store.core import errors

MAX_TITLE_LENGTH, MAX_TEXT_LENGTH = 64, 500
_PLACEHOLDER = re.compile(r"\{([^{}]{1,20})\}")
_KEYWORD = re.compile(r"([a-z_]+?)\d+")
_NOT_ALLOWED_IN_THING = re.compile(r"[\r\n\t]+")


def fill(text: str, variables: Mapping[str, str]) -> str:
    """Return a text with its placeholders filled in. An unknown one becomes empty."""
    return _PLACEHOLDER.sub(lambda match: variables.get(match[1], ""), text)


def list_placeholders(text: str) -> list[str]:
    """Return the names of the placeholders of a text, in their order."""
    return _PLACEHOLDER.findall(text)


def ensure_known(field: str, text: str, known: Mapping[str, str]) -> None:
    """Raise DomainError(invalid) if a text has a placeholder that is not among the known variables."""
    unknown = [name for name in list_placeholders(text) if name not in known]
    if unknown:
        listed = "、".join(f"{{{name}}}" for name in known)
        raise errors.invalid(field, f"没有变量 {{{unknown[0]}}}，可用 {listed}")


def fit_keyword(keyword: str, value: str) -> str:
    """Return a value as the platform takes it for a keyword such as `thing1`: other characters removed, then cut.

    The platform rejects the whole message for one value that breaks the limits of its type. Source: the keyword types
    of subscribe messages in the documentation of WeChat.
    """
    match = _KEYWORD.fullmatch(keyword)
    type_name = match[1] if match else ""
    fit = _FIT_BY_TYPE.get(type_name, _fit_thing)
    return fit(value.strip()).strip() or _EMPTY_BY_TYPE.get(type_name, "-")


def _fit_thing(value: str) -> str:
    return _cut(_NOT_ALLOWED_IN_THING.sub(" ", value), 20)


def _fit_number(value: str) -> str:
    match = re.search(r"[0-9]+(\.[0-9]+)?", value)
    return match[0][:32].rstrip(".") if match else ""


def _fit_amount(value: str) -> str:
    """Keep an optional currency sign, at most ten digits before the point and two after it, and 元 at the end."""
    match = re.search(r"([¥￥$]?)([0-9]{1,10})(\.[0-9]{1,2})?\s*(元?)", value.replace(",", ""))
    return "".join(part or "" for part in match.groups()) if match else ""


def _fit_name(value: str) -> str:
    """Keep Chinese characters, or Latin letters if there are none."""
    return re.sub(r"[^\u3400-\u9fff·]", "", value)[:10] or re.sub(r"[^A-Za-z .\-]", "", value)[:20]


def _fit_phrase(value: str) -> str:
    return re.sub(r"[^\u3400-\u9fff]", "", value)[:5]


def _fit_date(value: str) -> str:
    """Keep a date. Without one, as in 长期有效, it is the last that the platform takes."""
    return value[:32] if re.search(r"\d", value) else "2099-12-31"


def _cut(value: str, length: int) -> str:
    return value if len(value) <= length else value[: length - 1] + "…"


def _take(pattern: str, length: int) -> Callable[[str], str]:
    return lambda value: re.sub(pattern, "", value)[:length]


_FIT_BY_TYPE: Mapping[str, Callable[[str], str]] = {
    "thing": _fit_thing,
    "number": _fit_number,
    "letter": _take(r"[^A-Za-z]", 32),
    "symbol": _take(r"[\w\s]", 5),
    "character_string": _take(r"[^\x21-\x7e]", 32),
    "time": _fit_date,
    "date": _fit_date,
    "amount": _fit_amount,
    "phone_number": _take(r"[^0-9+\-() ]", 17),
    "car_number": _take(r"\s", 8),
    "name": _fit_name,
    "phrase": _fit_phrase,
}
# The value where nothing is left, because the platform rejects empty ones.
_EMPTY_BY_TYPE: Mapping[str, str] = {
    "number": "0", "letter": "x", "amount": "0", "phone_number": "-", "name": "无", "phrase": "无",
}  # fmt: skip
