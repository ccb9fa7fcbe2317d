"""Point lots against accounts, entries and allocations: every point has one origin and one use."""

from typing import Any

import peewee
from peewee import fn

from store.core import clock
from store.integrity.check import Check, Rows
from store.points.ledger import ENTRY_KINDS, LotAllocation, PointAccount, PointEntry, PointLot

_CREDIT_KINDS = [kind for kind, facts in ENTRY_KINDS.items() if facts.sign > 0]
_ALLOCATION_SIGN = peewee.Case(PointEntry.kind, [("redemption_cancelled", -1)], 1)
# Goods may come back when their points are spent already: what is missing is owed, not taken from a lot.
_DEBT_KINDS = ["return_reversal"]


def _find_mismatched_accounts() -> Rows:
    left = fn.COALESCE(fn.SUM(PointLot.remaining), 0).cast("bigint")
    return (
        PointAccount.select(PointAccount.id, PointAccount.available, left, PointAccount.debt)
        .join(PointLot, peewee.JOIN.LEFT_OUTER)
        .group_by(PointAccount.id)
        .having(PointAccount.available != left - PointAccount.debt)
        .tuples()
    )


def _find_out_of_bounds() -> Rows:
    outside = (PointLot.remaining < 0) | (PointLot.remaining > PointLot.value)
    return PointLot.select(PointLot.id, PointLot.remaining, PointLot.value).where(outside).tuples()


def _find_mismatched_credits() -> Rows:
    """Find credits that differ from their own lot plus the points returned to older lots."""
    opened = PointLot.select(fn.SUM(PointLot.value)).where(
        (PointLot.entry == PointEntry.id) & (PointLot.account == PointEntry.account)
    )
    got_back = LotAllocation.select(fn.SUM(LotAllocation.value)).where(LotAllocation.entry == PointEntry.id)
    laid_down = fn.COALESCE(opened, 0) + fn.COALESCE(got_back, 0)
    brings_in = PointEntry.kind.in_(_CREDIT_KINDS)
    return (
        PointEntry.select(PointEntry.id, PointEntry.value)
        .where(brings_in & (laid_down != PointEntry.value))
        .tuples()
    )


def _find_lots_of_debits() -> Rows:
    """Find lots of entries that are no credits."""
    return (
        PointLot.select(PointLot.id, PointLot.value, PointEntry.id)
        .join(PointEntry)
        .where(PointEntry.kind.not_in(_CREDIT_KINDS))
        .tuples()
    )


def _find_mismatched_debits() -> Rows:
    """Find debits whose allocations do not add up to their value."""
    taken = fn.COALESCE(fn.SUM(LotAllocation.value), 0).cast("bigint")
    owing = PointEntry.kind.in_(_DEBT_KINDS)
    return (
        PointEntry.select(PointEntry.id, PointEntry.value, taken)
        .join(LotAllocation, peewee.JOIN.LEFT_OUTER)
        .where(PointEntry.kind.not_in(_CREDIT_KINDS))
        .group_by(PointEntry.id)
        .having((taken > PointEntry.value) | ((taken != PointEntry.value) & ~owing))
        .tuples()
    )


def _find_mismatched_debts() -> Rows:
    """Find accounts whose debt is not what their reversals still miss."""
    given = fn.COALESCE(fn.SUM(LotAllocation.value), 0)
    missing = (
        PointEntry.select(PointEntry.account.alias("account"), (PointEntry.value - given).alias("value"))
        .join(LotAllocation, peewee.JOIN.LEFT_OUTER)
        .where(PointEntry.kind.in_(_DEBT_KINDS))
        .group_by(PointEntry.id)
        .alias("missing")
    )
    total = fn.COALESCE(fn.SUM(missing.c.value), 0).cast("bigint")
    return (
        PointAccount.select(PointAccount.id, PointAccount.debt, total)
        .join(missing, peewee.JOIN.LEFT_OUTER, on=(missing.c.account == PointAccount.id))
        .group_by(PointAccount.id)
        .having(PointAccount.debt != total)
        .tuples()
    )


def _find_debts_beside_points() -> Rows:
    """Find accounts with a debt although unexpired lots could settle it."""
    unended = PointLot.expires_at.is_null() | (PointLot.expires_at > clock.now())
    return (
        PointAccount.select(PointAccount.id, PointAccount.debt, fn.SUM(PointLot.remaining).cast("bigint"))
        .join(PointLot)
        .where((PointAccount.debt > 0) & (PointLot.remaining > 0) & unended)
        .group_by(PointAccount.id)
        .tuples()
    )


