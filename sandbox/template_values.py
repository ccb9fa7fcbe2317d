"""Values of template keywords: an object by keyword, each value within the limit of its type.

The limits are from the documentation of subscribe messages (订阅消息参数值内容限制说明).
"""

import re

from sandbox.errors import WeChatError
from sandbox.message_templates import Template

_CLOCK = r"([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?"
_DAY = r"([0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日|[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2})"
_CHINESE = r"[\u3400-\u9fff·]"

_PATTERNS = {
    "thing": r"(?s).{1,20}",
    "number": r"(?=.{1,32}$)[0-9]+(\.[0-9]+)?",
    "letter": r"[A-Za-z]{1,32}",
    "symbol": r"[^\w\s]{1,5}",
    "character_string": r"[\x21-\x7e ]{1,32}",
    "amount": r"[¥￥$€£]?[0-9]{1,10}(\.[0-9]{1,4})?元?",
    "phone_number": r"[0-9+\-() ]{1,17}",
    "car_number": rf"(?=.{{1,8}}$)({_CHINESE})?[A-Za-z0-9]+({_CHINESE})?",
    "name": rf"{_CHINESE}{{1,10}}|[A-Za-z .\-]{{1,20}}",
    "phrase": r"[\u3400-\u9fff]{1,5}",
}
_TIME = re.compile(rf"({_DAY} ?)?{_CLOCK}")
_DATE = re.compile(rf"{_DAY}( ?{_CLOCK})?")
_SPAN = {"time": _TIME, "date": _DATE}  # also two of them with ~ between


def parse_values(template: Template, data: object, *, extra: frozenset[str] = frozenset()) -> dict[str, str]:
    """Return the value of each keyword. `extra` are further fields that a keyword may have.

    Raises WeChatError.
    """
    if not isinstance(data, dict):
        raise WeChatError(47003, "data is not an object by keyword")
    for keyword in sorted(set(data) ^ set(template.types)):
        raise WeChatError(47003, f"data.{keyword}.value is {'unknown' if keyword in data else 'missing'}")
    return {
        keyword: _parse_value(keyword, data[keyword], type_name=type_name, extra=extra)
        for keyword, type_name in template.types.items()
    }


def is_valid(type_name: str, value: str) -> bool:
    """Return whether a value keeps the limit of its type."""
    if type_name in _SPAN:
        moments = value.split("~")
        return len(moments) <= 2 and all(_SPAN[type_name].fullmatch(moment.strip()) for moment in moments)
    return bool(value.strip()) and re.fullmatch(_PATTERNS[type_name], value) is not None


def _parse_value(keyword: str, field: object, *, type_name: str, extra: frozenset[str]) -> str:
    if not isinstance(field, dict) or "value" not in field or set(field) - {"value"} - extra:
        raise WeChatError(47003, f"data.{keyword} is not an object with value")
    value = field["value"]
    if not isinstance(value, str) or not is_valid(type_name, value):
        raise WeChatError(47003, f"data.{keyword}.value invalid")
    return value
