"""Coupons: no rule gives more than it has, no coupon is used twice or offered to two, limits hold."""

from collections.abc import Iterator
from typing import Any

import peewee
from peewee import fn

from store.checks.finding import Check, Rows
from store.loyalty import cost_centres
from store.loyalty.coupon_batches import CouponBatch, CouponBatchPortion
from store.loyalty.coupon_gifts import CouponGift
from store.loyalty.coupon_rules import CouponRule
from store.loyalty.coupon_stock import CouponTopUp
from store.loyalty.coupon_uses import LIVE, CouponUse
from store.loyalty.coupons import Coupon
from store.people.members import Member

# The one use that a coupon has to have in these states; in the others it has none.
_USES = {"held": ("held",), "used": ("used", "forfeited")}


def _count(query: Any) -> Any:
    return fn.COALESCE(query, 0)


def _given_otherwise() -> Rows:
    """Rules whose count is not the coupons there are and those promised to open batches."""
    there = Coupon.select(fn.COUNT(Coupon.id)).where(Coupon.rule == CouponRule.id)
    promised = (
        CouponBatchPortion.select(fn.COALESCE(fn.SUM(CouponBatchPortion.size), 0).cast("bigint"))
        .join(CouponBatch)
        .where((CouponBatch.rule == CouponRule.id) & CouponBatchPortion.done_at.is_null())
    )
    return (
        CouponRule.select(CouponRule.id, CouponRule.issued, there, promised)
        .where(CouponRule.issued - there != promised)  # a sum of two queries would be their union
        .tuples()
    )


def _over_stock() -> Iterator[Any]:
    """Rules with more coupons than stock, or more stock than was approved and added."""
    sums: Any = CouponTopUp.select(CouponTopUp.rule, fn.SUM(CouponTopUp.quantity)).group_by(CouponTopUp.rule)
    added = dict(sums.tuples())
    for rule in CouponRule.select():
        approved = rule.terms.stock
        right = approved if approved is None else approved + int(added.get(rule.id, 0))
        if rule.stock != right or (rule.stock is not None and rule.issued > rule.stock):
            yield rule.id, rule.issued, rule.stock, right


def _unapproved() -> Iterator[Any]:
    """Rules whose coupons can be, or could be, had without somebody else's approval of these very terms."""
    for rule in CouponRule.select():
        given = rule.state in ("approved", "listed", "delisted", "ended") or rule.issued
        if given and (rule.version != rule.approved_version or rule.approver in (None, rule.asked_by)):
            yield rule.id, rule.state


def _of_no_cost_centre() -> Iterator[Any]:
    """Rules whose costs no report would show."""
    there = {centre.code for centre in cost_centres.listing()}
    for rule in CouponRule.select():
        if rule.terms.cost_centre not in there:
            yield rule.id, rule.terms.cost_centre


def _wrongly_used() -> Rows:
    """Coupons whose uses do not fit their state: used twice, or used without a use."""
    live = fn.COUNT(CouponUse.id)
    wanted = [
        (state, fn.SUM(peewee.Case(None, [(CouponUse.state.in_(kinds), 1)], 0)))
        for state, kinds in _USES.items()
    ]
    fitting = _count(peewee.Case(Coupon.state, wanted, 0))
    expected = peewee.Case(Coupon.state, [(state, 1) for state in _USES], 0)
    alive = (CouponUse.coupon == Coupon.id) & CouponUse.state.in_(LIVE)
    return (
        Coupon.select(Coupon.id, Coupon.state, live)
        .join(CouponUse, peewee.JOIN.LEFT_OUTER, on=alive)
        .group_by(Coupon.id)
        .having((live != expected) | (fitting != expected))
        .tuples()
    )


def _used_by_others() -> Rows:
    """Coupons that are used, or held for an order, by somebody who does not have them."""
    return (
        CouponUse.select(CouponUse.coupon, CouponUse.member, Coupon.member)
        .join(Coupon)
        .where(CouponUse.state.in_(LIVE) & (CouponUse.member != Coupon.member))
        .tuples()
    )


def _used_out_of_time() -> Rows:
    """What was held in time may be paid for later."""
    outside = (CouponUse.held_at < Coupon.starts_at) | (CouponUse.held_at >= Coupon.ends_at)
    return CouponUse.select(CouponUse.coupon, CouponUse.held_at).join(Coupon).where(outside).tuples()


