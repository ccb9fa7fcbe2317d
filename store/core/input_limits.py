"""Limits of keys, lines of text, ids and days, wherever they come from.

Each database would reject the rest in its own way and without a readable message.
"""

from datetime import date, datetime

from store.core.errors import invalid

MAX_KEY_LENGTH = 100
MAX_COUNT = 2**31 - 1  # of what is counted
MAX_ID = 2**63 - 1  # of what names a row
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2999, 12, 31)


def check_key(text: str, *, field: str = "key", max_length: int = MAX_KEY_LENGTH) -> str:
    """Return a business number such as a receipt's. Raises DomainError if it is empty or unreadable."""
    if not text.strip() or len(text) > max_length or not is_storable_text(text):
        raise invalid(field, f"业务编号应为 1–{max_length} 个字符")
    return text


def check_line(text: str, *, field: str, max_length: int) -> str:
    """Return one line of text, which may be empty. Raises DomainError(invalid)."""
    if len(text) > max_length or not is_storable_text(text):
        raise invalid(field, f"不能超过 {max_length} 个字")
    return text


def check_id(value: int, *, field: str, maximum: int = MAX_ID) -> int:
    """Return a row id or count from 1 on. Raises DomainError(invalid)."""
    return check_number(value, field=field, minimum=1, maximum=maximum)


def check_number(value: int, *, field: str, minimum: int, maximum: int) -> int:
    """Return a whole number within a range. Raises DomainError(invalid)."""
    if not isinstance(value, int) or not minimum <= value <= maximum:
        raise invalid(field, f"应为 {minimum} 到 {maximum} 的整数")
    return value


def check_day(value: date, *, field: str) -> date:
    """Return a day within the supported range. Raises DomainError(invalid)."""
    if isinstance(value, datetime) or not isinstance(value, date) or not FIRST_DAY <= value <= LAST_DAY:
        raise invalid(field, f"日期应在 {FIRST_DAY} 至 {LAST_DAY} 之间")
    return value


def is_storable_text(text: str) -> bool:
    """Return whether both databases can store a text: no NUL, no lone surrogate."""
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)
