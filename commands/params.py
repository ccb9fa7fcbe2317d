"""Parameter types of the commands: days, keys, ids and counts within the limits of the database."""

import re
from datetime import date
from typing import Any

import click

from store.core import input_limits


class _DayType(click.ParamType):
    """A day in the format `2026-11-22`."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> date:
        day = value if isinstance(value, date) else _parse_day(value)
        if day is None:
            self.fail("应为日期，如 2026-01-31", parameter, context)
        return input_limits.check_day(day, field=_field_name(parameter))


class _KeyType(click.ParamType):
    """An idempotency key, such as the number of a case, a receipt or a return."""

    name = "text"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> str:
        return input_limits.check_key(value, field=_field_name(parameter))


DAY_TYPE = _DayType()
KEY_TYPE = _KeyType()
ID_TYPE = click.IntRange(1, input_limits.MAX_ID)
COUNT_TYPE = click.IntRange(0, input_limits.MAX_COUNT)


def _parse_day(text: str) -> date | None:
    if re.fullmatch(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}", text) is None:
        return None
    try:
        return date(*map(int, text.split("-")))
    except ValueError:
        return None


def _field_name(parameter: click.Parameter | None) -> str:
    return parameter.opts[0].lstrip("-") if parameter else "value"
