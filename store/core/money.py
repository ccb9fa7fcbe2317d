"""Money is whole fen; this page only reads and writes it as people do."""

import re

from store.core.errors import invalid

_YUAN = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,2}))?")


def yuan(fen: int) -> str:
    """`12345` → `123.45`."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def fen(text: str, *, field: str = "金额") -> int:
    """`"123.4"` → `12340`; rejects anything that is not an amount of whole fen."""
    found = _YUAN.fullmatch(text.strip())
    if not found:
        raise invalid(field, "请输入金额，最多两位小数")
    return int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))
