"""Reversals against the entries that they undo: never more than the whole, and every point accounted for."""

from peewee import fn

from store.integrity.check import Check, Rows
from store.points import reversals as point_reversals
from store.points.ledger import PointEntry
from store.points.reversals import PointReversal

_MIN_DENOMINATOR, _MAX_DENOMINATOR = fn.MIN(PointReversal.denominator), fn.MAX(PointReversal.denominator)


def _find_over_returned() -> Rows:
    """Find entries of which more than the whole was returned.

    The database sums returns with one denominator, which nearly all have. Those with several are summed here.
    """
    part, value = fn.SUM(PointReversal.numerator).cast("bigint"), fn.SUM(PointReversal.value).cast("bigint")
    yield from (
        PointReversal.select(PointReversal.entry, value, PointEntry.value)
        .join(PointEntry)
        .group_by(PointReversal.entry, PointEntry.value)
        .having(
            (_MIN_DENOMINATOR == _MAX_DENOMINATOR)
            & ((part > _MIN_DENOMINATOR) | (value != PointEntry.value * part / _MIN_DENOMINATOR))
        )
        .tuples()
    )
    mixed = (
        PointReversal.select(PointReversal.entry)
        .group_by(PointReversal.entry)
        .having(_MIN_DENOMINATOR != _MAX_DENOMINATOR)
    )
    for entry in PointEntry.select().where(PointEntry.id.in_(mixed)):
        rows = list(entry.reversals.order_by(PointReversal.id))
        returned = point_reversals.returned_share(
            [(row.numerator, row.denominator) for row in rows], value=entry.value
        )
        moved = sum(row.value for row in rows)
        if returned > 1 or moved != int(entry.value * returned):
            yield entry.id, moved, entry.value


def _find_entry_mismatch() -> Rows:
    """Find entries whose reversals moved other amounts than their entries."""
    undone = PointEntry.alias()
    moved = PointReversal.select(fn.SUM(PointReversal.posted_points)).where(
        PointReversal.entry == PointEntry.id
    )
    entered = undone.select(fn.SUM(undone.value)).where(undone.reverses == PointEntry.id)
    touched = fn.EXISTS(PointReversal.select().where(PointReversal.entry == PointEntry.id)) | fn.EXISTS(
        undone.select().where(undone.reverses == PointEntry.id)
    )
    return (
        PointEntry.select(PointEntry.id, fn.COALESCE(moved, 0), fn.COALESCE(entered, 0))
        .where(touched & (fn.COALESCE(moved, 0) != fn.COALESCE(entered, 0)))
        .tuples()
    )


def _find_cross_account() -> Rows:
    undone = PointEntry.alias()
    return (
        PointEntry.select(PointEntry.id, undone.id)
        .join(undone, on=(PointEntry.reverses == undone.id))
        .where(PointEntry.account != undone.account)
        .tuples()
    )


def _find_split_mismatch() -> Rows:
    parts = PointReversal.posted_points + PointReversal.expired_points + PointReversal.waived_points
    return (
        PointReversal.select(PointReversal.id, PointReversal.value, parts)
        .where(PointReversal.value != parts)
        .tuples()
    )


CHECKS: tuple[Check, ...] = (
    Check(
        name="point_reversals.share",
        invariant="退货按比例退积分，不超过原来的积分",
        message="积分流水 {0}：退货合计 {1} 积分，原为 {2}，与退货比例不符",
        find_violations=_find_over_returned,
    ),
    Check(
        name="point_reversals.entries",
        invariant="退货的积分都有流水",
        message="积分流水 {0}：退货合计 {1} 积分，相应流水合计 {2}",
        find_violations=_find_entry_mismatch,
    ),
    Check(
        name="point_reversals.account",
        invariant="退货的积分回到原来的账户",
        message="积分流水 {0}：冲抵的流水 {1} 属于另一个账户",
        find_violations=_find_cross_account,
    ),
    Check(
        name="point_reversals.parts",
        invariant="退货的积分或扣回，或已过期，或免除",
        message="退货 {0}：应退 {1} 积分，各项合计 {2}",
        find_violations=_find_split_mismatch,
    ),
)
