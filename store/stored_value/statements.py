"""Statements (储值明细): the entries of a member's account, in pages and as CSV.

A complete statement is evidence for both sides, so it also holds the entries before a merge.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import peewee
from peewee import fn

from store.core import listing, money, rate_limits
from store.core.listing import Page
from store.core.spreadsheets import escape_formula
from store.customers.members import Member
from store.stored_value.ledger import ENTRY_KINDS, StoredValueAccount, StoredValueEntry
from store.tenants import business_days

COLUMNS = ("时间", "类型", "本金变动", "赠金变动", "本金余额", "赠金余额", "订单号", "操作人", "说明")
MEMBER_COLUMNS = tuple(name for name in COLUMNS if name != "操作人")
MAX_PAGE_SIZE = 100
EXPORTS_PER_HOUR = 20


@dataclass(frozen=True)
class StatementLine:
    """One entry as the member sees it. `id` is the cursor of the next page.

    `balance_fen` is the available balance after it, principal and bonus.
    """

    id: int
    booked_at: datetime
    kind: str
    label: str
    principal_fen: int
    bonus_fen: int
    balance_fen: int
    order_number: str | None
    shop_id: int | None
    reason: str

    @property
    def amount_fen(self) -> int:
        """Return the total that came (+) or left (−)."""
        return self.principal_fen + self.bonus_fen


@dataclass(frozen=True)
class StatementTotals:
    """The credits and the debits, both without a sign."""

    credited_fen: int
    debited_fen: int


def list_lines(
    member: Member, *, limit: int = 20, before_id: int | None = None, month: date | None = None
) -> list[StatementLine]:
    """Return the latest entries first. `before_id` is the last id of the page before, `month` any day of a month."""
    query = _filter_by_month(_select_entries(member), month).order_by(StoredValueEntry.id.desc())
    query = query.limit(min(max(limit, 1), MAX_PAGE_SIZE))
    return _to_lines(member, list(query.where(StoredValueEntry.id < before_id) if before_id else query))


def list_page(member: Member, page: Page) -> tuple[list[StatementLine], int]:
    """Return a page of the entries, the latest first, and how many there are."""
    sorts = {"id": StoredValueEntry.id}
    latest_first = Page(number=page.number, size=page.size)  # balances are computed in this order
    query = _select_entries(member)
    rows, total = listing.read_page(
        query, latest_first, sorts=sorts, default="-id", id_field=StoredValueEntry.id
    )
    return _to_lines(member, rows), total


def totals(member: Member, *, month: date | None = None) -> StatementTotals:
    """Return the totals of a month, or of all entries."""
    moved = StoredValueEntry.principal_fen + StoredValueEntry.bonus_fen
    sums = [fn.COALESCE(fn.SUM(peewee.Case(None, [(side, moved)], 0)), 0) for side in (moved > 0, moved < 0)]
    came, went = _filter_by_month(_select_entries(member, *sums), month).tuples().get()
    return StatementTotals(credited_fen=int(came), debited_fen=-int(went))


def check_rate_limit(member: Member) -> None:
    """Count an export of a statement. Raises DomainError(too_many)."""
    rate_limits.consume(
        name=f"value-statements:{member.id}", limit=EXPORTS_PER_HOUR, window_s=3600,
        message="导出过于频繁，请稍后再试",
    )  # fmt: skip


def to_csv(member: Member, *, columns: tuple[str, ...] = COLUMNS) -> Iterator[str]:
    """Yield the lines of the whole statement as CSV, the oldest first, with the balance after each entry.

    The first line begins with the byte order mark by which spreadsheets detect UTF-8. No cell is read as a formula.
    `MEMBER_COLUMNS` are the columns without the operator.
    """
    yield "\ufeff" + _csv_row(columns)
    principal_fen = bonus_fen = 0
    for entry in _select_entries(member).order_by(StoredValueEntry.id).iterator():
        principal_fen += entry.principal_fen
        bonus_fen += entry.bonus_fen
        at = business_days.to_local(entry.booked_at).strftime("%Y-%m-%d %H:%M:%S")
        moves = (entry.principal_fen, entry.bonus_fen, principal_fen, bonus_fen)
        texts = (entry.order_number or "", entry.operator, entry.reason)
        cells = (at, ENTRY_KINDS[entry.kind], *map(money.yuan, moves), *map(escape_formula, texts))
        cell_by_column = dict(zip(COLUMNS, cells, strict=True))
        yield _csv_row(tuple(cell_by_column[name] for name in columns))


def _select_entries(member: Member, *columns: Any) -> Any:
    """Select the entries that changed the available balance, in all accounts that became this member's.

    The transfer of a merge is not shown, because value neither came nor left. Amounts that an undo transfers in
    addition are shown with their reason.
    """
    moved = (StoredValueEntry.principal_fen != 0) | (StoredValueEntry.bonus_fen != 0)
    mine = (StoredValueAccount.member == member) & (
        (StoredValueEntry.kind != "merged") | (StoredValueEntry.reason != "")
    )
    return StoredValueEntry.select(*columns).join(StoredValueAccount).where(mine & moved)


def _filter_by_month(query: Any, month: date | None) -> Any:
    if month is None:
        return query
    first = month.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    since, until = business_days.start_of(first), business_days.start_of(following)
    return query.where((StoredValueEntry.booked_at >= since) & (StoredValueEntry.booked_at < until))


def _balance_after(member: Member, entry_id: int) -> int:
    """Return the available balance after an entry."""
    total = fn.COALESCE(fn.SUM(StoredValueEntry.principal_fen + StoredValueEntry.bonus_fen), 0)
    return int(_select_entries(member, total).where(StoredValueEntry.id <= entry_id).scalar())


def _to_lines(member: Member, rows: Sequence[StoredValueEntry]) -> list[StatementLine]:
    """Return consecutive entries, the latest first, each with the balance after it."""
    found, until_fen = [], _balance_after(member, rows[0].id) if rows else 0
    for later, row in zip([None, *rows], rows, strict=False):
        until_fen -= 0 if later is None else _available_change(later)
        found.append(_to_line(row, until_fen))
    return found


def _available_change(entry: StoredValueEntry) -> int:
    return int(entry.principal_fen + entry.bonus_fen)


def _to_line(entry: StoredValueEntry, balance_fen: int) -> StatementLine:
    return StatementLine(
        id=entry.id,
        booked_at=entry.booked_at,
        kind=entry.kind,
        label=ENTRY_KINDS[entry.kind],
        principal_fen=entry.principal_fen,
        bonus_fen=entry.bonus_fen,
        balance_fen=balance_fen,
        order_number=entry.order_number,
        shop_id=entry.shop_id,
        reason=entry.reason,
    )


def _csv_row(cells: tuple[str, ...]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()
