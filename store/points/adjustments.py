"""Adjustments of points by hand (积分调整): at once up to a limit, above it after a colleague's approval."""

import hashlib
import json
from collections.abc import Collection
from typing import Any

from pydantic import Field

from store import approvals
from store.approvals import Approval
from store.core import errors
from store.core.database import db
from store.customers import member_scope, members
from store.customers.members import Member
from store.points import points
from store.points.ledger import PointEntry, PointGroup
from store.tenants import settings

APPROVAL_KIND = "point_adjustments"


class PointAdjustmentSettings(settings.SettingsGroup, name="point_adjustment"):
    """`approval_above` is the largest adjustment that needs no approval, 0 if none ever needs one."""

    approval_above: int = Field(default=10_000, ge=0, le=points.MAX_POINTS_PER_ENTRY)


@db.transactional
def adjust_or_submit(
    *, member: Member, group: PointGroup, value: int, reason: str, key: str, upgrade_eligible: bool = False
) -> PointEntry | Approval:
    """Post an adjustment, or submit it for approval if it is above the limit. Idempotent by `key`.

    A member has one adjustment that waits for its decision. Raises DomainError(invalid, points_short,
    membership_closed, approval_open).
    """
    limit = settings.read(PointAdjustmentSettings).approval_above
    if not limit or abs(value) <= limit:
        return points.adjust(
            member=member, group=group, value=value, reason=reason, key=key, upgrade_eligible=upgrade_eligible
        )
    if not 1 <= len(reason.strip()) <= points.MAX_REASON_LENGTH:
        raise errors.invalid("reason", f"请填写调整原因，最多 {points.MAX_REASON_LENGTH} 个字")
    row = members.lock(member.id)
    members.ensure_open(row)
    content = {
        "group": group.code, "value": value, "reason": reason.strip(), "upgrade_eligible": upgrade_eligible, "key": key,
    }  # fmt: skip
    return approvals.submit(
        kind=APPROVAL_KIND, subject=row.public_id, title=f"{row.card_number} {group.name} {value:+,}",
        version=_hash(content), content=content, approver=None,
    )  # fmt: skip


@db.transactional
def approve(approval: Approval, *, version: str, opinion: str = "") -> PointEntry:
    """Approve an adjustment and carry it out. Idempotent. Raises what `approvals.decide` and `points.adjust` raise."""
    approvals.decide(approval, approved=True, version=version, opinion=opinion)
    content, member = approval.content, members.get_by_card(approval.subject)
    return points.adjust(
        member=member, group=find_group(member, content["group"]), value=content["value"], reason=content["reason"],
        key=f"approval:{approval.public_id}", upgrade_eligible=content["upgrade_eligible"],
    )  # fmt: skip


@db.transactional
def reject(approval: Approval, *, version: str, opinion: str) -> Approval:
    """Reject an adjustment with an opinion. Idempotent."""
    return approvals.decide(approval, approved=False, version=version, opinion=opinion)


def find_group(member: Member, code: str) -> PointGroup:
    """Return the group of a code in the member's programme. Raises DomainError(not_found)."""
    found = points.list_groups(int(member.programme_id))
    group = next((group for group in found if group.code == code), None)
    if group is None:
        raise errors.not_found("该积分组")
    return group


def select_seen(shop_ids: Collection[int] | None) -> dict[str, Any]:
    """Return the query of the members whose adjustments an account of some shops sees, nothing for all shops."""
    return {} if shop_ids is None else {APPROVAL_KIND: member_scope.select_public_ids(shop_ids)}


def describe(approval: Approval) -> list[tuple[str, str, str]]:
    """Return label, text before and text after of what an adjustment changes."""
    content, member = approval.content, members.get_by_card(approval.subject)
    group = find_group(member, content["group"])
    available = points.balance(member, group)
    return [
        ("会员", "", member.card_number), (f"可用{group.name}", f"{available:,}", f"{available + content['value']:,}"),
        ("变动值", "", f"{content['value']:+,}"), ("参与升级", "", "是" if content["upgrade_eligible"] else "否"),
        ("原因", "", content["reason"]),
    ]  # fmt: skip


def _hash(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
