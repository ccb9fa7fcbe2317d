"""Promotions: another person approved what acts, limits hold, and the ledger of uses agrees with the orders."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from peewee import fn

from store import approvals
from store.customers.members import Member
from store.integrity.check import Check, Rows
from store.orders.tables import Order, OrderDiscount
from store.promotions import promotions
from store.promotions.tables import Promotion, PromotionQuantity, PromotionUse

_BATCH_SIZE = 500


def _find_unapproved() -> Iterator[Any]:
    """Find promotions that act or acted without another person's approval of their content."""
    for row in Promotion.select().where(Promotion.state.in_(("approved", "paused", "ended"))):
        approval = approvals.find_approved(promotions.APPROVAL_KIND, row.public_id)
        is_right = (
            approval is not None
            and approval.version == row.version == row.approved_version
            and approval.decider not in (None, approval.author)
        )
        if not is_right:
            yield row.id, row.number, row.state


def _find_exceeded_limits() -> Iterator[Any]:
    """Find members with more uses than a promotion allows, except merged ones, whose uses are added."""
    merged = Member.alias()
    joined = merged.select().where(merged.merged_into == PromotionUse.member)
    rows: Any = (
        PromotionUse.select(
            PromotionUse.promotion, PromotionUse.member, PromotionUse.product, fn.SUM(PromotionUse.times)
        )
        .where(PromotionUse.member.is_null(False) & ~fn.EXISTS(joined))
        .group_by(PromotionUse.promotion, PromotionUse.member, PromotionUse.product)
        .tuples()
    )
    limits = {row.id: row.draft.limit_per_member for row in Promotion.select()}
    for promotion_id, member_id, _, times in rows:
        limit = limits[promotion_id]
        if times < 0 or (limit is not None and times > limit):
            yield promotion_id, member_id, int(times), limit


def _find_wrong_quantities() -> Rows:
    """Find limited quantities that differ from the ledger, or exceed what there is."""
    taken = (
        PromotionUse.select(fn.COALESCE(fn.SUM(PromotionUse.times), 0).cast("bigint"))
        .where(
            (PromotionUse.promotion == PromotionQuantity.promotion)
            & (PromotionUse.product == PromotionQuantity.product)
        )
    )  # fmt: skip
    wrong = (PromotionQuantity.taken != taken) | (PromotionQuantity.taken > PromotionQuantity.quantity)
    return (
        PromotionQuantity.select(
            PromotionQuantity.promotion, PromotionQuantity.product, PromotionQuantity.taken, taken
        )
        .where(wrong)
        .tuples()
    )


def _find_differing_orders() -> Iterator[Any]:
    """Find orders whose uses take off another amount than their discounts, or closed ones that still have uses."""
    rows: Any = (
        PromotionUse.select(
            PromotionUse.order_number, PromotionUse.promotion, fn.SUM(PromotionUse.times),
            fn.SUM(PromotionUse.off_fen),
        )
        .group_by(PromotionUse.order_number, PromotionUse.promotion)
        .order_by(PromotionUse.order_number)
        .tuples()
    )  # fmt: skip
    used: dict[str, dict[int, int]] = defaultdict(dict)
    for order_number, promotion_id, times, off_fen in rows:
        if times:
            used[order_number][promotion_id] = int(off_fen)
    numbers = {row.id: row.number for row in Promotion.select(Promotion.id, Promotion.number)}
    wanted = sorted(used)
    for start in range(0, len(wanted), _BATCH_SIZE):
        batch = wanted[start : start + _BATCH_SIZE]
        states, off = _read_orders(batch)
        for order_number in batch:
            for promotion_id, off_fen in used[order_number].items():
                discounted = off[order_number].get(numbers[promotion_id], 0)
                if states.get(order_number) in (None, "closed") or discounted != off_fen:
                    yield order_number, numbers[promotion_id], off_fen, discounted


def _read_orders(order_numbers: list[str]) -> tuple[dict[str, str], dict[str, dict[str, int]]]:
    """Return the states of orders, and by order and reference what its discounts take off by their shares."""
    orders = {row.id: row for row in Order.select().where(Order.number.in_(order_numbers))}
    off: dict[str, dict[str, int]] = defaultdict(dict)
    for row in OrderDiscount.select().where(OrderDiscount.order.in_(list(orders))):
        mine = off[orders[row.order_id].number]
        mine[row.reference] = mine.get(row.reference, 0) + sum(row.shares.values())
    return {row.number: row.state for row in orders.values()}, off


CHECKS = (
    Check(
        name="promotions.approved",
        invariant="生效过的促销都由他人按当前内容审批",
        message="促销 {0}（{1}，{2}）：没有他人对当前内容的审批",
        find_violations=_find_unapproved,
    ),
    Check(
        name="promotions.limits",
        invariant="每位会员享受促销的次数不超过限制，也不为负",
        message="促销 {0}：会员 {1} 享受了 {2} 次，限 {3} 次",
        find_violations=_find_exceeded_limits,
    ),
    Check(
        name="promotions.quantities",
        invariant="限量特价的已用数等于使用记录之和，不超过总量",
        message="促销 {0} 商品 {1}：记为 {2} 件，使用记录 {3} 件",
        find_violations=_find_wrong_quantities,
    ),
    Check(
        name="promotions.orders",
        invariant="订单的促销使用记录与订单优惠的分摊之和一致，已关闭的订单没有",
        message="订单 {0} 促销 {1}：使用记录优惠 {2} 分，订单优惠 {3} 分",
        find_violations=_find_differing_orders,
    ),
)
