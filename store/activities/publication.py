"""Publication of activities (活动发布): from then on its numbers may only grow, and its prizes are reserved.

Red packets take their most from the budget, coupons their number from the stock of the rule.
"""

from collections.abc import Mapping
from datetime import datetime

from store.activities import activities, budgets
from store.activities import content as activity_content
from store.activities import settings as activity_settings
from store.activities.activities import CLAIM_PERIOD, TRANSITIONS, Activity, Prize, state_error
from store.activities.content import ActivityContent, PrizeContent
from store.activities.settings import ActivitySettings
from store.core import clock, errors, events, input_limits
from store.core.database import db
from store.coupons import rules as coupon_rules
from store.coupons import stock as coupon_stock
from store.coupons import terms as coupon_terms
from store.tenants import audit, settings


@db.transactional
def publish(activity: Activity) -> Activity:
    """Publish a draft and reserve its prizes. Idempotent.

    Raises DomainError(invalid, approval_required, share_rule, follow_rule, budget_short, coupons_gone).
    """
    row = activities.lock(activity.id)
    if row.published_at is not None:
        return row
    content = row.content
    activity_content.check_publishable(content)
    ensure_platform_rules(content)
    if needs_approval(content) and row.approved_version != row.version:
        raise errors.DomainError("approval_required", "奖品总价值超过免审额度，请先提交审批", 409)
    assert content.ends_at is not None, "checked above"
    # Locked before the reference: two transactions that refer to a budget and then lock it would wait for each other.
    budget = budgets.lock_by_public_id(content.budget) if content.budget is not None else None
    row.update_fields(
        total_draws=content.total_draws, budget=budget, published_at=clock.now(),
        claims_until=content.ends_at + CLAIM_PERIOD,
    )  # fmt: skip
    for position, prize in enumerate(content.prizes):
        _reserve(row, _create_prize(row, position, prize), prize.quantity, step="publish")
    _transition(row, "running", "publish")
    return row


@db.transactional
def increase(
    activity: Activity,
    *,
    total_draws: int | None = None,
    quantities: Mapping[str, int] | None = None,
    ends_at: datetime | None = None,
) -> Activity:
    """Extend an activity: more draws, more prizes by their public ids, a later end. What is left out stays. Idempotent.

    Raises DomainError(invalid, activity_state, approval_required, budget_short, coupons_gone).
    """
    row = activities.lock(activity.id)
    if row.state not in ("running", "paused"):
        raise state_error(row, "增加数量")
    prizes, wanted = activities.list_prizes(row), dict(quantities or {})
    draws = row.total_draws if total_draws is None else total_draws
    before = _to_numbers(row, prizes)
    input_limits.check_number(draws, field="total_draws", minimum=row.total_draws, maximum=10_000_000)
    new_end = _check_end(row, ends_at)
    for prize in prizes:
        number = wanted.pop(prize.public_id, prize.quantity)
        input_limits.check_number(number, field="quantities", minimum=prize.quantity, maximum=1_000_000)
        added, prize.quantity = number - prize.quantity, number
        if added:
            prize.update_fields(quantity=number)
            _reserve(row, prize, added, step=f"increase:{number}")
    if wanted:
        raise errors.invalid("quantities", "没有这个奖品")
    activity_content.ensure_fitting(draws, [prize.quantity for prize in prizes])
    _ensure_cost_approved(row, prizes)
    row.update_fields(total_draws=draws, ends_at=new_end, claims_until=new_end + CLAIM_PERIOD)
    after = _to_numbers(row, prizes)
    if after != before:
        audit.record("activities.increase", f"activity:{row.public_id}", before=before, after=after)
    return row


@db.transactional
def stop(activity: Activity, *, reason: str) -> Activity:
    """Stop an activity at once: no draw and no red packet begins while it is paused. Idempotent."""
    if not 1 <= len(reason.strip()) <= activities.MAX_REASON_LENGTH:
        raise errors.invalid("reason", f"请填写暂停原因，最多 {activities.MAX_REASON_LENGTH} 个字")
    row = activities.lock(activity.id)
    if row.state != "paused":
        _transition(row, "paused", "stop", reason=reason.strip())
    return row


@db.transactional
def resume(activity: Activity) -> Activity:
    """Resume a stopped activity. Idempotent."""
    row = activities.lock(activity.id)
    if row.state == "draft":
        raise state_error(row, "恢复")
    if row.state != "running":
        _transition(row, "running", "resume")
    return row


@db.transactional
def end(activity: Activity) -> Activity:
    """End an activity finally and return what its undrawn prizes have reserved. Idempotent.

    Won prizes stay claimable as long as its published end has promised.
    """
    row = activities.lock(activity.id)
    if row.state == "ended":
        return row
    _transition(row, "ended", "end")
    row.update_fields(ended_at=clock.now())
    for prize in activities.list_prizes(row):
        _release_undrawn(row, prize)
    return row


