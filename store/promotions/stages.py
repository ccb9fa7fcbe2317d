"""The stages of promotions (促销状态) as staff see them: state and period together."""

from typing import Any

from store.core import clock
from store.promotions.tables import Promotion

STAGE_LABELS = {
    "draft": "草稿", "submitted": "审批中", "rejected": "已驳回", "upcoming": "未开始", "running": "进行中",
    "paused": "已暂停", "over": "已结束",
}  # fmt: skip
_DECIDED = ("approved", "paused", "ended")


def stage_of(promotion: Promotion) -> str:
    """Return the stage of a promotion now."""
    if promotion.state not in _DECIDED:
        return str(promotion.state)
    now = promotion.state_now()
    return "paused" if promotion.state == "paused" and now != "over" else now


def select_stage(stage: str) -> Any:
    """Return the condition of a stage."""
    if stage not in ("upcoming", "running", "paused", "over"):
        return Promotion.state == stage
    now = clock.now()
    is_over = (Promotion.state == "ended") | (Promotion.ends_at <= now)
    if stage == "over":
        return Promotion.state.in_(_DECIDED) & is_over
    if stage == "paused":
        return (Promotion.state == "paused") & ~is_over
    has_begun = Promotion.starts_at <= now
    return (Promotion.state == "approved") & ~is_over & (has_begun if stage == "running" else ~has_begun)
