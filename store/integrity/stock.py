"""Stock: every level equals the sum of its movements and of what orders reserve and have bought."""

from typing import Any

import peewee
from peewee import fn

from store.flash_sales.items import FlashSaleItem
from store.integrity.check import Check, Rows
from store.stock.levels import StockLevel
from store.stock.movements import StockMovement
from store.stock.reservations import StockReservation


def _find_ledger_mismatch(name: str) -> Rows:
    kept, booked = getattr(StockLevel, name), _sum(getattr(StockMovement, name))
    return _compare(kept, booked, StockMovement)


def _find_reserved_mismatch() -> Rows:
    """Find levels whose reserved units are not those of open reservations and of flash sales."""
    row, item = StockReservation, FlashSaleItem
    open_rows = (row.level == StockLevel.id) & (row.state == "reserved")
    orders = row.select(_sum(row.quantity - row.released)).where(open_rows)
    left = item.select(_sum(item.stock - item.held - item.sold - item.returned)).where(
        item.level == StockLevel.id
    )
    booked = fn.COALESCE(orders, 0) + fn.COALESCE(left, 0)  # two queries with a + would be a union
    return (
        StockLevel.select(StockLevel.id, StockLevel.reserved, booked)
        .where(StockLevel.reserved != booked)
        .tuples()
    )


def _find_sold_mismatch() -> Rows:
    """Find levels whose sold units are not those that orders took and did not bring back."""
    kept = StockReservation.quantity - StockReservation.released - StockReservation.returned
    return _compare(
        StockLevel.sold, _sum(_units_if(StockReservation.state == "sold", kept)), StockReservation
    )


def _find_out_of_range() -> Rows:
    row = StockLevel
    beyond = (row.on_hand < row.reserved) | (row.reserved < 0) | (row.sold < 0)
    return row.select(row.id, row.on_hand, row.reserved, row.sold).where(beyond).tuples()


def _find_reservation_mismatch() -> Rows:
    """Find reservations whose movements do not match what they reserved and sold."""
    row, movement = StockReservation, StockMovement
    reserved = _sum(_units_if(movement.kind == "reserved", movement.reserved))
    sold = _sum(_units_if(movement.kind == "sold", 0 - movement.on_hand))
    due_sold = _units_if(row.state == "sold", row.quantity - row.released)
    own_keys = [
        movement.key == peewee.Value(f"{kind}:").concat(row.id.cast("text")) for kind in ("reserved", "sold")
    ]
    return (
        row.select(row.id, row.order_number, reserved, sold)
        .join(movement, peewee.JOIN.LEFT_OUTER, on=(own_keys[0] | own_keys[1]))
        .group_by(row.id)
        .having((reserved != row.quantity - row.set_aside) | (sold != due_sold))
        .tuples()
    )


def _compare(kept: Any, booked: Any, model: Any) -> Rows:
    query = StockLevel.select(StockLevel.id, kept, booked)
    return query.join(model, peewee.JOIN.LEFT_OUTER).group_by(StockLevel.id).having(kept != booked).tuples()


def _units_if(condition: Any, units: Any) -> Any:
    return peewee.Case(None, [(condition, units)], 0)


def _sum(expression: Any) -> Any:
    return fn.COALESCE(fn.SUM(expression), 0).cast("bigint")


CHECKS = (
    Check(
        name="stock.on_hand",
        invariant="现有库存等于流水之和",
        message="库存 {0}：现有 {1} 件，流水合计 {2} 件",
        find_violations=lambda: _find_ledger_mismatch("on_hand"),
    ),
    Check(
        name="stock.reserved_ledger",
        invariant="占用库存等于流水之和",
        message="库存 {0}：占用 {1} 件，流水合计 {2} 件",
        find_violations=lambda: _find_ledger_mismatch("reserved"),
    ),
    Check(
        name="stock.reserved",
        invariant="占用库存等于未结束的订单占用与抢购预留之和",
        message="库存 {0}：占用 {1} 件，订单和抢购合计 {2} 件",
        find_violations=_find_reserved_mismatch,
    ),
    Check(
        name="stock.sold",
        invariant="已售库存等于订单出库减退货之和",
        message="库存 {0}：已售 {1} 件，订单合计 {2} 件",
        find_violations=_find_sold_mismatch,
    ),
    Check(
        name="stock.limits",
        invariant="库存不为负，占用不超过现有",
        message="库存 {0}：现有 {1} 件，占用 {2} 件，已售 {3} 件",
        find_violations=_find_out_of_range,
    ),
    Check(
        name="stock.reservations",
        invariant="每笔订单占用与流水相符",
        message="订单占用 {0}（订单 {1}）：流水占用合计 {2} 件，出库合计 {3} 件",
        find_violations=_find_reservation_mismatch,
    ),
)
