"""What may be typed where a number, a day or a key is wanted: bounded here, so that no command has to."""

import re
from datetime import date
from typing import Any

import click

from store.kernel import bounds


class _Day(click.ParamType):
    """A day as `2026-11-22`."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> date:
        found = value if isinstance(value, date) else _read(value)
        if found is None:
            self.fail("应为日期，如 2026-01-31", parameter, context)
        return bounds.day(found, field=_name(parameter))


class _Key(click.ParamType):
    """The number of a case, of a receipt, of a return."""

    name = "text"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> str:
        return bounds.key(value, field=_name(parameter))


DAY = _Day()
KEY = _Key()
NUMBER = click.IntRange(1, bounds.LAST_ID)  # of a row
COUNT = click.IntRange(0, bounds.MOST)


def _read(text: str) -> date | None:
    if re.fullmatch(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}", text) is None:
        return None
    try:
        return date(*map(int, text.split("-")))
    except ValueError:
        return None


def _name(parameter: click.Parameter | None) -> str:
    return parameter.opts[0].lstrip("-") if parameter else "value"
