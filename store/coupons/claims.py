"""Claims (领券): the rules that are open to claims, as a member or a visitor sees them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from peewee import fn
from pydantic import Field

from store.core import errors, rate_limits
from store.core.keyset import Position
from store.coupons import rules as coupon_rules
from store.coupons import terms
from store.coupons.coupons import Coupon
from store.coupons.eligibility import IneligibilityReason
from store.coupons.rules import CouponRule
from store.customers import programmes
from store.customers.customers import Customer
from store.customers.members import Member
from store.tenants import settings

_VISIBLE_STATES = ("listed", "delisted", "ended")
_EXHAUSTED_REASONS = ("claim_limit", "coupons_gone")


class ClaimSettings(settings.SettingsGroup, name="coupon_claim"):
    """How often one customer may try to claim. No person is faster by hand."""

    max_per_customer_per_minute: int = Field(default=30, ge=1, le=10_000)


@dataclass(frozen=True)
class ClaimableCoupon:
    """`remaining` is None for an unlimited rule. `ineligible_reason` is None if it can be claimed."""

    rule: CouponRule
    remaining: int | None
    claimed: int
    limit: int
    ineligible_reason: IneligibilityReason | None


def check_claim_limit(customer: Customer) -> None:
    """Count an attempt to claim. Raises DomainError(too_many)."""
    rate_limits.consume(
        name=f"coupon_claims:{customer.id}", limit=settings.read(ClaimSettings).max_per_customer_per_minute,
        window_s=60, message="领取过于频繁，请稍后再试",
    )  # fmt: skip


def list_claimable(
    member: Member | None, *, page: int = 1, page_size: int = 20, after: Position | None = None
) -> tuple[list[ClaimableCoupon], int]:
    """Return one page of the claimable coupons, or what comes after a position, and their total.

    The newest come first, exhausted ones last.

    All listed rules are read, because their terms decide whether they are open to claims. They are few.
    """
    programme_id = member.programme_id if member else programmes.get_default().id
    running = (CouponRule.state == "listed") & CouponRule.stopped_at.is_null()
    running &= CouponRule.programme == programme_id
    rules = [
        rule
        for rule in CouponRule.select().where(running).order_by(CouponRule.id.desc())
        if rule.terms.claims_per_member is not None and not terms.is_expired_on_receipt(rule.terms)
    ]
    offers = sorted(_build_all(rules, member), key=get_position)
    if after is not None:
        return [offer for offer in offers if get_position(offer) > after][:page_size], len(offers)
    return offers[(page - 1) * page_size : page * page_size], len(offers)


def get_position(offer: ClaimableCoupon) -> Position:
    """Return the position of a listed coupon: exhausted ones come last, and of the others the newest first."""
    reason = offer.ineligible_reason
    return (reason is not None and reason.code in _EXHAUSTED_REASONS, -offer.rule.id)


def get_by_public_id(public_id: str, member: Member | None) -> ClaimableCoupon:
    """Return the claimable coupon of a rule that is or was listed. Raises DomainError(not_found)."""
    rule = coupon_rules.get_by_public_id(public_id)
    if rule.state not in _VISIBLE_STATES or rule.terms.claims_per_member is None:
        raise errors.not_found("该优惠券")
    return _build_all([rule], member)[0]


def _build_all(rules: list[CouponRule], member: Member | None) -> list[ClaimableCoupon]:
    before = _count_claimed([rule.id for rule in rules], member)
    return [_build_one(rule, member, before.get(rule.id, 0)) for rule in rules]


def _build_one(rule: CouponRule, member: Member | None, claimed: int) -> ClaimableCoupon:
    limit = rule.terms.claims_per_member or 0
    left = None if rule.stock is None else rule.stock - rule.issued
    return ClaimableCoupon(
        rule=rule,
        remaining=left,
        claimed=claimed,
        limit=limit,
        ineligible_reason=_find_ineligibility_reason(rule, member, left, limit - claimed),
    )


def _find_ineligibility_reason(
    rule: CouponRule, member: Member | None, remaining: int | None, claims_left: int
) -> IneligibilityReason | None:
    """Return the first reason for which `coupons.claim` would reject, or None."""
    if rule.state != "listed":
        return IneligibilityReason("coupon_rule_not_listed", f"该优惠券{coupon_rules.LABELS[rule.state]}")
    if rule.stopped_at is not None:
        return IneligibilityReason("coupon_rule_stopped", "该优惠券已紧急暂停")
    if terms.is_expired_on_receipt(rule.terms):
        return IneligibilityReason("coupon_rule_over", "该优惠券的有效期已过")
    if claims_left <= 0:
        return IneligibilityReason("claim_limit", f"每人限领 {rule.terms.claims_per_member} 张，您已领取")
    if remaining == 0:
        return IneligibilityReason("coupons_gone", "已被领完")
    if member is None:
        return IneligibilityReason("sign_in", "请先登录")
    if member.joined_at is None:
        return IneligibilityReason("members_only", "请先注册会员再领取")
    return None


def _count_claimed(rule_ids: Iterable[int], member: Member | None) -> dict[int, int]:
    """Return how many coupons of each rule a member has claimed, also if they were given away."""
    if member is None:
        return {}
    mine = (Coupon.received_by == member.id) & (Coupon.issue_key == "claim") & Coupon.rule.in_(list(rule_ids))
    rows: Any = Coupon.select(Coupon.rule, fn.MAX(Coupon.sequence)).where(mine).group_by(Coupon.rule)
    return dict(rows.tuples())
