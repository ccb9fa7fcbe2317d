"""Shifts (交班): the cash of a terminal between two counts.

Expected cash is the opening cash, plus cash sales and cash top-ups, minus cash refunds. Payments are recorded above
this module, so their sums come through a function that is installed at the start.
"""

from collections.abc import Callable
from dataclasses import dataclass

import peewee

from store.core import clock, errors, input_limits
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.tenants import audit
from store.tills import terminals
from store.tills.cashiers import Cashier
from store.tills.terminals import Terminal

MAX_CASH_FEN = 100_000_000


class Shift(Model):
    """`cashier` has opened the shift, `closed_by` has counted the cash at its end. `key` is the request's."""

    terminal = peewee.ForeignKeyField(Terminal)
    cashier = peewee.ForeignKeyField(Cashier)
    closed_by = peewee.ForeignKeyField(Cashier, null=True)
    key = peewee.CharField(max_length=100, unique=True)
    opened_at = UtcDateTimeField(default=clock.now)
    closed_at = UtcDateTimeField(null=True)
    opening_fen = peewee.BigIntegerField(constraints=[peewee.Check("opening_fen >= 0")])
    sales_fen = peewee.BigIntegerField(null=True)
    top_ups_fen = peewee.BigIntegerField(null=True)
    refunds_fen = peewee.BigIntegerField(null=True)
    counted_fen = peewee.BigIntegerField(null=True)
    expected_fen = peewee.BigIntegerField(null=True)
    difference_fen = peewee.BigIntegerField(null=True)

    class Meta:
        indexes = ((("terminal", "opened_at"), False),)


Shift.add_index(
    Shift.index(Shift.terminal, unique=True, name="shift_open").where(peewee.SQL("closed_at IS NULL"))
)


@dataclass(frozen=True)
class CashSums:
    """Cash of a terminal since a shift began, each as a positive number."""

    sales_fen: int = 0
    top_ups_fen: int = 0
    refunds_fen: int = 0

    @property
    def total_fen(self) -> int:
        return self.sales_fen + self.top_ups_fen - self.refunds_fen


_sum_cash: Callable[[Shift], CashSums] = lambda shift: CashSums()  # noqa: E731 - until one is installed


def install(sum_cash: Callable[[Shift], CashSums]) -> None:
    """Set the function that sums the cash of a shift's terminal since its beginning."""
    global _sum_cash
    _sum_cash = sum_cash


@db.transactional
def open_shift(*, terminal: Terminal, cashier: Cashier, opening_fen: int, key: str) -> Shift:
    """Open a shift at a terminal. Idempotent by `key`. Raises DomainError(shift_open) if one is open."""
    _check_cash(opening_fen, field="opening_fen")
    input_limits.check_key(key)
    terminals.lock(terminal.id)
    before = Shift.find(key=key)
    if before is not None:
        if (before.terminal_id, before.opening_fen) != (terminal.id, opening_fen):
            raise errors.DomainError("key_reused", "该业务编号已用于另一次开班", 422, key=key)
        return before
    if find_current(terminal) is not None:
        raise errors.DomainError("shift_open", "本终端的上一班还没有交班", 409)
    return Shift.create(
        terminal=terminal.id, cashier=cashier.id, opening_fen=opening_fen, key=key, opened_at=clock.now()
    )


@db.transactional
def close(*, shift: Shift, cashier: Cashier, counted_fen: int, cash: CashSums | None = None) -> Shift:
    """Close a shift with the counted cash. `cash` replaces the installed sums.

    Idempotent. Raises DomainError(shift_closed) if it was closed with another count.
    """
    _check_cash(counted_fen, field="counted_fen")
    row = lock(shift.id)
    if row.closed_at is not None:
        if row.counted_fen != counted_fen:
            raise errors.DomainError("shift_closed", "该班次已交班", 409)
        return row
    sums = _sum_cash(row) if cash is None else cash
    expected_fen = row.opening_fen + sums.total_fen
    row.update_fields(
        closed_by=cashier.id, closed_at=clock.now(), counted_fen=counted_fen, expected_fen=expected_fen,
        sales_fen=sums.sales_fen, top_ups_fen=sums.top_ups_fen, refunds_fen=sums.refunds_fen,
        difference_fen=counted_fen - expected_fen,
    )  # fmt: skip
    audit.record("shifts.close", f"shift:{row.id}", after={"difference_fen": row.difference_fen})
    return row


def find_current(terminal: Terminal) -> Shift | None:
    """Return the open shift of a terminal, or None."""
    return Shift.find(terminal=terminal.id, closed_at=None)


def get_current(terminal: Terminal) -> Shift:
    """Return the open shift of a terminal. Raises DomainError(no_shift)."""
    found = find_current(terminal)
    if found is None:
        raise errors.DomainError("no_shift", "本终端还没有开班", 404)
    return found


def find_latest_closed(terminal: Terminal) -> Shift | None:
    """Return the latest closed shift of a terminal, or None."""
    mine = Shift.select().where((Shift.terminal == terminal.id) & Shift.closed_at.is_null(False))
    found: Shift | None = mine.order_by(Shift.opened_at.desc(), Shift.id.desc()).first()
    return found


def lock(shift_id: int) -> Shift:
    """Lock the terminal of a shift, and so the shift, until the transaction ends."""
    found = Shift.find(id=shift_id)
    if found is None:
        raise errors.not_found("该班次")
    terminals.lock(found.terminal_id)
    return Shift.get_by_id(shift_id)


def sum_cash(shift: Shift) -> CashSums:
    """Return the cash of a shift: what was stored when it was closed, or the sums of this moment."""
    if shift.closed_at is None:
        return _sum_cash(shift)
    return CashSums(shift.sales_fen or 0, shift.top_ups_fen or 0, shift.refunds_fen or 0)


def _check_cash(amount_fen: int, *, field: str) -> None:
    if type(amount_fen) is not int or not 0 <= amount_fen <= MAX_CASH_FEN:
        raise errors.invalid(field, "金额应在 0 到 1000000 元之间")
