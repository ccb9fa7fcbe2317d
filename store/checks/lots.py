"""Point lots against accounts, entries and relations: what is left came in once and went nowhere else."""

from typing import Any

import peewee
from peewee import fn

from store.checks.finding import Check, Rows
from store.kernel import clock
from store.loyalty.point_accounts import KINDS, PointAccount, PointEntry, PointLot, PointRelation

_COMES_IN = [kind for kind, facts in KINDS.items() if facts.sign > 0]
_BRINGS_BACK = peewee.Case(PointEntry.kind, [("redemption_cancelled", -1)], 1)
# Goods may come back when their points are spent already: what is missing is owed, not taken from a lot.
_MAY_OWE = ["return_reversal"]


def _unlike_account() -> Rows:
    left = fn.COALESCE(fn.SUM(PointLot.left), 0).cast("bigint")
    return (
        PointAccount.select(PointAccount.id, PointAccount.available, left, PointAccount.owed)
        .join(PointLot, peewee.JOIN.LEFT_OUTER)
        .group_by(PointAccount.id)
        .having(PointAccount.available != left - PointAccount.owed)
        .tuples()
    )


def _out_of_bounds() -> Rows:
    outside = (PointLot.left < 0) | (PointLot.left > PointLot.value)
    return PointLot.select(PointLot.id, PointLot.left, PointLot.value).where(outside).tuples()


def _unlike_entry() -> Rows:
    """Entries that brought points in: a lot of their own and what older lots got back are all of it."""
    opened = PointLot.select(fn.SUM(PointLot.value)).where(
        (PointLot.entry == PointEntry.id) & (PointLot.account == PointEntry.account)
    )
    got_back = PointRelation.select(fn.SUM(PointRelation.value)).where(PointRelation.entry == PointEntry.id)
    laid_down = fn.COALESCE(opened, 0) + fn.COALESCE(got_back, 0)
    brings_in = PointEntry.kind.in_(_COMES_IN)
    return (
        PointEntry.select(PointEntry.id, PointEntry.value)
        .where(brings_in & (laid_down != PointEntry.value))
        .tuples()
    )


def _lots_of_spending() -> Rows:
    """Lots of entries that brought nothing in: points out of thin air."""
    return (
        PointLot.select(PointLot.id, PointLot.value, PointEntry.id)
        .join(PointEntry)
        .where(PointEntry.kind.not_in(_COMES_IN))
        .tuples()
    )


def _unlike_spending() -> Rows:
    """Entries that took points and whose relations do not tell from where."""
    taken = fn.COALESCE(fn.SUM(PointRelation.value), 0).cast("bigint")
    owing = PointEntry.kind.in_(_MAY_OWE)
    return (
        PointEntry.select(PointEntry.id, PointEntry.value, taken)
        .join(PointRelation, peewee.JOIN.LEFT_OUTER)
        .where(PointEntry.kind.not_in(_COMES_IN))
        .group_by(PointEntry.id)
        .having((taken > PointEntry.value) | ((taken != PointEntry.value) & ~owing))
        .tuples()
    )


def _unlike_debts() -> Rows:
    """Accounts whose debt is not what their reversals still miss."""
    given = fn.COALESCE(fn.SUM(PointRelation.value), 0)
    missing = (
        PointEntry.select(PointEntry.account.alias("account"), (PointEntry.value - given).alias("value"))
        .join(PointRelation, peewee.JOIN.LEFT_OUTER)
        .where(PointEntry.kind.in_(_MAY_OWE))
        .group_by(PointEntry.id)
        .alias("missing")
    )
    total = fn.COALESCE(fn.SUM(missing.c.value), 0).cast("bigint")
    return (
        PointAccount.select(PointAccount.id, PointAccount.owed, total)
        .join(missing, peewee.JOIN.LEFT_OUTER, on=(missing.c.account == PointAccount.id))
        .group_by(PointAccount.id)
        .having(PointAccount.owed != total)
        .tuples()
    )


def _owed_beside_points() -> Rows:
    """Accounts that owe although lots which have not ended could pay."""
    unended = PointLot.expires_at.is_null() | (PointLot.expires_at > clock.now())
    return (
        PointAccount.select(PointAccount.id, PointAccount.owed, fn.SUM(PointLot.left).cast("bigint"))
        .join(PointLot)
        .where((PointAccount.owed > 0) & (PointLot.left > 0) & unended)
        .group_by(PointAccount.id)
        .tuples()
    )


