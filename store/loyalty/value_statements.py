"""A statement (储值明细): what came onto a member's account and what left it, to read and to keep as CSV.

A complete statement is evidence for both sides, so it also holds what was booked before a merge.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import peewee
from peewee import fn

from store.company import calendar
from store.kernel import limits, money
from store.loyalty.value_ledger import KINDS, ValueAccount, ValueEntry
from store.people.members import Member

COLUMNS = ("时间", "类型", "本金变动", "赠金变动", "本金余额", "赠金余额", "订单号", "操作人", "说明")
MEMBERS_COLUMNS = tuple(name for name in COLUMNS if name != "操作人")
MOST_LINES = 100
WHOLE_AN_HOUR = 20
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Line:
    """One booking as the member sees it; `id` is the cursor to page on with.

    `balance_fen` is what could be spent after it, principal and bonus.
    """

    id: int
    at: datetime
    kind: str
    word: str
    principal_fen: int
    bonus_fen: int
    balance_fen: int
    order_number: str | None
    shop_id: int | None
    reason: str

    @property
    def amount_fen(self) -> int:
        """What came (+) or left (−) in all."""
        return self.principal_fen + self.bonus_fen


@dataclass(frozen=True)
class Turnover:
    """What came in and what went out, both without a sign."""

    in_fen: int
    out_fen: int


def lines(
    member: Member, *, limit: int = 20, before_id: int | None = None, month: date | None = None
) -> list[Line]:
    """The latest bookings first; page on with the last id seen. `month` is any day of the one wanted."""
    query = _of_month(_entries(member), month).order_by(ValueEntry.id.desc())
    query = query.limit(min(max(limit, 1), MOST_LINES))
    rows = list(query.where(ValueEntry.id < before_id) if before_id else query)
    if not rows:
        return []
    found, until_fen = [], _balance(member, rows[0].id)
    for later, row in zip([None, *rows], rows, strict=False):
        until_fen -= 0 if later is None else _moved(later)
        found.append(_line(row, until_fen))
    return found


def turnover(member: Member, *, month: date | None = None) -> Turnover:
    """The sums of a month, or of all bookings."""
    moved = ValueEntry.principal_fen + ValueEntry.bonus_fen
    sums = [fn.COALESCE(fn.SUM(peewee.Case(None, [(side, moved)], 0)), 0) for side in (moved > 0, moved < 0)]
    came, went = _of_month(_entries(member, *sums), month).tuples().get()
    return Turnover(in_fen=int(came), out_fen=-int(went))


def admit(member: Member) -> None:
    """Count a whole statement that a member asks for, before it is drawn up; refuses with `too_many`."""
    limits.take(
        name=f"value-statements:{member.id}", most=WHOLE_AN_HOUR, window_s=3600,
        sentence="导出过于频繁，请稍后再试",
    )  # fmt: skip


def as_csv(member: Member, *, columns: tuple[str, ...] = COLUMNS) -> Iterator[str]:
    """The whole statement line by line, the oldest first, with the balance after each booking.

    It begins with the mark by which spreadsheets know UTF-8, and no cell of it is read as a formula.
    `columns` are those wanted: `MEMBERS_COLUMNS` names none of the staff.
    """
    yield "\ufeff" + _row(columns)
    principal_fen = bonus_fen = 0
    for entry in _entries(member).order_by(ValueEntry.id).iterator():
        principal_fen += entry.principal_fen
        bonus_fen += entry.bonus_fen
        at = calendar.local(entry.at).strftime("%Y-%m-%d %H:%M:%S")
        moves = (entry.principal_fen, entry.bonus_fen, principal_fen, bonus_fen)
        texts = (entry.order_number or "", entry.operator, entry.reason)
        cells = (at, KINDS[entry.kind], *map(money.yuan, moves), *map(harmless, texts))
        told = dict(zip(COLUMNS, cells, strict=True))
        yield _row(tuple(told[name] for name in columns))


def harmless(text: str) -> str:
    """A text that a spreadsheet shows and does not run."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _entries(member: Member, *columns: Any) -> Any:
    """What moved value that can be spent, under all accounts that became this member's.

    Between those nothing came or left, so that a merge itself is not shown; what its undo hands over
    beyond that is, with its reason.
    """
    moved = (ValueEntry.principal_fen != 0) | (ValueEntry.bonus_fen != 0)
    mine = (ValueAccount.member == member) & ((ValueEntry.kind != "merged") | (ValueEntry.reason != ""))
    return ValueEntry.select(*columns).join(ValueAccount).where(mine & moved)


def _of_month(query: Any, month: date | None) -> Any:
    if month is None:
        return query
    first = month.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    since, until = calendar.start_of(first), calendar.start_of(following)
    return query.where((ValueEntry.at >= since) & (ValueEntry.at < until))


def _balance(member: Member, last_id: int) -> int:
    """What could be spent after a booking."""
    total = fn.COALESCE(fn.SUM(ValueEntry.principal_fen + ValueEntry.bonus_fen), 0)
    return int(_entries(member, total).where(ValueEntry.id <= last_id).scalar())


def _moved(entry: ValueEntry) -> int:
    return int(entry.principal_fen + entry.bonus_fen)


def _line(entry: ValueEntry, balance_fen: int) -> Line:
    return Line(
        id=entry.id, at=entry.at, kind=entry.kind, word=KINDS[entry.kind], principal_fen=entry.principal_fen,
        bonus_fen=entry.bonus_fen, balance_fen=balance_fen, order_number=entry.order_number,
        shop_id=entry.shop_id, reason=entry.reason,
    )  # fmt: skip


def _row(cells: tuple[str, ...]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()
