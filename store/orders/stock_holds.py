"""The stock of an order (订单库存): reserved when it is placed, sold when its goods leave, released when it closes."""

from collections.abc import Iterable

from store.orders import snapshots
from store.orders.requests import ReturnLine
from store.orders.tables import Order, OrderLine
from store.shops.shops import Shop
from store.stock import reservations
from store.stock.reservations import StockLine


def hold(order: Order, shop: Shop) -> None:
    """Reserve the goods of an order that are in the catalog, all or none. Idempotent while they are reserved.

    Requires the order's lock. Raises DomainError(stock_short).
    """
    wanted = _stock_lines(snapshots.list_lines(order))
    if not wanted:
        return
    earlier = len(reservations.list_of_order(order.number))
    reservations.reserve(shop=shop, order_number=order.number, lines=wanted, key=f"{order.number}:{earlier}")


def change(order: Order, shop: Shop, before: Iterable[OrderLine]) -> None:
    """Reserve the goods of a changed order instead of those of the lines `before`. Requires the order's lock."""
    if _sum(_stock_lines(before)) == _sum(_stock_lines(snapshots.list_lines(order))):
        return
    release(order)
    hold(order, shop)


def release(order: Order) -> None:
    """Release what an order reserves. Idempotent. Requires the order's lock."""
    reservations.release(order.number)


def commit(order: Order) -> None:
    """Take the goods of an order out of the stock. Idempotent. Requires the order's lock."""
    reservations.commit(order.number)


def take_back(order: Order, wanted: Iterable[ReturnLine], return_number: str) -> None:
    """Return units to the stock: those still in the shop are released, the others come back.

    Idempotent by return. Requires the order's lock.
    """
    sold = {line.line: line for line in snapshots.list_lines(order)}
    back = [
        StockLine(sku_id=sku_id, quantity=one.units)
        for one in wanted
        if one.units and (sku_id := sold[one.line].sku_id) is not None
    ]
    rows = reservations.list_of_order(order.number)
    if not (back and rows):
        return
    key = f"{order.number}:{return_number}"
    if any(row.state == "sold" for row in rows):
        reservations.give_back(order_number=order.number, lines=back, key=key)
    else:
        reservations.release_units(order_number=order.number, lines=back, key=key)


def _stock_lines(lines: Iterable[OrderLine]) -> list[StockLine]:
    return [
        StockLine(sku_id=line.sku_id, quantity=line.quantity) for line in lines if line.sku_id is not None
    ]


def _sum(lines: Iterable[StockLine]) -> dict[int, int]:
    total: dict[int, int] = {}
    for line in lines:
        total[line.sku_id] = total.get(line.sku_id, 0) + line.quantity
    return total
