"""Bounds (界限): what a key, a line of text, a number and a day may be, wherever they come from.

A column would reject the rest too, but each database in its own way and none in a sentence.
"""

from datetime import date, datetime

from store.core.errors import invalid

MAX_KEY_LENGTH = 100
MAX_COUNT = 2**31 - 1  # of what is counted
MAX_ID = 2**63 - 1  # of what names a row
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2999, 12, 31)


def check_key(text: str, *, field: str = "key", max_length: int = MAX_KEY_LENGTH) -> str:
    """A business number as it is, such as a receipt's; rejects an empty one and what cannot be read."""
    if not text.strip() or len(text) > max_length or not is_storable_text(text):
        raise invalid(field, f"业务编号应为 1–{max_length} 个字符")
    return text


def check_line(text: str, *, field: str, max_length: int) -> str:
    """Some words, or none, on one line."""
    if len(text) > max_length or not is_storable_text(text):
        raise invalid(field, f"不能超过 {max_length} 个字")
    return text


def check_id(value: int, *, field: str, maximum: int = MAX_ID) -> int:
    """A number of a row, or of what is counted, from 1 on."""
    if not isinstance(value, int) or not 1 <= value <= maximum:
        raise invalid(field, f"应为 1 到 {maximum} 的整数")
    return value


def check_day(value: date, *, field: str) -> date:
    """A day that the calendar and the columns can still count from."""
    if isinstance(value, datetime) or not isinstance(value, date) or not FIRST_DAY <= value <= LAST_DAY:
        raise invalid(field, f"日期应在 {FIRST_DAY} 至 {LAST_DAY} 之间")
    return value


def is_storable_text(text: str) -> bool:
    """Whether both databases can keep it: no NUL, and no half of a character."""
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)
