"""Money is whole fen; this module parses and formats yuan, rounds and splits amounts."""

import re
from collections.abc import Sequence

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


def percent_off(amount_fen: int, percent: int) -> int:
    """Return the discount of a percentage, rounded half up: 25 % of 19.99 is 5.00."""
    return (2 * amount_fen * percent + 100) // 200


def split(amount: int, weights: Sequence[int]) -> list[int]:
    """Split an amount over weights by largest remainder.

    On a tie the earlier part gets the fen. The parts sum to the amount. If the amount is at most the sum of the
    weights, no part is above its weight. If all weights are zero, so are the parts.
    """
    total = sum(weights)
    if not total:
        return [0] * len(weights)
    parts = [amount * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda place: -(amount * weights[place] % total))
    for place in by_remainder[: amount - sum(parts)]:
        parts[place] += 1
    return parts


def part(total: int, units: int, before: int, now: int) -> int:
    """Return the part of a total that `now` of its units have, after `before` units had theirs.

    All parts so far are rounded down together, so the last one brings the rest: 10 over 3 units is 3, 3 and 4.
    """
    return total * (before + now) // units - total * before // units
