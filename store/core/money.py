"""Money is whole fen; this module parses and formats yuan."""

import re

from store.core.errors import invalid

_YUAN = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,2}))?")


def yuan(fen: int) -> str:
    """Format fen as yuan: `12345` → `123.45`."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def fen(text: str, *, field: str = "金额") -> int:
    """Parse yuan as fen: `"123.4"` → `12340`. Raises DomainError for other amounts."""
    found = _YUAN.fullmatch(text.strip())
    if not found:
        raise invalid(field, "请输入金额，最多两位小数")
    return int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))