def _over_limit() -> Iterator[Any]:
    """Members with more claims than the rule allows; a merge joins claims that were each within the limit."""
    merged = Member.alias()
    joined = merged.select().where(merged.merged_into == Coupon.received_by)
    most = fn.MAX(Coupon.nth)
    rows: Any = (
        Coupon.select(Coupon.received_by, Coupon.rule, most)
        .where((Coupon.origin == "claim") & ~fn.EXISTS(joined))
        .group_by(Coupon.received_by, Coupon.rule)
        .tuples()
    )
    limits = {rule.id: rule.terms.claims_per_member for rule in CouponRule.select()}
    for member_id, rule_id, count in rows:
        if count > (limits[rule_id] or 0):
            yield member_id, rule_id, count, limits[rule_id]


def _wrongly_offered() -> Rows:
    """Coupons whose open gifts do not fit their state."""
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


def _with_strangers() -> Rows:
    """Coupons that changed hands without a gift that was accepted."""
    accepted = CouponGift.select().where(
        (CouponGift.coupon == Coupon.id) & (CouponGift.state == "accepted")
        & (CouponGift.receiver == Coupon.member)
    )  # fmt: skip
    moved = (Coupon.member != Coupon.received_by) & ~fn.EXISTS(accepted)
    return Coupon.select(Coupon.id, Coupon.member).where(moved).tuples()


def _wrongly_split() -> Iterator[Any]:
    """Uses whose parts do not add up to their value, or that take more than the goods."""
    for use in CouponUse.select().iterator():
        parts = use.lines.values()
        if sum(parts) != use.value_fen or min(parts, default=0) < 0 or use.value_fen > use.order_fen:
            yield use.id, use.value_fen, sum(parts)


CHECKS = (
    Check(
        name="coupons.issued",
        promise="券规则的发放数等于实际发出与待发之和",
        sentence="券规则 {0}：记为发放 {1} 张，实有 {2} 张，待发 {3} 张",
        broken=_given_otherwise,
    ),
    Check(
        name="coupons.stock",
        promise="发放数不超过库存，库存等于批准数加增发数",
        sentence="券规则 {0}：发放 {1} 张，库存 {2} 张，批准与增发合计 {3} 张",
        broken=_over_stock,
    ),
    Check(
        name="coupons.approved",
        promise="每张券都按他人批准的条款发放",
        sentence="券规则 {0}（{1}）：条款与批准的版本不符，或没有他人批准",
        broken=_unapproved,
    ),
    Check(
        name="coupons.used_once",
        promise="每张券最多用于一个订单",
        sentence="券 {0}（{1}）：有效的用券记录有 {2} 条",
        broken=_wrongly_used,
    ),
    Check(
        name="coupons.cost_centre",
        promise="券规则的成本中心存在",
        sentence="券规则 {0}：成本中心 {1} 不存在",
        broken=_of_no_cost_centre,
    ),
    Check(
        name="coupons.used_by_holder",
        promise="券由持有人使用",
        sentence="券 {0}：由会员 {1} 使用，持有人是 {2}",
        broken=_used_by_others,
    ),
    Check(
        name="coupons.used_in_time",
        promise="券在有效期内使用",
        sentence="券 {0}：于 {1} 使用，不在有效期内",
        broken=_used_out_of_time,
    ),
    Check(
        name="coupons.claim_limit",
        promise="会员领取不超过每人限领数",
        sentence="会员 {0}：券规则 {1} 领取 {2} 张，限领 {3} 张",
        broken=_over_limit,
    ),
    Check(
        name="coupons.gifts",
        promise="转赠中的券恰有一个待领取的转赠",
        sentence="券 {0}（{1}）：待领取的转赠有 {2} 个",
        broken=_wrongly_offered,
    ),
    Check(
        name="coupons.holders",
        promise="券只因转赠被领取而换主人",
        sentence="券 {0}：在会员 {1} 名下，却没有相应的转赠",
        broken=_with_strangers,
    ),
    Check(
        name="coupons.split",
        promise="券的抵扣金额等于各行分摊之和",
        sentence="用券记录 {0}：抵扣 {1} 分，分摊合计 {2} 分",
        broken=_wrongly_split,
    ),
)
