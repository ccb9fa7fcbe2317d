"""Coupons: issued coupons do not exceed the stock, a coupon is used or offered once, limits hold."""

from collections.abc import Iterator
from typing import Any

import peewee
from peewee import fn

from store import approvals
from store.activities.activities import Activity, Prize
from store.coupons import rules as coupon_rules
from store.coupons.bulk_issue import CouponBatch, CouponBatchChunk
from store.coupons.coupons import Coupon
from store.coupons.gifts import CouponGift
from store.coupons.redemption_records import ACTIVE_STATES, CouponRedemption
from store.coupons.rules import CouponRule
from store.coupons.stock import CouponStockIncrease
from store.customers.members import Member
from store.draws.wins import Win
from store.integrity.check import Check, Rows
from store.tenants import cost_centres

# The one use that a coupon has to have in these states; in the others it has none.
_EXPECTED_REDEMPTION_STATES = {"held": ("held",), "used": ("used", "forfeited")}


def _or_zero(query: Any) -> Any:
    return fn.COALESCE(query, 0)


def _find_issued_mismatch() -> Rows:
    """Find rules whose count differs from the issued coupons plus those of unfinished chunks and draws."""
    there = Coupon.select(fn.COUNT(Coupon.id)).where(Coupon.rule == CouponRule.id)
    promised = (
        CouponBatchChunk.select(fn.COALESCE(fn.SUM(CouponBatchChunk.size), 0).cast("bigint"))
        .join(CouponBatch)
        .where((CouponBatch.rule == CouponRule.id) & CouponBatchChunk.finished_at.is_null())
    )
    undrawn = (
        Prize.select(fn.COALESCE(fn.SUM(Prize.quantity - Prize.given), 0).cast("bigint"))
        .join(Activity)
        .where((Prize.coupon_rule == CouponRule.id) & Activity.state.in_(("running", "paused")))
    )
    unclaimed = (
        Win.select(fn.COUNT(Win.id))
        .join(Prize)
        .where((Prize.coupon_rule == CouponRule.id) & (Win.state == "waiting"))
    )
    return (
        CouponRule.select(CouponRule.id, CouponRule.issued, there, promised)
        .where(
            CouponRule.issued - there - undrawn - unclaimed != promised
        )  # a sum of two queries is their union
        .tuples()
    )


def _find_stock_mismatch() -> Iterator[Any]:
    """Find rules with more coupons than stock, or more stock than was approved and added."""
    sums: Any = CouponStockIncrease.select(
        CouponStockIncrease.rule, fn.SUM(CouponStockIncrease.quantity)
    ).group_by(CouponStockIncrease.rule)
    added = dict(sums.tuples())
    for rule in CouponRule.select():
        approved = rule.terms.stock
        right = approved if approved is None else approved + int(added.get(rule.id, 0))
        if rule.stock != right or (rule.stock is not None and rule.issued > rule.stock):
            yield rule.id, rule.issued, rule.stock, right


def _find_unapproved_rules() -> Iterator[Any]:
    """Find rules that issue coupons without another person's approval of the current terms."""
    for rule in CouponRule.select():
        given = rule.state in ("approved", "listed", "delisted", "ended") or rule.issued
        if given and not (rule.version == rule.approved_version and _is_approved_by_another(rule)):
            yield rule.id, rule.state


def _is_approved_by_another(rule: CouponRule) -> bool:
    approval = approvals.find_approved(coupon_rules.APPROVAL_KIND, rule.public_id)
    return (
        approval is not None
        and approval.version == rule.version
        and approval.decider not in (None, approval.author)
    )


def _find_missing_cost_centres() -> Iterator[Any]:
    """Find rules whose costs appear in no report."""
    there = {centre.code for centre in cost_centres.list_cost_centres()}
    for rule in CouponRule.select():
        if rule.terms.cost_centre not in there:
            yield rule.id, rule.terms.cost_centre


def _find_invalid_redemptions() -> Rows:
    """Find coupons whose redemptions do not match their state."""
    live = fn.COUNT(CouponRedemption.id)
    wanted = [
        (state, fn.SUM(peewee.Case(None, [(CouponRedemption.state.in_(kinds), 1)], 0)))
        for state, kinds in _EXPECTED_REDEMPTION_STATES.items()
    ]
    fitting = _or_zero(peewee.Case(Coupon.state, wanted, 0))
    expected = peewee.Case(Coupon.state, [(state, 1) for state in _EXPECTED_REDEMPTION_STATES], 0)
    alive = (CouponRedemption.coupon == Coupon.id) & CouponRedemption.state.in_(ACTIVE_STATES)
    return (
        Coupon.select(Coupon.id, Coupon.state, live)
        .join(CouponRedemption, peewee.JOIN.LEFT_OUTER, on=alive)
        .group_by(Coupon.id)
        .having((live != expected) | (fitting != expected))
        .tuples()
    )


def _find_foreign_redemptions() -> Rows:
    """Find coupons that are used or held by a member who is not their holder."""
    return (
        CouponRedemption.select(CouponRedemption.coupon, CouponRedemption.member, Coupon.member)
        .join(Coupon)
        .where(CouponRedemption.state.in_(ACTIVE_STATES) & (CouponRedemption.member != Coupon.member))
        .tuples()
    )