def _unlike_lot() -> Rows:
    gone = PointLot.value - PointLot.left
    given = fn.COALESCE(fn.SUM(PointRelation.value * _BRINGS_BACK), 0).cast("bigint")
    return (
        PointLot.select(PointLot.id, gone, given)
        .join(PointRelation, peewee.JOIN.LEFT_OUTER)
        .join(PointEntry, peewee.JOIN.LEFT_OUTER)
        .group_by(PointLot.id)
        .having(given != gone)
        .tuples()
    )


def _across_accounts() -> Rows:
    return (
        PointRelation.select(PointRelation.id, PointEntry.id, PointLot.id)
        .join(PointEntry)
        .switch(PointRelation)
        .join(PointLot)
        .where(PointEntry.account != PointLot.account)
        .tuples()
    )


def _expired_again() -> Rows:
    """A lot that has ended is never filled again, so it ends once."""
    count = fn.COUNT(PointRelation.id)
    return (
        PointRelation.select(PointRelation.lot, count)
        .join(PointEntry)
        .where(PointEntry.kind == "expiry")
        .group_by(PointRelation.lot)
        .having(count > 1)
        .tuples()
    )


def _moves_of_lots() -> Any:
    """Each move of a lot with its time and the lot's end; a debt is older than the day on which it is paid."""
    return (
        PointRelation.select(PointLot.id, PointRelation.entry, PointEntry.at, PointLot.expires_at)
        .join(PointLot)
        .switch(PointRelation)
        .join(PointEntry)
    )


def _expired_early() -> Rows:
    early = (PointEntry.kind == "expiry") & (PointEntry.at < PointLot.expires_at)
    return _moves_of_lots().where(early).tuples()


def _moved_late() -> Rows:
    late = (PointEntry.kind != "expiry") & (PointEntry.at >= PointLot.expires_at)
    return _moves_of_lots().where(late).tuples()


CHECKS = (
    Check(
        name="points.left",
        promise="可用积分等于各批次剩余之和减去欠分",
        sentence="积分账户 {0}：可用积分 {1}，批次剩余 {2}，欠分 {3}",
        broken=_unlike_account,
    ),
    Check(
        name="points.lots",
        promise="批次剩余在 0 与批次积分之间",
        sentence="积分批次 {0}：剩余 {1}，批次积分 {2}",
        broken=_out_of_bounds,
    ),
    Check(
        name="points.lot_of_entry",
        promise="每笔增加的积分都在批次中",
        sentence="积分流水 {0}：增加 {1} 积分，本账户的批次却不是这个数",
        broken=_unlike_entry,
    ),
    Check(
        name="points.entry_of_lot",
        promise="每个批次都来自一笔增加",
        sentence="积分批次 {0}：{1} 积分来自流水 {2}，而该流水并未增加积分",
        broken=_lots_of_spending,
    ),
    Check(
        name="points.taken",
        promise="每笔减少的积分都记有来自哪些批次",
        sentence="积分流水 {0}：减少 {1} 积分，批次只说明了 {2}",
        broken=_unlike_spending,
    ),
    Check(
        name="points.owed",
        promise="欠分等于退货扣回中尚未扣到的积分",
        sentence="积分账户 {0}：欠分 {1}，退货扣回尚缺 {2}",
        broken=_unlike_debts,
    ),
    Check(
        name="points.owed_first",
        promise="有可用的积分就没有欠分",
        sentence="积分账户 {0}：欠分 {1}，却还有 {2} 积分未过期",
        broken=_owed_beside_points,
    ),
    Check(
        name="points.given",
        promise="批次用去的积分等于积分关系之和（退回的相抵）",
        sentence="积分批次 {0}：已用去 {1} 积分，积分关系合计 {2}",
        broken=_unlike_lot,
    ),
    Check(
        name="points.relations",
        promise="积分只用于自己的账户",
        sentence="积分关系 {0}：流水 {1} 用了其他账户的批次 {2}",
        broken=_across_accounts,
    ),
    Check(
        name="points.expired_once",
        promise="每个批次最多过期一次",
        sentence="积分批次 {0}：过期了 {1} 次",
        broken=_expired_again,
    ),
    Check(
        name="points.expired_in_time",
        promise="积分在到期之前不会过期",
        sentence="积分批次 {0}：流水 {1} 于 {2} 计为过期，到期时间是 {3}",
        broken=_expired_early,
    ),
    Check(
        name="points.spent_in_time",
        promise="到期的积分不再使用，也不再退回原批次",
        sentence="积分批次 {0}：流水 {1} 于 {2} 使用或退回，到期时间是 {3}",
        broken=_moved_late,
    ),
)
