"""The moves of the point ledger: how an entry changes balances, fills lots, takes from them, pays debts.

Each expects that the caller holds the member's lock; the verbs stand in the files that follow.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import peewee
from peewee import fn

from store.core import clock
from store.points.ledger import ENTRY_KINDS, LotAllocation, PointAccount, PointEntry, PointLot


def post_entry(account: PointAccount, *, kind: str, value: int, key: str, **columns: Any) -> PointEntry:
    """Write a line of the ledger and bring the kept balances along."""
    now = clock.now()
    facts = {"at": now, "effective_at": now, **columns}
    entry = PointEntry.create(account=account, kind=kind, value=value, key=key, **facts)
    account.update_fields(
        available=account.available + entry.signed_value,
        accumulated=account.accumulated + (entry.signed_value if ENTRY_KINDS[kind].accumulates else 0),
    )
    return entry


def create_lot(
    account: PointAccount,
    entry: PointEntry,
    *,
    value: int,
    effective_at: datetime,
    expires_at: datetime | None,
) -> PointLot:
    """Lay down points that came in by an entry."""
    return PointLot.create(
        account=account,
        entry=entry,
        value=value,
        remaining=value,
        effective_at=effective_at,
        expires_at=expires_at,
    )


def unexpired_lots(account: PointAccount) -> list[PointLot]:
    """Lots with something left that have not ended, the first to end first and the older on a tie."""
    unended = PointLot.expires_at.is_null() | (PointLot.expires_at > clock.now())
    return list(
        PointLot.select()
        .where((PointLot.account == account) & (PointLot.remaining > 0) & unended)
        .order_by(PointLot.expires_at.asc(nulls="LAST"), PointLot.id)
    )


def usable_lots(account: PointAccount) -> list[PointLot]:
    """The live lots that the member may spend from already."""
    now = clock.now()
    return [lot for lot in unexpired_lots(account) if lot.effective_at <= now]


def allocate_from_lots(entry: PointEntry, lots: Iterable[PointLot], limit: int) -> int:
    """Let lots give to an entry in their order, `most` points in all; returns how many they gave."""
    given = 0
    for lot in lots:
        part = min(lot.remaining, limit - given)
        if part > 0:
            lot.update_fields(remaining=lot.remaining - part)
            LotAllocation.create(entry=entry, lot=lot, value=part)
            given += part
    return given


def return_to_lot(entry: PointEntry, lot: PointLot, value: int) -> None:
    """Fill a lot again with points that it gave before."""
    lot.update_fields(remaining=lot.remaining + value)
    LotAllocation.create(entry=entry, lot=lot, value=value)


def pay_debts(account: PointAccount) -> None:
    """Pay what is owed out of the live lots, the oldest debt first; the balances stay as they are."""
    if not account.debt:
        return
    lots = unexpired_lots(account)
    for debt in _open_debts(account):
        paid = allocate_from_lots(debt, lots, debt.outstanding)
        account.update_fields(debt=account.debt - paid)
        if paid < debt.outstanding:
            return


def recompute_balances(account: PointAccount) -> None:
    """Bring the kept balances to what the account's entries say; for an account that was divided."""
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


def _open_debts(account: PointAccount) -> list[PointEntry]:
    """Reversals that lots have not given enough for, with how much is `missing`."""
    given = fn.COALESCE(fn.SUM(LotAllocation.value), 0).cast("bigint")
    return list(
        PointEntry.select(PointEntry.id, (PointEntry.value - given).alias("outstanding"))
        .join(LotAllocation, peewee.JOIN.LEFT_OUTER)
        .where((PointEntry.account == account) & (PointEntry.kind == "return_reversal"))
        .group_by(PointEntry.id)
        .having(given < PointEntry.value)
        .order_by(PointEntry.id)
    )
