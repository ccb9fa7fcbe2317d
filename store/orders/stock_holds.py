"""The stock of an order (订单库存): reserved when it is placed, sold when its goods leave, released when it closes."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from store.customers.members import Member
from store.flash_sales import holds as flash_holds
from store.orders import snapshots
from store.orders.requests import ReturnLine
from store.orders.tables import Order, OrderLine
from store.shops.shops import Shop
from store.stock import reservations
from store.stock.stock_lines import StockLine


def hold_new(order: Order, shop: Shop, member: Member | None, lines: Sequence[OrderLine]) -> None:
    """Reserve the goods of an order that this transaction has made, as `hold` does. An error undoes the order too."""
    flash_units = _sum_flash_items(lines)
    taken = flash_holds.hold_new(order.number, member, flash_units) if flash_units else {}
    wanted = _stock_lines(lines, taken)
    if wanted:
        reservations.reserve_new(shop=shop, order_number=order.number, lines=wanted, key=f"{order.number}:0")


def hold(order: Order, shop: Shop) -> None:
    """Reserve the goods of an order that are in the catalog, all or none. Idempotent while they are reserved.

    Goods of a flash sale are taken from its units. Requires the order's lock.
    Raises DomainError(stock_short) and those of `flash_sales.holds.hold`.
    """
    lines = snapshots.list_lines(order)
    earlier = len(reservations.list_of_order(order.number))
    wanted = _stock_lines(lines, _hold_flash_items(order, lines, is_new=not earlier))
    if not wanted:
        return
    reservations.reserve(shop=shop, order_number=order.number, lines=wanted, key=f"{order.number}:{earlier}")


def change(order: Order, shop: Shop, before: Iterable[OrderLine]) -> None:
    """Reserve the goods of a changed order instead of those of the lines `before`. Requires the order's lock."""
    lines_before, lines = list(before), snapshots.list_lines(order)
    same_goods = _sum(_stock_lines(lines_before)) == _sum(_stock_lines(lines))
    if same_goods and _sum_flash_items(lines_before) == _sum_flash_items(lines):
        return
    reservations.release(order.number)
    hold(order, shop)


def release(order: Order) -> None:
    """Release what an order reserves. Idempotent. Requires the order's lock."""
    reservations.release(order.number)
    flash_holds.release(order.number)


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
        return
    if not reservations.release_units(order_number=order.number, lines=back, key=key):
        return
    units: Counter[int] = Counter()
    for one in wanted:
        item_id = sold[one.line].flash_item_id
        if one.units and item_id is not None:
            units[item_id] += one.units
    flash_holds.refund(order.number, units, return_number=return_number)


def _hold_flash_items(order: Order, lines: Iterable[OrderLine], *, is_new: bool) -> dict[int, int]:
    """Hold the units of flash sales, and return by SKU those that were taken anew."""
    wanted = _sum_flash_items(lines)
    if is_new and not wanted:
        return {}
    member = Member.get_by_id(order.member_id) if wanted and order.member_id is not None else None
    return flash_holds.hold(order.number, member, wanted)


def _stock_lines(
    lines: Iterable[OrderLine], taken: Mapping[int, int] = MappingProxyType({})
) -> list[StockLine]:
    """Return the goods of lines. Of each SKU so many units as were `taken` from a sale are reserved already."""
    rest, found = Counter(taken), []
    for line in lines:
        if line.sku_id is None:
            continue
        set_aside = min(line.quantity, rest[line.sku_id]) if line.flash_item_id is not None else 0
        rest[line.sku_id] -= set_aside
        found.append(StockLine(sku_id=line.sku_id, quantity=line.quantity, set_aside=set_aside))
    return found


def _sum_flash_items(lines: Iterable[OrderLine]) -> Counter[int]:
    units: Counter[int] = Counter()
    for line in lines:
        if line.flash_item_id is not None:
            units[line.flash_item_id] += line.quantity
    return units


def _sum(lines: Iterable[StockLine]) -> dict[int, int]:
    total: dict[int, int] = {}
    for line in lines:
        total[line.sku_id] = total.get(line.sku_id, 0) + line.quantity
    return total
