"""Bounds (界限): what a key, a line of text, a number and a day may be, wherever they come from.

A column would refuse the rest too, but each database in its own way and none in a sentence.
"""

from datetime import date, datetime

from store.kernel.refusals import invalid

LONGEST_KEY = 100
MOST = 2**31 - 1  # of what is counted
LAST_ID = 2**63 - 1  # of what names a row
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2999, 12, 31)


def key(text: str, *, field: str = "key", longest: int = LONGEST_KEY) -> str:
    """A business number as it is, such as a receipt's; refuses an empty one and what cannot be read."""
    if not text.strip() or len(text) > longest or not is_text(text):
        raise invalid(field, f"业务编号应为 1–{longest} 个字符")
    return text


def line(text: str, *, field: str, longest: int) -> str:
    """Some words, or none, on one line."""
    if len(text) > longest or not is_text(text):
        raise invalid(field, f"不能超过 {longest} 个字")
    return text


def number(value: int, *, field: str, most: int = LAST_ID) -> int:
    """A number of a row, or of what is counted, from 1 on."""
    if not isinstance(value, int) or not 1 <= value <= most:
        raise invalid(field, f"应为 1 到 {most} 的整数")
    return value


def day(value: date, *, field: str) -> date:
    """A day that the calendar and the columns can still count from."""
    if isinstance(value, datetime) or not isinstance(value, date) or not FIRST_DAY <= value <= LAST_DAY:
        raise invalid(field, f"日期应在 {FIRST_DAY} 至 {LAST_DAY} 之间")
    return value


def is_text(text: str) -> bool:
    """Whether both databases can keep it: no NUL, and no half of a character."""
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)
