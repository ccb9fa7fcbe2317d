"""Tiers: records whose time makes sense, rules whose ranges do not overlap, nights that were not missed."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from store.checks.finding import Check, Rows
from store.kernel import clock
from store.kernel.refusals import Refused
from store.loyalty import tier_rules
from store.loyalty.tiers import Tier, TierRecord
from store.people.programmes import Programme


def _backwards() -> Rows:
    wrong = (TierRecord.ended_at < TierRecord.started_at) | (TierRecord.valid_until <= TierRecord.started_at)
    return TierRecord.select(TierRecord.id).where(wrong).tuples()


def _unexplained() -> Rows:
    moved = (TierRecord.kind != "joined") & TierRecord.because.is_null()
    return TierRecord.select(TierRecord.id, TierRecord.kind).where(moved).tuples()


def _without_end() -> Rows:
    """Records that are to end although their tier is the base, which has no end."""
    return (
        TierRecord.select(TierRecord.id)
        .join(Tier)
        .where(Tier.is_base & TierRecord.valid_until.is_null(False))
        .tuples()
    )


def _overlapping() -> Iterator[Any]:
    for programme in Programme.select():
        try:
            tier_rules.check(programme, tier_rules.of_programme(int(programme.id)))
        except Refused as refused:
            yield programme.id, refused.message


def _overdue() -> Rows:
    late = TierRecord.ended_at.is_null() & (TierRecord.valid_until < clock.now() - timedelta(days=2))
    return TierRecord.select(TierRecord.id, TierRecord.valid_until).where(late).tuples()


CHECKS = (
    Check(
        name="tiers.time",
        promise="等级记录的结束不早于开始",
        sentence="等级记录 {0}：结束或到期早于开始",
        broken=_backwards,
    ),
    Check(
        name="tiers.explained",
        promise="等级的每次变动都有依据",
        sentence="等级记录 {0}（{1}）：没有依据",
        broken=_unexplained,
    ),
    Check(
        name="tiers.base_stays",
        promise="基础等级不会到期",
        sentence="等级记录 {0}：基础等级却有到期时间",
        broken=_without_end,
    ),
    Check(
        name="tiers.ranges",
        promise="等级规则合理且范围不重叠",
        sentence="会员计划 {0}：{1}",
        broken=_overlapping,
    ),
    Check(
        name="tiers.settled",
        promise="到期的等级都已判定",
        sentence="等级记录 {0}：{1} 已到期，尚未判定保级或降级",
        broken=_overdue,
        warns=True,
    ),
)
