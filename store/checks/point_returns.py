"""Returns against the entries that they undo: never more than the whole, and each point accounted for."""

from peewee import fn

from store.checks.finding import Check, Rows
from store.loyalty import point_returns
from store.loyalty.point_accounts import PointEntry
from store.loyalty.point_returns import PointReturn

_FEWEST, _MOST = fn.MIN(PointReturn.whole), fn.MAX(PointReturn.whole)


def _beyond_the_whole() -> Rows:
    """Told in one unit, as nearly all are, the database adds them up; in several, they are added up here."""
    part, value = fn.SUM(PointReturn.part).cast("bigint"), fn.SUM(PointReturn.value).cast("bigint")
    yield from (
        PointReturn.select(PointReturn.entry, value, PointEntry.value)
        .join(PointEntry)
        .group_by(PointReturn.entry, PointEntry.value)
        .having((_FEWEST == _MOST) & ((part > _FEWEST) | (value != PointEntry.value * part / _FEWEST)))
        .tuples()
    )
    mixed = PointReturn.select(PointReturn.entry).group_by(PointReturn.entry).having(_FEWEST != _MOST)
    for entry in PointEntry.select().where(PointEntry.id.in_(mixed)):
        rows = list(entry.returns.order_by(PointReturn.id))
        returned = point_returns.returned_by([(row.part, row.whole) for row in rows], value=entry.value)
        moved = sum(row.value for row in rows)
        if returned > 1 or moved != int(entry.value * returned):
            yield entry.id, moved, entry.value


def _unlike_entries() -> Rows:
    """Entries whose returns moved something else than the entries made for them."""
    undone = PointEntry.alias()
    moved = PointReturn.select(fn.SUM(PointReturn.taken)).where(PointReturn.entry == PointEntry.id)
    entered = undone.select(fn.SUM(undone.value)).where(undone.reverses == PointEntry.id)
    touched = fn.EXISTS(PointReturn.select().where(PointReturn.entry == PointEntry.id)) | fn.EXISTS(
        undone.select().where(undone.reverses == PointEntry.id)
    )
    return (
        PointEntry.select(PointEntry.id, fn.COALESCE(moved, 0), fn.COALESCE(entered, 0))
        .where(touched & (fn.COALESCE(moved, 0) != fn.COALESCE(entered, 0)))
        .tuples()
    )


def _of_another_account() -> Rows:
    undone = PointEntry.alias()
    return (
        PointEntry.select(PointEntry.id, undone.id)
        .join(undone, on=(PointEntry.reverses == undone.id))
        .where(PointEntry.account != undone.account)
        .tuples()
    )


def _unlike_parts() -> Rows:
    parts = PointReturn.taken + PointReturn.lapsed + PointReturn.forgiven
    return (
        PointReturn.select(PointReturn.id, PointReturn.value, parts)
        .where(PointReturn.value != parts)
        .tuples()
    )


CHECKS: tuple[Check, ...] = (
    Check(
        name="point_returns.share",
        promise="退货按比例退积分，不超过原来的积分",
        sentence="积分流水 {0}：退货合计 {1} 积分，原为 {2}，与退货比例不符",
        broken=_beyond_the_whole,
    ),
    Check(
        name="point_returns.entries",
        promise="退货的积分都有流水",
        sentence="积分流水 {0}：退货合计 {1} 积分，相应流水合计 {2}",
        broken=_unlike_entries,
    ),
    Check(
        name="point_returns.account",
        promise="退货的积分回到原来的账户",
        sentence="积分流水 {0}：冲抵的流水 {1} 属于另一个账户",
        broken=_of_another_account,
    ),
    Check(
        name="point_returns.parts",
        promise="退货的积分或扣回，或已过期，或免除",
        sentence="退货 {0}：应退 {1} 积分，各项合计 {2}",
        broken=_unlike_parts,
    ),
)
