"""The moves of the point ledger: how an entry changes balances, fills lots, takes from them, pays debts.

Each expects that the caller holds the member's lock; the verbs stand in the files that follow.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import peewee
from peewee import fn

from store.kernel import clock
from store.loyalty.point_accounts import KINDS, PointAccount, PointEntry, PointLot, PointRelation


def enter(held: PointAccount, *, kind: str, value: int, key: str, **about: Any) -> PointEntry:
    """Write a line of the ledger and bring the kept balances along."""
    now = clock.now()
    facts = {"at": now, "effective_at": now, **about}
    entry = PointEntry.create(account=held, kind=kind, value=value, key=key, **facts)
    held.put(
        available=held.available + entry.signed,
        accumulated=held.accumulated + (entry.signed if KINDS[kind].accumulates else 0),
    )
    return entry


def open_lot(
    held: PointAccount, entry: PointEntry, *, value: int, effective_at: datetime, expires_at: datetime | None
) -> PointLot:
    """Lay down points that came in by an entry."""
    return PointLot.create(
        account=held, entry=entry, value=value, left=value, effective_at=effective_at, expires_at=expires_at
    )


def live_lots(held: PointAccount) -> list[PointLot]:
    """Lots with something left that have not ended, the first to end first and the older on a tie."""
    unended = PointLot.expires_at.is_null() | (PointLot.expires_at > clock.now())
    return list(
        PointLot.select()
        .where((PointLot.account == held) & (PointLot.left > 0) & unended)
        .order_by(PointLot.expires_at.asc(nulls="LAST"), PointLot.id)
    )


def usable_lots(held: PointAccount) -> list[PointLot]:
    """The live lots that the member may spend from already."""
    now = clock.now()
    return [lot for lot in live_lots(held) if lot.effective_at <= now]


def take(entry: PointEntry, lots: Iterable[PointLot], most: int) -> int:
    """Let lots give to an entry in their order, `most` points in all; returns how many they gave."""
    given = 0
    for lot in lots:
        part = min(lot.left, most - given)
        if part > 0:
            lot.put(left=lot.left - part)
            PointRelation.create(entry=entry, lot=lot, value=part)
            given += part
    return given


def put_back(entry: PointEntry, lot: PointLot, value: int) -> None:
    """Fill a lot again with points that it gave before."""
    lot.put(left=lot.left + value)
    PointRelation.create(entry=entry, lot=lot, value=value)


def pay_debts(held: PointAccount) -> None:
    """Pay what is owed out of the live lots, the oldest debt first; the balances stay as they are."""
    if not held.owed:
        return
    lots = live_lots(held)
    for debt in _debts(held):
        paid = take(debt, lots, debt.missing)
        held.put(owed=held.owed - paid)
        if paid < debt.missing:
            return


def recount(held: PointAccount) -> None:
    """Bring the kept balances to what the account's entries say; for an account that was divided."""
    query = PointEntry.select(PointEntry.kind, fn.SUM(PointEntry.value)).where(PointEntry.account == held)
    totals: Any = query.group_by(PointEntry.kind).tuples()
    sums = {kind: int(value) for kind, value in totals}
    signed = {kind: KINDS[kind].sign * value for kind, value in sums.items()}
    held.put(
        accumulated=sum(value for kind, value in signed.items() if KINDS[kind].accumulates),
        available=sum(signed.values()),
        expired=sums.get("expiry", 0),
        owed=sum(debt.missing for debt in _debts(held)),
    )


def _debts(held: PointAccount) -> list[PointEntry]:
    """Reversals that lots have not given enough for, with how much is `missing`."""
    given = fn.COALESCE(fn.SUM(PointRelation.value), 0).cast("bigint")
    return list(
        PointEntry.select(PointEntry.id, (PointEntry.value - given).alias("missing"))
        .join(PointRelation, peewee.JOIN.LEFT_OUTER)
        .where((PointEntry.account == held) & (PointEntry.kind == "return_reversal"))
        .group_by(PointEntry.id)
        .having(given < PointEntry.value)
        .order_by(PointEntry.id)
    )
