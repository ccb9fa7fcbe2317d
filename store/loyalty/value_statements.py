"""A statement (储值明细): what came onto a member's account and what left it, to read and to keep as CSV.

A complete statement is evidence for both sides, so it also holds what was booked before a merge.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from store.company import calendar
from store.kernel import money
from store.loyalty.value_ledger import KINDS, ValueAccount, ValueEntry
from store.people.members import Member

COLUMNS = ("时间", "类型", "本金变动", "赠金变动", "本金余额", "赠金余额", "订单号", "操作人", "说明")
MOST_LINES = 100
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Line:
    """One booking as the member sees it; `id` is the cursor to page on with."""

    id: int
    at: datetime
    kind: str
    word: str
    principal_fen: int
    bonus_fen: int
    order_number: str | None
    shop_id: int | None
    reason: str


def lines(member: Member, *, limit: int = 20, before_id: int | None = None) -> list[Line]:
    """The latest bookings first; page on with the last id seen."""
    query = _entries(member).order_by(ValueEntry.id.desc()).limit(min(max(limit, 1), MOST_LINES))
    rows = query.where(ValueEntry.id < before_id) if before_id else query
    return [_line(row) for row in rows]


def as_csv(member: Member) -> Iterator[str]:
    """The whole statement line by line, the oldest first, with the balance after each booking.

    It begins with the mark by which spreadsheets know UTF-8, and no cell of it is read as a formula.
    """
    yield "\ufeff" + _row(COLUMNS)
    principal_fen = bonus_fen = 0
    for entry in _entries(member).order_by(ValueEntry.id).iterator():
        principal_fen += entry.principal_fen
        bonus_fen += entry.bonus_fen
        at = calendar.local(entry.at).strftime("%Y-%m-%d %H:%M:%S")
        moves = (entry.principal_fen, entry.bonus_fen, principal_fen, bonus_fen)
        texts = (entry.order_number or "", entry.operator, entry.reason)
        yield _row((at, KINDS[entry.kind], *map(money.yuan, moves), *map(harmless, texts)))


def harmless(text: str) -> str:
    """A text that a spreadsheet shows and does not run."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _entries(member: Member) -> Any:
    """What moved value that can be spent, under all accounts that became this member's.

    Between those nothing came or left, so that a merge itself is not shown; what its undo hands over
    beyond that is, with its reason.
    """
    moved = (ValueEntry.principal_fen != 0) | (ValueEntry.bonus_fen != 0)
    mine = (ValueAccount.member == member) & ((ValueEntry.kind != "merged") | (ValueEntry.reason != ""))
    return ValueEntry.select().join(ValueAccount).where(mine & moved)


def _line(entry: ValueEntry) -> Line:
    return Line(
        id=entry.id, at=entry.at, kind=entry.kind, word=KINDS[entry.kind], principal_fen=entry.principal_fen,
        bonus_fen=entry.bonus_fen, order_number=entry.order_number, shop_id=entry.shop_id, reason=entry.reason,
    )  # fmt: skip


def _row(cells: tuple[str, ...]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()