def end_due() -> int:
    """End the activities whose time is over, each in its own transaction, and return their number."""
    over = Activity.state.in_(("running", "paused")) & (Activity.ends_at <= clock.now())
    due = list(Activity.select().where(over).order_by(Activity.id).limit(100))
    for row in due:
        _end_if_over(row)
    return len(due)


def needs_approval(content: ActivityContent) -> bool:
    """Return whether another person has to approve an activity before it is published."""
    limit = settings.read(ActivitySettings).approval_above_fen
    return bool(limit) and content.cost_fen > limit


def ensure_platform_rules(content: ActivityContent) -> None:
    """Raise DomainError(share_rule, follow_rule) for chances that the settings of the tenant do not allow."""
    chosen = settings.read(ActivitySettings)
    for code, wanted, allowed, label in (
        ("share_rule", content.share_chances, chosen.share_chances_on, "分享"),
        ("follow_rule", content.follow_chances, chosen.follow_chances_on, "关注"),
    ):
        if wanted and not allowed:
            message = f"未开启“{label}得抽奖次数”。{activity_settings.PLATFORM_RULE}"
            raise errors.DomainError(code, message, 409)


@db.transactional
def _end_if_over(activity: Activity) -> None:
    row = activities.lock(activity.id)
    if row.state in ("running", "paused") and row.ends_at <= clock.now():
        end(row)


def _transition(row: Activity, state: str, action: str, *, reason: str = "") -> None:
    label = {"publish": "发布", "stop": "暂停", "resume": "恢复", "end": "结束"}[action]
    if state not in TRANSITIONS[row.state]:
        raise state_error(row, label)
    row.update_fields(state=state, stop_reason=reason)
    audit.record(
        f"activities.{action}", f"activity:{row.public_id}", after={"state": state, "reason": reason}
    )
    events.record("activities.changed", activity_id=row.id, state=state)


def _create_prize(row: Activity, position: int, prize: PrizeContent) -> Prize:
    rule = coupon_rules.get_by_public_id(prize.coupon_rule) if prize.coupon_rule else None
    return Prize.create(
        activity=row, position=position, kind=prize.kind, name=prize.name, quantity=prize.quantity,
        max_fen=prize.most_fen if prize.kind == "cash" else 0, coupon_rule=rule if prize.kind == "coupon" else None,
    )  # fmt: skip


def _reserve(row: Activity, prize: Prize, quantity: int, *, step: str) -> None:
    """Reserve money or coupons for some of a prize. `step` makes the key of the entry."""
    if prize.kind == "cash":
        assert row.budget_id is not None, "checked at publishing"
        budgets.reserve(
            row.budget_id, quantity * prize.max_fen, key=f"{prize.public_id}:{step}", subject=_subject(row)
        )
    elif prize.kind == "coupon":
        rule = coupon_stock.reserve(prize.coupon_rule_id, quantity)
        if not rule.terms.by_campaign:
            raise errors.invalid("prizes", f"优惠券“{rule.name}”不支持活动发放")
        coupon_terms.validity_window(rule.terms, clock.now())  # rejects what could never be given


def _release_undrawn(row: Activity, prize: Prize) -> None:
    if prize.kind == "cash" and row.budget_id is not None:
        budgets.release(
            row.budget_id, prize.left * prize.max_fen, key=f"{prize.public_id}:end", subject=_subject(row)
        )
    elif prize.kind == "coupon" and prize.left:
        coupon_stock.release(prize.coupon_rule_id, prize.left)


def _ensure_cost_approved(row: Activity, prizes: list[Prize]) -> None:
    """Raise DomainError(approval_required) if more prizes cost more than was approved, or than needs no approval."""
    limit = settings.read(ActivitySettings).approval_above_fen
    cost_fen = sum(prize.quantity * row.content.prizes[prize.position].most_fen for prize in prizes)
    if limit and cost_fen > max(limit, row.content.cost_fen):
        message = "增加后奖品总价值超过免审额度，请复制为新活动并提交审批"
        raise errors.DomainError("approval_required", message, 409)


def _check_end(row: Activity, ends_at: datetime | None) -> datetime:
    before: datetime = row.ends_at
    if ends_at is None:
        return before
    if not before <= ends_at <= row.starts_at + activity_content.MAX_PERIOD:
        raise errors.invalid("ends_at", "结束时间只能延后，活动最长一年")
    return ends_at


def _to_numbers(row: Activity, prizes: list[Prize]) -> dict[str, object]:
    return {
        "total_draws": row.total_draws, "ends_at": row.ends_at.isoformat(),
        "quantities": {prize.public_id: prize.quantity for prize in prizes},
    }  # fmt: skip


def _subject(row: Activity) -> str:
    return f"activity:{row.public_id}"
