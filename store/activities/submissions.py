"""Submissions of activities for approval (活动审批): above a cost, another person approves exactly one version."""

from store import approvals
from store.activities import activities
from store.activities import content as activity_content
from store.activities.activities import Activity, state_error
from store.activities.content import KIND_LABELS, WAY_LABELS, ActivityContent, PrizeContent
from store.approvals import Approval
from store.core import errors, money
from store.core.database import db

APPROVAL_KIND = "activity"


@db.transactional
def submit(activity: Activity, *, approver: str | None = None) -> Approval:
    """Submit a draft for approval. Idempotent. Raises DomainError(invalid, activity_state, approval_open)."""
    row = activities.lock(activity.id)
    if row.state != "draft":
        raise state_error(row, "提交审批")
    activity_content.check_publishable(row.content)
    return approvals.submit(
        kind=APPROVAL_KIND, subject=row.public_id, title=row.name, version=row.version, approver=approver,
        content={"json": row.content_json},
    )  # fmt: skip


@db.transactional
def approve(approval: Approval, *, version: str, opinion: str = "") -> Activity:
    """Approve the version that was submitted. A change of the draft since needs a new submission. Idempotent."""
    row = activities.lock(activities.get_by_public_id(approval.subject).id)
    if row.version != approval.version:
        raise errors.DomainError("approval_changed", "活动内容已变化，请重新提交后再审批", 409)
    approvals.decide(approval, approved=True, version=version, opinion=opinion)
    row.update_fields(approved_version=approval.version)
    return row


@db.transactional
def reject(approval: Approval, *, version: str, opinion: str) -> Approval:
    """Reject a submission with an opinion. Idempotent."""
    return approvals.decide(approval, approved=False, version=version, opinion=opinion)


def describe_changes(approval: Approval) -> list[tuple[str, str, str]]:
    """Return label, text before and text after of what differs from the last approved version."""
    before = approvals.find_approved(APPROVAL_KIND, approval.subject)
    known = _describe(activity_content.parse(before.content["json"])) if before is not None else {}
    wanted = _describe(activity_content.parse(approval.content["json"]))
    labels = {**wanted, **known}
    pairs = ((label, known.get(label, ""), wanted.get(label, "")) for label in labels)
    return [pair for pair in pairs if pair[1] != pair[2]]


def _describe(content: ActivityContent) -> dict[str, str]:
    """Return the facts that an approver judges, by their labels."""
    facts = {
        "名称": content.name, "时间": activity_content.format_period(content), "规则": content.rules_text,
        "总抽奖次数": f"{content.total_draws:,}" if content.total_draws else "",
        "奖品最高成本": _yuan(content.cost_fen),
        "每人每天免费": f"{content.free_per_day} 次", "每人每天最多": f"{content.draws_per_day} 次",
        "门店": "、".join(content.shops) or "全部门店", "成本中心": content.cost_centre or "",
    }  # fmt: skip
    prizes = {f"奖品 {n}": _describe_prize(prize) for n, prize in enumerate(content.prizes, 1)}
    return facts | prizes


def _describe_prize(prize: PrizeContent) -> str:
    least, most = _yuan(prize.min_fen or 0), _yuan(prize.max_fen or 0)
    detail = {
        "cash": most if least == most else f"{least}–{most}", "coupon": prize.coupon_rule or "",
        "points": f"{prize.points or 0} 积分",
        "goods": f"价值 {_yuan(prize.value_fen or 0)}，{'、'.join(WAY_LABELS[way] for way in prize.ways)}",
    }[prize.kind]  # fmt: skip
    return f"{prize.name}（{KIND_LABELS[prize.kind]}，{detail}）× {prize.quantity}"


def _yuan(fen: int) -> str:
    return f"{money.yuan(fen)} 元"
