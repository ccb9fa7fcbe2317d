"""Orders of the shop: the fulfilment agrees with the order, its stock and its last step."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from store.core.database import db
from store.integrity.check import Check
from store.orders.fulfilments import KINDS, Fulfilment, FulfilmentStep
from store.orders.tables import Order
from store.stock.reservations import StockReservation

_BATCH_SIZE = 500
_ORDER_STATES = {
    "unpaid": {"placed"},
    "placed": {"paid"},
    "accepted": {"paid"},
    "ready": {"paid"},
    "shipped": {"paid"},
    "received": {"paid"},
    "completed": {"completed"},
    "closed": {"closed"},
    "refused": {"paid", "closed"},
    "refunded": {"paid"},
}
_OPEN = {"placed", "accepted", "ready", "shipped"}  # these may still wait for cash on delivery
_ENDED_WITHOUT_GOODS = {"refused", "refunded", "closed"}
_BEFORE_SHIPPING = {"unpaid", "placed", "accepted"}  # after that the goods are sold, or they came back


def _find_wrong_states() -> Iterator[Any]:
    """Find fulfilments whose order is in a state that does not fit."""
    for row in _iterate():
        fitting = set(_ORDER_STATES[row.state])
        if row.payment_terms == "cash_on_delivery" and row.state in _OPEN:
            fitting.add("placed")
        if row.order.state not in fitting:
            yield row.order.number, row.state, row.order.state


def _find_missing_rows() -> Iterator[Any]:
    """Find orders of the shop without a fulfilment."""
    have = Fulfilment.select(Fulfilment.order)
    query = Order.select(Order.number).where(
        Order.kind.in_(KINDS), Order.direction == "sale", Order.source.in_(("miniprogram", "h5", "staff"))
    )
    yield from query.where(Order.id.not_in(have)).tuples()


def _find_wrong_stock() -> Iterator[Any]:
    """Find orders whose stock is reserved or sold while their state says otherwise."""
    rows = list(_iterate())
    held: dict[str, list[StockReservation]] = defaultdict(list)
    for one in StockReservation.select().iterator():
        held[one.order_number].append(one)
    for row in rows:
        for one in held[row.order.number]:
            is_kept = row.state in _ENDED_WITHOUT_GOODS and one.state == "sold" and one.units_left
            wrong = "sold" if row.state in _BEFORE_SHIPPING else "reserved"
            if one.state == wrong or is_kept:
                yield row.order.number, row.state, one.state, one.units_left


def _find_wrong_steps() -> Iterator[Any]:
    """Find fulfilments whose last step names another state."""
    last: dict[int, str] = {}
    for step in FulfilmentStep.select().order_by(FulfilmentStep.id).iterator():
        last[step.fulfilment_id] = step.state
    for row in _iterate():
        if last.get(row.id) != row.state:
            yield row.order.number, row.state, last.get(row.id)


def _iterate() -> Iterator[Fulfilment]:
    """Yield the fulfilments with their orders, which are read for hundreds at once."""
    last_id = 0
    while True:
        batch = list(
            Fulfilment.select().where(Fulfilment.id > last_id).order_by(Fulfilment.id).limit(_BATCH_SIZE)
        )
        if not batch:
            return
        last_id = batch[-1].id
        found = Order.select().where(db.in_ids(Order.id, [row.order_id for row in batch]))
        by_id = {order.id: order for order in found}
        for row in batch:
            row.order = by_id[row.order_id]
            yield row


CHECKS = (
    Check(
        name="shop_orders.states",
        invariant="商城订单的状态与付款状态相符",
        message="订单 {0}：状态 {1}，付款状态 {2}",
        find_violations=_find_wrong_states,
    ),
    Check(
        name="shop_orders.rows",
        invariant="每张商城订单都有履约记录",
        message="订单 {0} 没有履约记录",
        find_violations=_find_missing_rows,
    ),
    Check(
        name="shop_orders.stock",
        invariant="商城订单的库存占用与状态相符",
        message="订单 {0}：状态 {1}，库存 {2}，剩余 {3} 件",
        find_violations=_find_wrong_stock,
    ),
    Check(
        name="shop_orders.steps",
        invariant="商城订单的最后一步与状态相同",
        message="订单 {0}：状态 {1}，最后一步 {2}",
        find_violations=_find_wrong_steps,
    ),
)
