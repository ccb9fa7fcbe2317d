"""The end of points (积分过期): each night what is left of lots that have ended goes out of the accounts."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

import peewee
from peewee import fn

from store.company import calendar
from store.kernel import clock, db, refusals
from store.loyalty.point_accounts import PointAccount, PointEntry, PointLot, PointRelation
from store.people import members

PORTION = 1000  # lots in one transaction: the doors are kept waiting for a moment, not for the night

# Written out like the partial index, which the database else does not recognise.
SOME_LEFT = peewee.SQL('"t1"."left" > 0 AND "t1"."expires_at" IS NOT NULL')


def expire(*, day: date, portion: int = PORTION) -> int:
    """Take out what ended by a past day, a portion a transaction; returns the number of lots.

    Stopped half-way it goes on where it stood, and for a day that is done it finds nothing.
    """
    return sum(some() for some in portions(day=day, size=portion))


def portions(*, day: date, size: int = PORTION) -> Iterator[Callable[[], int]]:
    """What `expire` has to do, a portion a call: each is a transaction and tells how many lots it ended."""
    if day >= calendar.today():
        raise refusals.invalid("day", "只能处理已经结束的日期")
    ended = calendar.end_of(day)
    while _due(ended, 1):
        yield partial(_expire_some, ended, size)


@db.verb
def _expire_some(ended: datetime, portion: int) -> int:
    chosen = _due(ended, portion)
    ids = _still_due(chosen, _locked_members(chosen))
    if ids:
        _enter(ids)
        _relate(ids)
        _settle_accounts(ids)
        PointLot.update(left=0).where(db.among(PointLot.id, ids)).execute()
    return len(ids)


def _due(ended: datetime, portion: int) -> list[int]:
    query = PointLot.select(PointLot.id).where(SOME_LEFT & (PointLot.expires_at <= ended))
    rows: Any = query.order_by(PointLot.expires_at, PointLot.id).limit(portion).tuples()
    return [lot_id for (lot_id,) in rows]


def _locked_members(lots: Sequence[int]) -> list[int]:
    """Everything that moves points first locks the member."""
    owners: Any = PointAccount.select(PointAccount.member).join(PointLot).where(db.among(PointLot.id, lots))
    return members.locked_together({member_id for (member_id,) in owners.tuples()})


def _still_due(lots: Sequence[int], locked: Sequence[int]) -> list[int]:
    """While we waited for the locks somebody may have spent from a lot, or a merge may have moved it."""
    query = PointLot.select(PointLot.id, PointAccount.member).join(PointAccount)
    rows: Any = query.where(db.among(PointLot.id, lots) & (PointLot.left > 0)).tuples()
    held = set(locked)
    return [lot_id for lot_id, member_id in rows if member_id in held]


def _enter(lots: Sequence[int]) -> None:
    now = clock.now()
    facts = {
        PointEntry.account: PointLot.account,
        PointEntry.kind: peewee.Value("expiry"),
        PointEntry.value: PointLot.left,
        PointEntry.key: _key(),
        PointEntry.at: PointEntry.at.db_value(now),
        PointEntry.effective_at: PointEntry.at.db_value(now),
        PointEntry.upgrade_eligible: peewee.Value(False),
        PointEntry.source: peewee.Value(""),
        PointEntry.reason: peewee.Value("积分到期"),
    }
    rows = PointLot.select(*facts.values()).where(db.among(PointLot.id, lots)).order_by(PointLot.id)
    PointEntry.insert_from(rows, list(facts)).execute()


def _relate(lots: Sequence[int]) -> None:
    rows = (
        PointLot.select(PointEntry.id, PointLot.id, PointLot.left)
        .join(PointEntry, on=(PointEntry.key == _key()))
        .where(db.among(PointLot.id, lots))
    )
    PointRelation.insert_from(rows, [PointRelation.entry, PointRelation.lot, PointRelation.value]).execute()


def _settle_accounts(lots: Sequence[int]) -> None:
    ending = (
        PointLot.select(
            PointLot.account.alias("account"), fn.SUM(PointLot.left).cast("bigint").alias("value")
        )
        .where(db.among(PointLot.id, lots))
        .group_by(PointLot.account)
        .alias("ending")
    )
    PointAccount.update(
        available=PointAccount.available - ending.c.value, expired=PointAccount.expired + ending.c.value
    ).from_(ending).where(PointAccount.id == ending.c.account).execute()


def _key() -> peewee.Expression:
    """`expiry:<lot>`: a lot ends once."""
    return peewee.Value("expiry:").concat(PointLot.id.cast("text"))
