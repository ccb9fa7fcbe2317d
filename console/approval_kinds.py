"""The kinds of approvals: the one table of what can be approved, with its right, its operations and its words."""

import json
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from typing import Any

from store import approvals
from store.activities import submissions as activity_submissions
from store.approvals import Approval
from store.core.errors import not_found
from store.coupons import display, term_texts
from store.coupons import rules as coupon_rules
from store.coupons import terms as coupon_terms
from store.coupons.terms import Terms
from store.flash_sales import submissions as flash_submissions
from store.points import adjustments as point_adjustments
from store.promotions import drafts as promotion_drafts
from store.promotions import promotion_list, promotions
from store.promotions import texts as promotion_texts
from store.shop_orders import change_approvals


@dataclass(frozen=True)
class ApprovalKind:
    """`decide` and `withdraw` are the operations of the subject, which call those of `store.approvals`.

    `compare` gives label, text before and text after of what changes, `preview` what a customer will see.
    """

    title: str
    read_right: str
    right: str
    path: str
    decide: Callable[[Approval, bool, str, str], object]
    withdraw: Callable[[Approval], object]
    compare: Callable[[Approval], list[tuple[str, str, str]]]
    preview: Callable[[Approval], dict[str, Any] | None]


def get_kind(key: str) -> ApprovalKind:
    """Return a kind of approvals. Raises DomainError(not_found)."""
    if key not in KINDS:
        raise not_found("该审批")
    return KINDS[key]


def _decide_rule(approval: Approval, approved: bool, version: str, opinion: str) -> object:
    rule = coupon_rules.get_by_public_id(approval.subject)
    operation = coupon_rules.approve if approved else coupon_rules.reject
    return operation(rule, version=version, opinion=opinion)


def _withdraw_rule(approval: Approval) -> object:
    return coupon_rules.withdraw(coupon_rules.get_by_public_id(approval.subject))


def _compare_rule(approval: Approval) -> list[tuple[str, str, str]]:
    """Compare with the rule that this one was copied from, because approved terms never change."""
    rule = coupon_rules.find_by_public_id(approval.subject)
    source = rule.copied_from if rule is not None else None
    before = source.terms if source is not None and source.approved_version is not None else None
    return term_texts.compare(before, _to_terms(approval))


def _preview_rule(approval: Approval) -> dict[str, Any]:
    return preview_terms(_to_terms(approval))


def preview_terms(terms: Terms) -> dict[str, Any]:
    """Return what a customer sees of a coupon with these terms."""
    shown = ("name", "title", "colour", "logo_url", "picture_url", "content", "instructions", "disclaimer",
             "service_phone")  # fmt: skip
    return {**asdict(display.describe(terms)), **{name: getattr(terms, name) for name in shown}}


def _to_terms(approval: Approval) -> Terms:
    return coupon_terms.parse(json.dumps(approval.content, sort_keys=True))


def _decide_points(approval: Approval, approved: bool, version: str, opinion: str) -> object:
    operation = point_adjustments.approve if approved else point_adjustments.reject
    return operation(approval, version=version, opinion=opinion)


def _decide_order(approval: Approval, approved: bool, version: str, opinion: str) -> object:
    operation = change_approvals.approve if approved else change_approvals.reject
    return operation(approval, version=version, opinion=opinion)


def _decide_activity(approval: Approval, approved: bool, version: str, opinion: str) -> object:
    operation = activity_submissions.approve if approved else activity_submissions.reject
    return operation(approval, version=version, opinion=opinion)


def _decide_promotion(approval: Approval, approved: bool, version: str, opinion: str) -> object:
    operation = promotions.approve if approved else promotions.reject
    return operation(promotions.get_by_public_id(approval.subject), version=version, opinion=opinion)


def _withdraw_promotion(approval: Approval) -> object:
    return promotions.withdraw(promotions.get_by_public_id(approval.subject))


def _compare_promotion(approval: Approval) -> list[tuple[str, str, str]]:
    """Compare with the promotion that this one was copied from, because what is approved never changes."""
    row = promotions.find_by_public_id(approval.subject)
    source = row.copied_from if row is not None else None
    before = source.draft if source is not None and source.approved_version is not None else None
    return promotion_texts.compare(before, promotion_drafts.parse(approval.content["json"]))


def _decide_flash_sale(approval: Approval, approved: bool, version: str, opinion: str) -> object:
    operation = flash_submissions.approve if approved else flash_submissions.reject
    return operation(approval, version=version, opinion=opinion)


KINDS: dict[str, ApprovalKind] = {
    activity_submissions.APPROVAL_KIND: ApprovalKind(
        title="抽奖活动", read_right="activities.read", right="activities.approve", path="/activities",
        decide=_decide_activity, withdraw=approvals.withdraw, compare=activity_submissions.describe_changes,
        preview=lambda approval: None,
    ),
    flash_submissions.APPROVAL_KIND: ApprovalKind(
        title="限时抢购", read_right="flash_sales.read", right="flash_sales.approve", path="/flash-sales",
        decide=_decide_flash_sale, withdraw=flash_submissions.withdraw, compare=flash_submissions.describe_changes,
        preview=lambda approval: None,
    ),
    coupon_rules.APPROVAL_KIND: ApprovalKind(
        title="优惠券规则", read_right="coupon_rules.read", right="coupon_rules.approve", path="/coupon-rules",
        decide=_decide_rule, withdraw=_withdraw_rule, compare=_compare_rule, preview=_preview_rule,
    ),
    point_adjustments.APPROVAL_KIND: ApprovalKind(
        title="积分调整", read_right="point_accounts.read", right="point_accounts.approve", path="/members",
        decide=_decide_points, withdraw=approvals.withdraw, compare=point_adjustments.describe,
        preview=lambda approval: None,
    ),
    change_approvals.APPROVAL_KIND: ApprovalKind(
        title="订单改价退款", read_right="shop_orders.read", right="shop_orders.approve", path="/shop-orders",
        decide=_decide_order, withdraw=approvals.withdraw, compare=change_approvals.describe,
        preview=lambda approval: None,
    ),
    promotions.APPROVAL_KIND: ApprovalKind(
        title="促销", read_right="promotions.read", right="promotions.approve", path="/promotions",
        decide=_decide_promotion, withdraw=_withdraw_promotion, compare=_compare_promotion,
        preview=lambda approval: None,
    ),
}  # fmt: skip


def select_seen(shop_ids: Collection[int] | None) -> dict[str, Any]:
    """Return the queries of the subjects that an account of some shops sees, by kind."""
    return {
        **point_adjustments.select_seen(shop_ids), **change_approvals.select_seen(shop_ids),
        **promotion_list.select_seen(shop_ids),
    }  # fmt: skip


def list_readable(rights: frozenset[str]) -> list[str]:
    """Return the kinds whose subjects an account may read."""
    return [key for key, kind in KINDS.items() if kind.read_right in rights]


def list_submissions(approval: Approval) -> list[Approval]:
    """Return all submissions of the subject of an approval, the first one first."""
    return approvals.list_submissions(approval.kind, approval.subject)