def _find_mismatched_lots() -> Rows:
    gone = PointLot.value - PointLot.remaining
    given = fn.COALESCE(fn.SUM(LotAllocation.value * _ALLOCATION_SIGN), 0).cast("bigint")
    return (
        PointLot.select(PointLot.id, gone, given)
        .join(LotAllocation, peewee.JOIN.LEFT_OUTER)
        .join(PointEntry, peewee.JOIN.LEFT_OUTER)
        .group_by(PointLot.id)
        .having(given != gone)
        .tuples()
    )


def _find_cross_account() -> Rows:
    return (
        LotAllocation.select(LotAllocation.id, PointEntry.id, PointLot.id)
        .join(PointEntry)
        .switch(LotAllocation)
        .join(PointLot)
        .where(PointEntry.account != PointLot.account)
        .tuples()
    )


def _find_expired_twice() -> Rows:
    """Find lots that expired twice. An expired lot never receives points again."""
    count = fn.COUNT(LotAllocation.id)
    return (
        LotAllocation.select(LotAllocation.lot, count)
        .join(PointEntry)
        .where(PointEntry.kind == "expiry")
        .group_by(LotAllocation.lot)
        .having(count > 1)
        .tuples()
    )


def _timed_allocations() -> Any:
    """Return each allocation with its time and the lot's end. A debt is older than the day of its settlement."""
    return (
        LotAllocation.select(PointLot.id, LotAllocation.entry, PointEntry.at, PointLot.expires_at)
        .join(PointLot)
        .switch(LotAllocation)
        .join(PointEntry)
    )


def _find_expired_early() -> Rows:
    early = (PointEntry.kind == "expiry") & (PointEntry.at < PointLot.expires_at)
    return _timed_allocations().where(early).tuples()


def _find_used_after_expiry() -> Rows:
    late = (PointEntry.kind != "expiry") & (PointEntry.at >= PointLot.expires_at)
    return _timed_allocations().where(late).tuples()


CHECKS = (
    Check(
        name="points.remaining",
        invariant="可用积分等于各批次剩余之和减去欠分",
        message="积分账户 {0}：可用积分 {1}，批次剩余 {2}，欠分 {3}",
        find_violations=_find_mismatched_accounts,
    ),
    Check(
        name="points.lots",
        invariant="批次剩余在 0 与批次积分之间",
        message="积分批次 {0}：剩余 {1}，批次积分 {2}",
        find_violations=_find_out_of_bounds,
    ),
    Check(
        name="points.lot_of_entry",
        invariant="每笔增加的积分都在批次中",
        message="积分流水 {0}：增加 {1} 积分，本账户的批次却不是这个数",
        find_violations=_find_mismatched_credits,
    ),
    Check(
        name="points.entry_of_lot",
        invariant="每个批次都来自一笔增加",
        message="积分批次 {0}：{1} 积分来自流水 {2}，而该流水并未增加积分",
        find_violations=_find_lots_of_debits,
    ),
    Check(
        name="points.debits",
        invariant="每笔减少的积分都记有来自哪些批次",
        message="积分流水 {0}：减少 {1} 积分，批次只说明了 {2}",
        find_violations=_find_mismatched_debits,
    ),
    Check(
        name="points.debt",
        invariant="欠分等于退货扣回中尚未扣到的积分",
        message="积分账户 {0}：欠分 {1}，退货扣回尚缺 {2}",
        find_violations=_find_mismatched_debts,
    ),
    Check(
        name="points.debt_first",
        invariant="有可用的积分就没有欠分",
        message="积分账户 {0}：欠分 {1}，却还有 {2} 积分未过期",
        find_violations=_find_debts_beside_points,
    ),
    Check(
        name="points.lot_usage",
        invariant="批次用去的积分等于积分关系之和（退回的相抵）",
        message="积分批次 {0}：已用去 {1} 积分，积分关系合计 {2}",
        find_violations=_find_mismatched_lots,
    ),
    Check(
        name="points.cross_account",
        invariant="积分只用于自己的账户",
        message="积分关系 {0}：流水 {1} 用了其他账户的批次 {2}",
        find_violations=_find_cross_account,
    ),
    Check(
        name="points.expired_once",
        invariant="每个批次最多过期一次",
        message="积分批次 {0}：过期了 {1} 次",
        find_violations=_find_expired_twice,
    ),
    Check(
        name="points.expired_in_time",
        invariant="积分在到期之前不会过期",
        message="积分批次 {0}：流水 {1} 于 {2} 计为过期，到期时间是 {3}",
        find_violations=_find_expired_early,
    ),
    Check(
        name="points.spent_in_time",
        invariant="到期的积分不再使用，也不再退回原批次",
        message="积分批次 {0}：流水 {1} 于 {2} 使用或退回，到期时间是 {3}",
        find_violations=_find_used_after_expiry,
    ),
)
