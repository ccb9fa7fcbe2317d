"""Stricter types than pydantic's, and Chinese messages for its errors."""

import re
from datetime import date
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ValidationError
from pydantic_core import PydanticCustomError

from store.core.errors import DomainError, invalid

T = TypeVar("T", bound=BaseModel)

_MESSAGES = {
    "missing": "缺少必填项",
    "extra_forbidden": "不认识的字段",
    "string_type": "应为文字",
    "string_too_short": "不能少于 {min_length} 个字",
    "string_too_long": "不能超过 {max_length} 个字",
    "string_pattern_mismatch": "格式不正确",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_parsing_size": "数字过大",
    "int_from_float": "应为整数",
    "float_type": "应为数字",
    "float_parsing": "应为数字",
    "finite_number": "应为有限的数字",
    "bool_type": "应为是或否",
    "bool_parsing": "应为是或否",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than": "应小于 {lt}",
    "less_than_equal": "不能大于 {le}",
    "literal_error": "应为 {expected} 之一",
    "enum": "应为 {expected} 之一",
    "list_type": "应为列表",
    "tuple_type": "应为列表",
    "dict_type": "应为对象",
    "model_type": "应为对象",
    "model_attributes_type": "应为对象",
    "union_tag_not_found": "缺少类型",
    "union_tag_invalid": "不认识的类型",
    "too_long": "不能超过 {max_length} 项",
    "too_short": "不能少于 {min_length} 项",
    "date_from_datetime_parsing": "应为日期，如 2026-01-31",
    "date_from_datetime_inexact": "应为日期，如 2026-01-31",
    "date_parsing": "应为日期，如 2026-01-31",
    "date_type": "应为日期，如 2026-01-31",
    "datetime_parsing": "应为时间，如 2026-01-31T08:00:00+08:00",
    "datetime_from_date_parsing": "应为时间，如 2026-01-31T08:00:00+08:00",
    "datetime_type": "应为时间，如 2026-01-31T08:00:00+08:00",
    "timezone_aware": "应写明时区，如 2026-01-31T08:00:00+08:00",
    "json_invalid": "不是有效的 JSON",
}
_DAY_MESSAGES = {
    "greater_than": "应晚于 {gt}",
    "greater_than_equal": "不能早于 {ge}",
    "less_than": "应早于 {lt}",
    "less_than_equal": "不能晚于 {le}",
}


def _require_iso_text(value: Any) -> Any:
    """Reject numbers, which pydantic would read as seconds since 1970."""
    if isinstance(value, date) or (
        isinstance(value, str) and re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value)
    ):
        return value
    raise PydanticCustomError("date_type", "a day is written as 2026-01-31")


IsoDate = Annotated[date, BeforeValidator(_require_iso_text)]


def validate(model: type[T], values: Any) -> T:
    """Validate `values` as a model. Raises DomainError(invalid) with the first invalid field and the reason."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise to_domain_error(error) from None


def to_domain_error(error: ValidationError) -> DomainError:
    """Return the domain error of the first pydantic error. `details.errors` lists all."""
    errors = [{"field": _field_path(item), "reason": to_message(item)} for item in error.errors()]
    return invalid(errors[0]["field"], errors[0]["reason"], errors=errors)


def to_message(item: Any) -> str:
    """Return one pydantic error in Chinese."""
    if item["type"] == "value_error":
        return str(item["ctx"]["error"])
    context = {name: _format_bound(value) for name, value in item.get("ctx", {}).items()}
    if "expected" in context:  # pydantic lists the choices in English: 'a', 'b' or 'c'
        context = {**context, "expected": context["expected"].replace(", ", "、").replace(" or ", "、")}
    is_day = any(isinstance(value, date) for value in context.values())
    message = (_DAY_MESSAGES if is_day else _MESSAGES).get(item["type"], "格式不正确")
    return message.format(**context)


def _format_bound(value: Any) -> Any:
    """Return the bound of a day as a day: pydantic gives it as the text `datetime.date(2000, 1, 1)`."""
    found = re.fullmatch(r"datetime\.date\((\d+), (\d+), (\d+)\)", str(value))
    return date(*map(int, found.groups())) if found else value


def _field_path(item: Any) -> str:
    parts = [str(part) for part in item["loc"]]
    return ".".join(part for part in parts if "[" not in part) or "内容"  # a choice of types is no field
