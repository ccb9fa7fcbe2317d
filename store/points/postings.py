"""Postings of the point ledger: how an entry changes balances, fills lots, takes from them, settles debts.

Each function requires the member's lock.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import peewee
from peewee import fn

from store.core import clock
from store.member_cards import pack_cards
from store.points.ledger import ENTRY_KINDS, LotAllocation, PointAccount, PointEntry, PointLot


def post_entry(account: PointAccount, *, kind: str, value: int, key: str, **columns: Any) -> PointEntry:
    """Insert an entry and update the balances."""
    now = clock.now()
    facts = {"at": now, "effective_at": now, **columns}
    entry = PointEntry.create(account=account, kind=kind, value=value, key=key, **facts)
    account.update_fields(
        available=account.available + entry.signed_value,
        accumulated=account.accumulated + (entry.signed_value if ENTRY_KINDS[kind].accumulates else 0),
    )
    pack_cards.mark_changed([account.member_id])
    return entry


def create_lot(
    account: PointAccount,
    entry: PointEntry,
    *,
    value: int,
    effective_at: datetime,
    expires_at: datetime | None,
) -> PointLot:
    """Create the lot of an entry."""
    return PointLot.create(
        account=account,
        entry=entry,
        value=value,
        remaining=value,
        effective_at=effective_at,
        expires_at=expires_at,
    )


def unexpired_lots(account: PointAccount) -> list[PointLot]:
    """Return unexpired lots with remaining points, the first to expire first, the older on a tie."""
    return PointLot.find_where(
        "account_id = ? AND remaining > 0 AND (expires_at IS NULL OR expires_at > ?)"
        " ORDER BY expires_at NULLS LAST, id",
        account.id, clock.now(),
    )  # fmt: skip


def usable_lots(account: PointAccount) -> list[PointLot]:
    """Return the unexpired lots that the member may spend from already."""
    now = clock.now()
    return [lot for lot in unexpired_lots(account) if lot.effective_at <= now]


def allocate_from_lots(entry: PointEntry, lots: Iterable[PointLot], limit: int) -> int:
    """Allocate at most `limit` points from lots to an entry, in their order, and return how many."""
    given = 0
    for lot in lots:
        part = min(lot.remaining, limit - given)
        if part > 0:
            lot.update_fields(remaining=lot.remaining - part)
            LotAllocation.create(entry=entry, lot=lot, value=part)
            given += part
    return given


def return_to_lot(entry: PointEntry, lot: PointLot, value: int) -> None:
    """Return points to a lot that it gave before."""
    lot.update_fields(remaining=lot.remaining + value)
    LotAllocation.create(entry=entry, lot=lot, value=value)


def pay_debts(account: PointAccount) -> None:
    """Settle debts from the unexpired lots, the oldest first. Balances stay."""
    if not account.debt:
        return
    lots = unexpired_lots(account)
    for debt in _open_debts(account):
        paid = allocate_from_lots(debt, lots, debt.outstanding)
        account.update_fields(debt=account.debt - paid)
        if paid < debt.outstanding:
            return


def recompute_balances(account: PointAccount) -> None:
    """Set the balances to the sum of the account's entries, after an account was divided."""
    query = PointEntry.select(PointEntry.kind, fn.SUM(PointEntry.value)).where(PointEntry.account == account)
    totals: Any = query.group_by(PointEntry.kind).tuples()
    sums = {kind: int(value) for kind, value in totals}
    signed = {kind: ENTRY_KINDS[kind].sign * value for kind, value in sums.items()}
    account.update_fields(
        accumulated=sum(value for kind, value in signed.items() if ENTRY_KINDS[kind].accumulates),
        available=sum(signed.values()),
        expired=sums.get("expiry", 0),
        debt=sum(debt.outstanding for debt in _open_debts(account)),
    )
    pack_cards.mark_changed([account.member_id])


def _open_debts(account: PointAccount) -> list[PointEntry]:
    """Return the reversals that lots have not covered, with the `missing` points."""
    given = fn.COALESCE(fn.SUM(LotAllocation.value), 0).cast("bigint")
    return list(
        PointEntry.select(PointEntry.id, (PointEntry.value - given).alias("outstanding"))
        .join(LotAllocation, peewee.JOIN.LEFT_OUTER)
        .where((PointEntry.account == account) & (PointEntry.kind == "return_reversal"))
        .group_by(PointEntry.id)
        .having(given < PointEntry.value)
        .order_by(PointEntry.id)
    )
