"""What the console tells of an activity: its numbers, its link, and what its forms offer."""

from collections.abc import Sequence
from typing import Any

import platform_clients
from console import approvals as approval_routes
from console.auth import StaffCaller
from store import approvals
from store.activities import activities, activity_list, budgets, publication, submissions
from store.activities.activities import LABELS, Activity, Prize
from store.activities.content import KIND_LABELS, WAY_LABELS, ActivityContent
from store.activities.settings import PLATFORM_RULE, ActivitySettings
from store.coupons import rule_list
from store.draws import win_list
from store.staff import accounts
from store.tenants import channels, cost_centres, settings


def list_options(caller: StaffCaller) -> dict[str, Any]:
    """Return the choices of the forms, and which restricted ways to get chances the tenant has switched on."""
    chosen = settings.read(ActivitySettings)
    colleagues = [
        account
        for account in accounts.list_all()
        if account.state == "active"
        and account.id != caller.account.id
        and "activities.approve" in accounts.read_rights(account)
    ]
    rules = [rule for rule in rule_list.list_rules(state="listed") if rule.terms.by_campaign]
    return {
        "budgets": [_option(row.public_id, row.name) for row in budgets.list_budgets()],
        "cost_centres": [_option(row.code, row.name) for row in cost_centres.list_cost_centres() if not row.closed_at],
        "coupon_rules": [_option(rule.public_id, rule.name) for rule in rules],
        "approvers": [_option(row.login, row.nickname or row.login) for row in colleagues],
        "approval_above_fen": chosen.approval_above_fen, "platform_rule": PLATFORM_RULE,
        "share_chances_on": chosen.share_chances_on, "follow_chances_on": chosen.follow_chances_on,
    }  # fmt: skip


def to_rows(rows: Sequence[Activity]) -> list[dict[str, Any]]:
    """Return the rows of a page."""
    prizes, winners = activity_list.count_prizes(rows), win_list.count_by_activity([row.id for row in rows])
    latest = approvals.find_latest(submissions.APPROVAL_KIND, [row.public_id for row in rows])
    return [
        _to_row(row, prizes.get(row.id, (0, 0)), winners.get(row.id, 0))
        | {"approval_state": latest[row.public_id].state if row.public_id in latest else None}
        for row in rows
    ]


def to_row(row: Activity) -> dict[str, Any]:
    """Return one row of the list."""
    return to_rows([row])[0]


def to_detail(row: Activity, caller: StaffCaller) -> dict[str, Any]:
    """Return an activity with its content, its prizes and its last submission."""
    content = row.content
    approval = approvals.find_latest(submissions.APPROVAL_KIND, [row.public_id]).get(row.public_id)
    task = None
    if approval is not None:
        task = approval_routes.to_task(approval, caller) | {
            "id": approval.public_id,
            "fingerprint": approval.version,
        }
    return to_row(row) | {
        "content": content.model_dump(mode="json"), "prizes": _list_prizes(row, content), "approval": task,
        "needs_approval": publication.needs_approval(content), "is_approved": row.approved_version == row.version,
        "cost_fen": content.cost_fen, "cash_fen": content.cash_fen, "stop_reason": row.stop_reason,
        "budget_name": budgets.get_by_public_id(content.budget).name if content.budget else None,
        "published_at": _moment(row.published_at), "ended_at": _moment(row.ended_at),
        "claims_until": _moment(row.claims_until),
    }  # fmt: skip


def link_of(row: Activity) -> str | None:
    """Return the public address of a published activity, None before that and without an official account."""
    channel = channels.find_first("wechat_official")
    if row.state == "draft" or channel is None:
        return None
    return platform_clients.to_absolute_url(f"/m/activities/{row.public_id}?a={channel.key}")


def _to_row(row: Activity, prizes: tuple[int, int], winners: int) -> dict[str, Any]:
    content, (quantity, given) = row.content, prizes
    is_draft = row.state == "draft"
    return {
        "id": row.public_id, "name": row.name, "state": row.state, "state_label": LABELS[row.state],
        "starts_at": _moment(row.starts_at), "ends_at": _moment(row.ends_at), "look": content.look,
        "total_draws": content.total_draws if is_draft else row.total_draws, "draws_made": row.draws_made,
        "winners": winners, "prize_count": content.prize_count if is_draft else quantity,
        "prizes_left": None if is_draft else quantity - given, "link": link_of(row),
        "created_at": row.created_at.isoformat(),
    }  # fmt: skip


def _list_prizes(row: Activity, content: ActivityContent) -> list[dict[str, Any]]:
    rows: dict[int, Prize] = {prize.position: prize for prize in activities.list_prizes(row)}
    return [
        {
            "id": rows[place].public_id if place in rows else str(place), "name": prize.name,
            "kind": prize.kind, "kind_label": KIND_LABELS[prize.kind],
            "quantity": rows[place].quantity if place in rows else prize.quantity,
            "given": rows[place].given if place in rows else 0, "most_fen": prize.most_fen,
            "ways": "、".join(WAY_LABELS[way] for way in prize.ways),
        }
        for place, prize in enumerate(content.prizes)
    ]  # fmt: skip


def _moment(value: Any) -> str | None:
    return None if value is None else value.isoformat()


def _option(value: str, label: str) -> dict[str, str]:
    return {"value": value, "label": label}
