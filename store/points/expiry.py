"""Expiry of points (积分过期): the daily close takes what remains of ended lots out of the accounts."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

import peewee
from peewee import fn

from store.core import clock
from store.core.database import db
from store.customers import members
from store.member_cards import pack_cards
from store.points.ledger import LotAllocation, PointAccount, PointEntry, PointLot
from store.tenants import business_days

BATCH_SIZE = 1000  # lots in one transaction, so that the routes wait for a moment only

# Written out like the partial index, which the database else does not recognise.
HAS_REMAINING = peewee.SQL('"t1"."remaining" > 0 AND "t1"."expires_at" IS NOT NULL')


def expire(*, day: date, batch_size: int = BATCH_SIZE) -> int:
    """Expire the lots that ended by a past day, in batches, and return their number.

    Continues after an interruption; for a finished day it finds nothing.
    """
    return business_days.run_all(partial(run_batch, size=batch_size), day)


@db.transactional
def run_batch(day: date, *, size: int = BATCH_SIZE) -> int:
    """Expire a batch of the lots that ended by a past day and return their number, 0 if none is left."""
    ended = business_days.end_of_past(day)
    while chosen := _due_lot_ids(ended, size):
        held = _lock_members(chosen)
        if lot_ids := _filter_due(chosen, held):
            _expire_lots(lot_ids)
            pack_cards.mark_changed(held)
            return len(lot_ids)
    return 0


def _expire_lots(lot_ids: Sequence[int]) -> None:
    _insert_entries(lot_ids)
    _insert_allocations(lot_ids)
    _update_balances(lot_ids)
    PointLot.update(remaining=0).where(db.in_ids(PointLot.id, lot_ids)).execute()


def _due_lot_ids(ended: datetime, limit: int) -> list[int]:
    query = PointLot.select(PointLot.id).where(HAS_REMAINING & (PointLot.expires_at <= ended))
    rows: Any = query.order_by(PointLot.expires_at, PointLot.id).limit(limit).tuples()
    return [lot_id for (lot_id,) in rows]


def _lock_members(lot_ids: Sequence[int]) -> list[int]:
    """Lock the members, because everything that moves points locks the member first."""
    owners: Any = (
        PointAccount.select(PointAccount.member).join(PointLot).where(db.in_ids(PointLot.id, lot_ids))
    )
    return members.lock_all_in_order({member_id for (member_id,) in owners.tuples()})


def _filter_due(lot_ids: Sequence[int], member_ids: Sequence[int]) -> list[int]:
    """Read the lots again after locking: points may have been spent or merged meanwhile."""
    query = PointLot.select(PointLot.id, PointAccount.member).join(PointAccount)
    rows: Any = query.where(db.in_ids(PointLot.id, lot_ids) & (PointLot.remaining > 0)).tuples()
    held = set(member_ids)
    return [lot_id for lot_id, member_id in rows if member_id in held]


def _insert_entries(lot_ids: Sequence[int]) -> None:
    now = clock.now()
    facts = {
        PointEntry.account: PointLot.account,
        PointEntry.kind: peewee.Value("expiry"),
        PointEntry.value: PointLot.remaining,
        PointEntry.key: _entry_key(),
        PointEntry.at: PointEntry.at.db_value(now),
        PointEntry.effective_at: PointEntry.at.db_value(now),
        PointEntry.upgrade_eligible: peewee.Value(False),
        PointEntry.source: peewee.Value(""),
        PointEntry.reason: peewee.Value("积分到期"),
    }
    rows = PointLot.select(*facts.values()).where(db.in_ids(PointLot.id, lot_ids)).order_by(PointLot.id)
    PointEntry.insert_from(rows, list(facts)).execute()


def _insert_allocations(lot_ids: Sequence[int]) -> None:
    rows = (
        PointLot.select(PointEntry.id, PointLot.id, PointLot.remaining)
        .join(PointEntry, on=(PointEntry.key == _entry_key()))
        .where(db.in_ids(PointLot.id, lot_ids))
    )
    LotAllocation.insert_from(rows, [LotAllocation.entry, LotAllocation.lot, LotAllocation.value]).execute()


def _update_balances(lot_ids: Sequence[int]) -> None:
    ending = (
        PointLot.select(
            PointLot.account.alias("account"), fn.SUM(PointLot.remaining).cast("bigint").alias("value")
        )
        .where(db.in_ids(PointLot.id, lot_ids))
        .group_by(PointLot.account)
        .alias("ending")
    )
    PointAccount.update(
        available=PointAccount.available - ending.c.value, expired=PointAccount.expired + ending.c.value
    ).from_(ending).where(PointAccount.id == ending.c.account).execute()


def _entry_key() -> peewee.Expression:
    """Return `expiry:<lot>`, so that a lot expires once."""
    return peewee.Value("expiry:").concat(PointLot.id.cast("text"))
