"""Purchases against their returns and against the points that their orders earned."""

import peewee
from peewee import fn

from store.integrity.check import Check, Rows
from store.points.ledger import PointAccount, PointEntry
from store.points.rules import PointRule
from store.purchases import Purchase, PurchaseReturn
from store.tenants.cost_centres import CostCentre


def _find_refund_mismatch() -> Rows:
    total = fn.COALESCE(fn.SUM(PurchaseReturn.refunded_fen), 0).cast("bigint")
    return (
        Purchase.select(Purchase.id, Purchase.returned_fen, total)
        .join(PurchaseReturn, peewee.JOIN.LEFT_OUTER)
        .group_by(Purchase.id)
        .having(Purchase.returned_fen != total)
        .tuples()
    )


def _find_points_without_purchase() -> Rows:
    """Find entries made by a rule for an order that the member has not bought."""
    bought = Purchase.select().where(
        (Purchase.order_number == PointEntry.order_number) & (Purchase.member == PointAccount.member)
    )
    return (
        PointEntry.select(PointEntry.id, PointEntry.order_number)
        .join(PointAccount)
        .where(PointEntry.rule_id.is_null(False) & ~fn.EXISTS(bought))
        .tuples()
    )


def _find_double_accruals() -> Rows:
    """Find orders of which one line earned twice under the same rule."""
    count = fn.COUNT(PointEntry.id)
    return (
        PointEntry.select(fn.MIN(PointEntry.id), PointEntry.order_number, PointEntry.rule_id, count)
        .where(PointEntry.rule_id.is_null(False) & PointEntry.kind.in_(["transaction", "promotion"]))
        .group_by(
            PointEntry.order_number, PointEntry.order_line, PointEntry.rule_id, PointEntry.multiplier_id,
            PointEntry.kind,
        )
        .having(count > 1)
        .tuples()
    )  # fmt: skip


def _find_without_rule() -> Rows:
    rule = PointRule.select().where(PointRule.id == PointEntry.rule_id)
    return (
        PointEntry.select(PointEntry.id, PointEntry.rule_id)
        .where(PointEntry.rule_id.is_null(False) & ~fn.EXISTS(rule))
        .tuples()
    )


def _find_without_cost_centre() -> Rows:
    centre = CostCentre.select().where(CostCentre.code == PointEntry.cost_centre)
    return (
        PointEntry.select(PointEntry.id, PointEntry.cost_centre)
        .where(PointEntry.cost_centre.is_null(False) & ~fn.EXISTS(centre))
        .tuples()
    )


CHECKS = (
    Check(
        name="purchases.returned",
        invariant="消费的退款等于各次退货之和",
        message="消费 {0}：已退 {1} 分，各次退货合计 {2} 分",
        find_violations=_find_refund_mismatch,
    ),
    Check(
        name="points.order",
        invariant="按规则所得的积分都有本人的消费",
        message="积分流水 {0}：没有本人的订单 {1}",
        find_violations=_find_points_without_purchase,
    ),
    Check(
        name="points.earned_once",
        invariant="订单的每行按每条规则只得一次积分",
        message="积分流水 {0}：订单 {1} 的同一行按规则 {2} 得了 {3} 次积分",
        find_violations=_find_double_accruals,
    ),
    Check(
        name="points.rule",
        invariant="积分流水的规则存在",
        message="积分流水 {0}：积分规则 {1} 不存在",
        find_violations=_find_without_rule,
    ),
    Check(
        name="points.cost_centre",
        invariant="积分流水的成本中心存在",
        message="积分流水 {0}：成本中心 {1} 不存在",
        find_violations=_find_without_cost_centre,
    ),
)
