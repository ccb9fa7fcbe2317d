"""What the console tells of a coupon rule, and whose rules an account may change."""

from collections.abc import Sequence
from typing import Any

from console import approvals as approval_routes
from console.approval_kinds import preview_terms
from console.auth import StaffCaller
from store import approvals
from store.approvals import Approval
from store.core.errors import DomainError
from store.coupons import display, rule_list, shop_scope, stock, term_texts
from store.coupons import rules as coupon_rules
from store.coupons.rules import CouponRule
from store.coupons.terms import Terms
from store.customers import programmes
from store.staff import accounts
from store.tenants import cost_centres
from store.tenants.cost_centres import CostCentre


def ensure_changeable(caller: StaffCaller, terms: Terms) -> None:
    """Raise DomainError(other_shops) if terms apply in shops that an account of some shops does not see."""
    if caller.shop_ids is None:
        return
    if (
        not terms.shops
        or terms.shop_groups
        or not set(terms.shops) <= set(shop_scope.list_codes(caller.shop_ids))
    ):
        raise DomainError("other_shops", "该优惠券也用于您管理范围以外的门店，请限定门店", 403)


def list_options(caller: StaffCaller) -> dict[str, Any]:
    """Return the choices of the forms as pairs of value and label."""
    colleagues = [
        account
        for account in accounts.list_all()
        if account.state == "active"
        and account.id != caller.account.id
        and "coupon_rules.approve" in accounts.read_rights(account)
    ]
    return {
        "programmes": [_option(row.code, row.name) for row in programmes.list_programmes()],
        "cost_centres": [_centre_option(row) for row in cost_centres.list_cost_centres()],
        "approvers": [_option(row.login, row.nickname or row.login) for row in colleagues],
        "rules": [_option(row.public_id, row.name) for row in rule_list.list_rules(state="listed")],
    }


def to_rows(rules: Sequence[CouponRule]) -> list[dict[str, Any]]:
    """Return the rows of a page, with their last submissions read at once."""
    submissions = approvals.find_latest(coupon_rules.APPROVAL_KIND, [rule.public_id for rule in rules])
    return [to_row(rule, submissions.get(rule.public_id)) for rule in rules]


def to_row(rule: CouponRule, submission: Approval | None = None) -> dict[str, Any]:
    """Return a row of the list."""
    shown = display.describe(rule.terms)
    return {
        "id": rule.public_id, "number": rule.number, "name": rule.name, "kind": rule.kind,
        "headline": shown.headline, "validity": shown.validity, "step": rule.state,
        "validity_kind": rule.terms.validity.kind,
        "approval_state": rule_list.approval_state_of(rule), "state": rule_list.listing_state_of(rule),
        "stock": rule.stock, "issued": rule.issued,
        "remaining": None if rule.stock is None else rule.stock - rule.issued,
        "is_stopped": rule.stopped_at is not None, "by_campaign": rule.terms.by_campaign,
        "submitted_by": submission and submission.author, "approver": submission and submission.approver,
        "created_at": rule.created_at.isoformat(),
    }  # fmt: skip


def to_detail(rule: CouponRule, caller: StaffCaller) -> dict[str, Any]:
    """Return all of a rule: its terms, their words, its steps, what was added to its stock, its last submission."""
    submissions = approvals.list_submissions(coupon_rules.APPROVAL_KIND, rule.public_id)
    latest = submissions[-1] if submissions else None
    steps, increases = coupon_rules.list_history(rule), stock.list_increases(rule)
    names = accounts.read_names(row.actor for row in (*steps, *increases))
    return {
        **to_row(rule, latest),
        "programme": rule.programme.code,
        "cost_centre_name": cost_centres.name_of(rule.terms.cost_centre),
        "terms": rule.terms.model_dump(mode="json"),
        "texts": [{"label": label, "text": text} for label, text in term_texts.list_texts(rule.terms)],
        "preview": preview_terms(rule.terms),
        "copied_from": rule.copied_from.number if rule.copied_from else None,
        "approval": approval_routes.to_task(latest, caller) if latest else None,
        "steps": [
            {"id": str(step.id), "at": step.occurred_at.isoformat(), "by": names.get(step.actor, step.actor),
             "state": step.state, "note": step.note}
            for step in steps
        ],
        "increases": [
            {"id": str(row.id), "at": row.added_at.isoformat(), "by": names.get(row.actor, row.actor),
             "quantity": row.quantity, "cost_fen": row.cost_fen, "reason": row.reason}
            for row in increases
        ],
    }  # fmt: skip


def _centre_option(centre: CostCentre) -> dict[str, Any]:
    if centre.closed_at is None:
        return _option(centre.code, centre.name)
    return {**_option(centre.code, f"{centre.name}（已停用）"), "disabled": True}


def _option(value: str, label: str) -> dict[str, str]:
    return {"value": value, "label": label}
