"""Tiers: records with valid times, rules whose ranges do not overlap, and evaluation on time."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from store.core import clock
from store.core.errors import DomainError
from store.customers.programmes import Programme
from store.integrity.check import Check, Rows
from store.tiers import rules as tier_rules
from store.tiers.tiers import Tier, TierRecord


def _find_negative_durations() -> Rows:
    wrong = (TierRecord.ended_at < TierRecord.started_at) | (TierRecord.valid_until <= TierRecord.started_at)
    return TierRecord.select(TierRecord.id).where(wrong).tuples()


def _find_unexplained() -> Rows:
    moved = (TierRecord.kind != "joined") & TierRecord.explanation.is_null()
    return TierRecord.select(TierRecord.id, TierRecord.kind).where(moved).tuples()


def _find_base_tiers_with_end() -> Rows:
    """Find records with an end although the base tier has none."""
    return (
        TierRecord.select(TierRecord.id)
        .join(Tier)
        .where(Tier.is_base & TierRecord.valid_until.is_null(False))
        .tuples()
    )


def _find_invalid_rules() -> Iterator[Any]:
    for programme in Programme.select():
        try:
            tier_rules.validate(programme, tier_rules.list_active_uncached(int(programme.id)))
        except DomainError as error:
            yield programme.id, error.operator_message


def _find_overdue() -> Rows:
    late = TierRecord.ended_at.is_null() & (TierRecord.valid_until < clock.now() - timedelta(days=2))
    return TierRecord.select(TierRecord.id, TierRecord.valid_until).where(late).tuples()


CHECKS = (
    Check(
        name="tiers.time",
        invariant="等级记录的结束不早于开始",
        message="等级记录 {0}：结束或到期早于开始",
        find_violations=_find_negative_durations,
    ),
    Check(
        name="tiers.explained",
        invariant="等级的每次变动都有依据",
        message="等级记录 {0}（{1}）：没有依据",
        find_violations=_find_unexplained,
    ),
    Check(
        name="tiers.base_permanent",
        invariant="基础等级不会到期",
        message="等级记录 {0}：基础等级却有到期时间",
        find_violations=_find_base_tiers_with_end,
    ),
    Check(
        name="tiers.ranges",
        invariant="等级规则合理且范围不重叠",
        message="会员计划 {0}：{1}",
        find_violations=_find_invalid_rules,
    ),
    Check(
        name="tiers.evaluated",
        invariant="到期的等级都已判定",
        message="等级记录 {0}：{1} 已到期，尚未判定保级或降级",
        find_violations=_find_overdue,
        is_warning=True,
    ),
)
