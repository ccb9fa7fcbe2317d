"""A coupon offer (领券): a rule that is open to claims, as a member or a visitor sees it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from peewee import fn
from pydantic import Field

from store.company import settings
from store.kernel import limits, refusals
from store.loyalty import coupon_rules, coupon_terms
from store.loyalty.coupon_reasons import Reason
from store.loyalty.coupon_rules import CouponRule
from store.loyalty.coupons import Coupon
from store.people import programmes
from store.people.customers import Customer
from store.people.members import Member

_SHOWN = ("listed", "delisted", "ended")
_HAD = ("claim_limit", "coupons_gone")


class ClaimRules(settings.Topic):
    """How often one customer may try to claim; no thumb is faster."""

    per_customer_a_minute: int = Field(default=30, ge=1)


@dataclass(frozen=True)
class Offer:
    """`left` is None for an unlimited rule; `against` is why it cannot be claimed, None when it can."""

    rule: CouponRule
    left: int | None
    claimed: int
    limit: int
    against: Reason | None


def admit(customer: Customer) -> None:
    """Count an attempt to claim; refuses with `too_many`."""
    limits.take(
        name=f"coupon_claims:{customer.id}", most=settings.read(ClaimRules).per_customer_a_minute,
        window_s=60, sentence="领取过于频繁，请稍后再试",
    )  # fmt: skip


def listing(member: Member | None, *, page: int = 1, page_size: int = 20) -> tuple[list[Offer], int]:
    """One page of what is offered now, and how many there are: the newest first, what cannot be had any more last.

    Whether a rule is open stands in its terms, so all listed ones are read; they are few.
    """
    programme_id = member.programme_id if member else programmes.main().id
    running = (CouponRule.state == "listed") & (CouponRule.programme == programme_id)
    rules = [
        rule
        for rule in CouponRule.select().where(running).order_by(CouponRule.id.desc())
        if rule.terms.claims_per_member is not None and not coupon_terms.are_over(rule.terms)
    ]
    offers = sorted(
        _offers(rules, member), key=lambda offer: offer.against is not None and offer.against.code in _HAD
    )
    return offers[(page - 1) * page_size : page * page_size], len(offers)


def of_public_id(public_id: str, member: Member | None) -> Offer:
    """The offer of a rule that is or was listed; drafts and what is not open to claims are not found."""
    rule = coupon_rules.of_public_id(public_id)
    if rule.state not in _SHOWN or rule.terms.claims_per_member is None:
        raise refusals.not_found("该优惠券")
    return _offers([rule], member)[0]


def _offers(rules: list[CouponRule], member: Member | None) -> list[Offer]:
    before = _claimed([rule.id for rule in rules], member)
    return [_offer(rule, member, before.get(rule.id, 0)) for rule in rules]


def _offer(rule: CouponRule, member: Member | None, claimed: int) -> Offer:
    limit = rule.terms.claims_per_member or 0
    left = None if rule.stock is None else rule.stock - rule.issued
    return Offer(
        rule=rule,
        left=left,
        claimed=claimed,
        limit=limit,
        against=_against(rule, member, left, limit - claimed),
    )


def _against(rule: CouponRule, member: Member | None, left: int | None, allowed: int) -> Reason | None:
    """What `coupons.claim` would refuse, in the order in which it matters to a shopper."""
    if rule.state != "listed":
        return Reason("coupon_rule_not_listed", f"该优惠券{coupon_rules.WORDS[rule.state]}")
    if coupon_terms.are_over(rule.terms):
        return Reason("coupon_rule_over", "该优惠券的有效期已过")
    if allowed <= 0:
        return Reason("claim_limit", f"每人限领 {rule.terms.claims_per_member} 张，您已领取")
    if left == 0:
        return Reason("coupons_gone", "已被领完")
    if member is None:
        return Reason("sign_in", "请先登录")
    if member.joined_at is None:
        return Reason("members_only", "请先注册会员再领取")
    return None


def _claimed(rule_ids: Iterable[int], member: Member | None) -> dict[int, int]:
    """How many of each rule a member has claimed, those given away included."""
    if member is None:
        return {}
    mine = (Coupon.received_by == member.id) & (Coupon.origin == "claim") & Coupon.rule.in_(list(rule_ids))
    rows: Any = Coupon.select(Coupon.rule, fn.MAX(Coupon.nth)).where(mine).group_by(Coupon.rule)
    return dict(rows.tuples())