def _find_redemptions_outside_validity() -> Rows:
    """Find redemptions that were held outside the coupon's validity. Payment may be later."""
    outside = (CouponRedemption.held_at < Coupon.starts_at) | (CouponRedemption.held_at >= Coupon.ends_at)
    return (
        CouponRedemption.select(CouponRedemption.coupon, CouponRedemption.held_at)
        .join(Coupon)
        .where(outside)
        .tuples()
    )


def _find_exceeded_claim_limits() -> Iterator[Any]:
    """Find members with more claims than the rule allows, except merged ones, whose claims are added."""
    merged = Member.alias()
    joined = merged.select().where(merged.merged_into == Coupon.received_by)
    most = fn.MAX(Coupon.sequence)
    rows: Any = (
        Coupon.select(Coupon.received_by, Coupon.rule, most)
        .where((Coupon.issue_key == "claim") & ~fn.EXISTS(joined))
        .group_by(Coupon.received_by, Coupon.rule)
        .tuples()
    )
    limits = {rule.id: rule.terms.claims_per_member for rule in CouponRule.select()}
    for member_id, rule_id, count in rows:
        if count > (limits[rule_id] or 0):
            yield member_id, rule_id, count, limits[rule_id]


def _find_invalid_gifts() -> Rows:
    """Find coupons whose open gifts do not match their state."""
    count = fn.COUNT(CouponGift.id)
    expected = peewee.Case(Coupon.state, [("gifting", 1)], 0)
    is_open = (CouponGift.coupon == Coupon.id) & (CouponGift.state == "offered")
    return (
        Coupon.select(Coupon.id, Coupon.state, count)
        .join(CouponGift, peewee.JOIN.LEFT_OUTER, on=is_open)
        .group_by(Coupon.id)
        .having(count != expected)
        .tuples()
    )


def _find_unexplained_holders() -> Rows:
    """Find coupons that changed the holder without an accepted gift."""
    accepted = CouponGift.select().where(
        (CouponGift.coupon == Coupon.id) & (CouponGift.state == "accepted")
        & (CouponGift.receiver == Coupon.member)
    )  # fmt: skip
    moved = (Coupon.member != Coupon.received_by) & ~fn.EXISTS(accepted)
    return Coupon.select(Coupon.id, Coupon.member).where(moved).tuples()


def _find_invalid_splits() -> Iterator[Any]:
    """Find redemptions whose parts do not add up to their value, or that exceed the order."""
    for use in CouponRedemption.select().iterator():
        parts = use.amounts_by_line.values()
        if sum(parts) != use.value_fen or min(parts, default=0) < 0 or use.value_fen > use.order_fen:
            yield use.id, use.value_fen, sum(parts)


CHECKS = (
    Check(
        name="coupons.issued",
        invariant="券规则的发放数等于实际发出与待发之和",
        message="券规则 {0}：记为发放 {1} 张，实有 {2} 张，待发 {3} 张",
        find_violations=_find_issued_mismatch,
    ),
    Check(
        name="coupons.stock",
        invariant="发放数不超过库存，库存等于批准数加增发数",
        message="券规则 {0}：发放 {1} 张，库存 {2} 张，批准与增发合计 {3} 张",
        find_violations=_find_stock_mismatch,
    ),
    Check(
        name="coupons.approved",
        invariant="每张券都按他人批准的条款发放",
        message="券规则 {0}（{1}）：条款与批准的版本不符，或没有他人批准",
        find_violations=_find_unapproved_rules,
    ),
    Check(
        name="coupons.used_once",
        invariant="每张券最多用于一个订单",
        message="券 {0}（{1}）：有效的用券记录有 {2} 条",
        find_violations=_find_invalid_redemptions,
    ),
    Check(
        name="coupons.cost_centre",
        invariant="券规则的成本中心存在",
        message="券规则 {0}：成本中心 {1} 不存在",
        find_violations=_find_missing_cost_centres,
    ),
    Check(
        name="coupons.used_by_holder",
        invariant="券由持有人使用",
        message="券 {0}：由会员 {1} 使用，持有人是 {2}",
        find_violations=_find_foreign_redemptions,
    ),
    Check(
        name="coupons.used_in_time",
        invariant="券在有效期内使用",
        message="券 {0}：于 {1} 使用，不在有效期内",
        find_violations=_find_redemptions_outside_validity,
    ),
    Check(
        name="coupons.claim_limit",
        invariant="会员领取不超过每人限领数",
        message="会员 {0}：券规则 {1} 领取 {2} 张，限领 {3} 张",
        find_violations=_find_exceeded_claim_limits,
    ),
    Check(
        name="coupons.gifts",
        invariant="转赠中的券恰有一个待领取的转赠",
        message="券 {0}（{1}）：待领取的转赠有 {2} 个",
        find_violations=_find_invalid_gifts,
    ),
    Check(
        name="coupons.holders",
        invariant="券只因转赠被领取而换主人",
        message="券 {0}：在会员 {1} 名下，却没有相应的转赠",
        find_violations=_find_unexplained_holders,
    ),
    Check(
        name="coupons.split",
        invariant="券的抵扣金额等于各行分摊之和",
        message="用券记录 {0}：抵扣 {1} 分，分摊合计 {2} 分",
        find_violations=_find_invalid_splits,
    ),
)
