"""Orders: lines are the sum of discounts, tenders and what is due, holds agree with the state, returns fit."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from store.core.database import db
from store.coupons.redemption_records import CouponRedemption
from store.integrity.check import Check
from store.orders import return_records, sold_orders
from store.orders.tables import Order, OrderDiscount, OrderLine, OrderTender
from store.payments.refunds import Refund
from store.points.payments import PointPayment
from store.stored_value.payment_records import StoredValuePayment

_BATCH_SIZE = 500
# What an order may hold in a state: the states of what it took.
_HELD_STATES = {
    "placed": {"held"},
    "closed": {"released"},
    "paid": {"used", "committed", "returned", "forfeited"},
    "completed": {"used", "committed", "returned", "forfeited"},
}


class _Loaded(NamedTuple):
    """An order with its rows."""

    order: Order
    lines: list[OrderLine]
    discounts: list[OrderDiscount]
    tenders: list[OrderTender]


def _iterate_orders(*, sales_only: bool = False) -> Iterator[_Loaded]:
    """Yield all orders with their rows, which are read for hundreds of orders at once."""
    last_id = 0
    while True:
        query = Order.select().where(Order.id > last_id).order_by(Order.id).limit(_BATCH_SIZE)
        batch = list(query.where(Order.direction == "sale") if sales_only else query)
        if not batch:
            return
        last_id = batch[-1].id
        found = [_by_order(table, batch) for table in (OrderLine, OrderDiscount, OrderTender)]
        for order in batch:
            yield _Loaded(order, *(rows[order.id] for rows in found))


def _by_order(table: Any, batch: list[Order]) -> dict[int, list[Any]]:
    rows = defaultdict(list)
    for row in table.select().where(db.in_ids(table.order, [order.id for order in batch])):
        rows[row.order_id].append(row)
    return rows


def _find_unbalanced_lines() -> Iterator[Any]:
    """Find lines whose list amount is not the sum of discounts, tenders and what is due."""
    for order, lines, discounts, tenders in _iterate_orders():
        for line in lines:
            shares = sum(part.shares.get(line.line, 0) for part in (*discounts, *tenders))
            if shares + line.due_fen != line.list_fen:
                yield order.number, line.line, line.list_fen, shares + line.due_fen


def _find_unbalanced_orders() -> Iterator[Any]:
    """Find orders whose totals differ from their lines, or whose money is neither taken nor due."""
    for order, lines, _, tenders in _iterate_orders():
        is_open = order.state in ("placed", "closed")
        money = sum(tender.fen for tender in tenders if tender.attempt_id is not None)
        expected = (
            sum(line.list_fen for line in lines),
            sum(line.goods_fen for line in lines),
            sum(line.due_fen for line in lines),
            order.money_fen if order.is_return else money,
        )
        due = order.due_fen + (order.money_fen if is_open else 0)
        found = (order.list_fen, order.total_fen, due, order.money_fen)
        if found != expected:
            yield order.number, found, expected


def _find_wrong_splits() -> Iterator[Any]:
    """Find discounts and tenders whose shares do not sum to them. Money is split when the order is paid."""
    for order, _, discounts, tenders in _iterate_orders():
        for part in (*discounts, *tenders):
            waits = order.state in ("placed", "closed") and getattr(part, "attempt_id", None) is not None
            if sum(part.shares.values()) != (0 if waits else part.fen):
                yield order.number, part.kind, part.fen, sum(part.shares.values())


def _find_wrong_holds() -> Iterator[Any]:
    """Find orders whose coupons, points or stored value are in a state that the order is not."""
    for order, _, discounts, tenders in _iterate_orders(sales_only=True):
        coupons = [part for part in discounts if part.kind == "coupon"]
        wanted = {
            CouponRedemption: len(coupons) + sum(tender.kind == "voucher" for tender in tenders),
            PointPayment: sum(tender.points for tender in tenders),
            StoredValuePayment: sum(tender.fen for tender in tenders if tender.kind == "stored_value"),
        }
        fitting = _HELD_STATES[order.state]
        for table, amount in wanted.items():
            rows = table.find_all(order_number=order.number)
            live = [row for row in rows if row.state in fitting]
            astray = [row for row in rows if row.state not in fitting | {"released"}]
            if astray or (order.state != "closed" and _amount(live) != amount):
                yield order.number, order.state, table.__name__, amount, _amount(live)


def _amount(rows: list[Any]) -> int:
    if rows and isinstance(rows[0], CouponRedemption):
        return len({row.coupon_id for row in rows})
    return sum(row.points if isinstance(row, PointPayment) else row.amount_fen for row in rows)


def _find_excess_returns() -> Iterator[Any]:
    """Find lines of which more came back than was sold."""
    for order in Order.select().where(Order.id.in_(Order.select(Order.original))).iterator():
        for line, state in sold_orders.replay(return_records.read(order)).items():
            left = (state.units_left, state.fen_left, state.discount_left, *state.tenders.values())
            if min(left) < 0:
                yield order.number, line, state.units_left, state.fen_left


def _find_missing_refunds() -> Iterator[Any]:
    """Find returns whose money was not refunded against the attempts."""
    for row in Order.select().where(Order.direction == "return").iterator():
        refunded = sum(
            refund.amount_fen for refund in Refund.select().where(Refund.number.startswith(f"{row.number}R"))
        )
        if refunded != row.money_fen:
            yield row.number, row.money_fen, refunded


CHECKS = (
    Check(
        name="orders.lines",
        invariant="订单每行的原价等于优惠、支付与待付的分摊之和",
        message="订单 {0} 第 {1} 行：原价 {2} 分，分摊合计 {3} 分",
        find_violations=_find_unbalanced_lines,
    ),
    Check(
        name="orders.totals",
        invariant="订单金额等于各行之和，应付金额不是已收就是待付",
        message="订单 {0}：记为 {1}，应为 {2}（原价、实付、待付、已收，分）",
        find_violations=_find_unbalanced_orders,
    ),
    Check(
        name="orders.splits",
        invariant="每项优惠和支付等于其分摊之和",
        message="订单 {0} 的 {1}：{2} 分，分摊合计 {3} 分",
        find_violations=_find_wrong_splits,
    ),
    Check(
        name="orders.holds",
        invariant="订单占用的券、积分和储值与订单状态相符",
        message="订单 {0}（{1}）的 {2}：订单记为 {3}，实有 {4}",
        find_violations=_find_wrong_holds,
    ),
    Check(
        name="orders.returns",
        invariant="退货不超过原订单",
        message="订单 {0} 第 {1} 行：退货后剩余 {2} 件、{3} 分",
        find_violations=_find_excess_returns,
    ),
    Check(
        name="orders.refunds",
        invariant="退单的退款等于应退的现金部分",
        message="退单 {0}：应退 {1} 分，退款合计 {2} 分",
        find_violations=_find_missing_refunds,
    ),
)
