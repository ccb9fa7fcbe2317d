"""Reservations of stock by orders (占用): taken together, then sold or released, and given back by returns.

An order reserves when it is placed, sells when its goods leave the shop and releases when it is closed. Levels are
changed in the order of their ids.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import peewee

from store.catalog.skus import Sku
from store.core import clock, errors, input_limits
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.shops.shops import Shop
from store.stock import levels, movements
from store.stock.levels import MAX_QUANTITY, StockLevel
from store.stock.movements import StockMovement

TRANSITIONS: dict[str, set[str]] = {"reserved": {"sold", "released"}, "sold": set(), "released": set()}
MAX_NUMBER_LENGTH = 64


@dataclass(frozen=True)
class StockLine:
    """Units of a SKU that an order wants. Several lines may name the same SKU."""

    sku_id: int
    quantity: int


class StockReservation(Model):
    """Units of a level for an order, which has one at a time that is not released.

    `key` names the call that reserved. `returned` counts the units that came back after the sale.
    """

    order_number = peewee.CharField(max_length=MAX_NUMBER_LENGTH)
    key = peewee.CharField(max_length=100)
    level = peewee.ForeignKeyField(StockLevel, backref="reservations", index=False)
    quantity = peewee.BigIntegerField(constraints=[peewee.Check("quantity > 0")])
    returned = peewee.BigIntegerField(default=0)
    state = peewee.CharField(
        max_length=10, default="reserved", constraints=[peewee.Check(f"state IN {tuple(TRANSITIONS)}")]
    )
    reserved_at = UtcDateTimeField(default=clock.now)
    ended_at = UtcDateTimeField(null=True)

    class Meta:
        constraints = [
            peewee.Check("returned >= 0 AND returned <= quantity"),
            peewee.Check("returned = 0 OR state = 'sold'"),
        ]
        indexes = ((("order_number", "key", "level"), True), (("level", "state"), False))


StockReservation.add_index(
    StockReservation.index(
        StockReservation.order_number, StockReservation.level, unique=True, name="stock_reservation_live"
    ).where(peewee.SQL("state IN ('reserved', 'sold')"))
)


@db.transactional
def reserve(
    *, shop: Shop, order_number: str, lines: Iterable[StockLine], key: str | None = None
) -> list[StockReservation]:
    """Reserve the units of an order in a shop, all or none. Idempotent by order number and `key`.

    An order that was released reserves again under another `key`. Raises DomainError(invalid, stock_short,
    stock_reserved).
    """
    input_limits.check_key(order_number, field="order_number", max_length=MAX_NUMBER_LENGTH)
    key = input_limits.check_key(key or order_number)
    wanted = _sum_by_sku(lines)
    _lock_number(order_number)
    found = _find_existing(order_number, key)
    if found:
        _ensure_same(found, shop, wanted)
        return found
    rows = levels.list_levels(shop=shop, sku_ids=wanted)
    if len(rows) < len(wanted) or any(level.available < wanted[level.sku_id] for level in rows):
        raise _short_error(shop, wanted)
    with db.savepoint():  # a caller may catch the error, and then nothing is taken either
        return _take(shop, order_number, key, wanted, rows)


@db.transactional
def release(order_number: str) -> list[StockReservation]:
    """Release what an order reserves. Idempotent by order number. Raises DomainError(stock_sold)."""
    rows = _lock_of_order(order_number)
    if any(row.state == "sold" for row in rows):
        raise errors.DomainError("stock_sold", "订单商品已出库，不能释放库存", 409)
    return _end(rows, "released")


@db.transactional
def commit(order_number: str) -> list[StockReservation]:
    """Mark what an order reserves as sold. Idempotent by order number. Raises DomainError(stock_released)."""
    rows = _lock_of_order(order_number)
    if rows and all(row.state == "released" for row in rows):
        raise errors.DomainError("stock_released", "订单占用的库存已释放，不能出库", 409)
    return _end(rows, "sold")


@db.transactional
def give_back(*, order_number: str, lines: Iterable[StockLine], key: str) -> list[StockMovement]:
    """Return sold units of an order to the stock of its shop. Idempotent by `key`, such as a return's number.

    Raises DomainError(invalid, key_reused, stock_not_sold).
    """
    input_limits.check_key(key)
    wanted = _sum_by_sku(lines)
    rows = {row.level.sku_id: row for row in _lock_of_order(order_number) if row.state == "sold"}
    found = _find_returned(key, order_number, rows.values())
    if found:
        if {movement.level_id: movement.on_hand for movement in found} != {
            rows[sku_id].level_id: quantity for sku_id, quantity in wanted.items() if sku_id in rows
        }:
            raise errors.DomainError("key_reused", "该退货编号已用于另一次退货", 422)
        return found
    for sku_id, quantity in wanted.items():
        left = rows[sku_id].quantity - rows[sku_id].returned if sku_id in rows else 0
        if quantity > left:
            raise errors.DomainError("stock_not_sold", f"该商品最多还能退回 {left} 件", 409, remaining=left)
    chosen = sorted((rows[sku_id] for sku_id in wanted), key=lambda row: row.level_id)
    return [_give_back(row, wanted[row.level.sku_id], key) for row in chosen]


def list_of_order(order_number: str) -> list[StockReservation]:
    """Return the reservations of an order with their levels, also the ended ones, by level."""
    return _list_with_levels(order_number)


def _lock_number(order_number: str) -> None:
    """Let one call at a time reserve for an order: a repeat must not find the last unit taken by its own order."""
    db.advisory_lock(f"stock.order:{order_number}")


def _take(
    shop: Shop, order_number: str, key: str, wanted: dict[int, int], rows: list[StockLevel]
) -> list[StockReservation]:
    """Take the units from the levels in the order of their ids."""
    taken: list[StockReservation] = []
    for level in rows:
        row = StockReservation.create(
            order_number=order_number, key=key, level=level, quantity=wanted[level.sku_id]
        )
        posted = movements.post_movement(
            level.id, kind="reserved", key=_movement_key(row), reserved=row.quantity, subject=order_number
        )
        if posted is None:  # another order was faster
            raise _short_error(shop, wanted, taken)
        taken.append(row)
    return taken


def _end(rows: list[StockReservation], state: str) -> list[StockReservation]:
    """Move what is reserved to an end. Requires the locks of the rows."""
    for row in rows:
        if state in TRANSITIONS[row.state]:
            row.update_fields(state=state, ended_at=clock.now())
            posted = movements.post_movement(
                row.level_id, kind=state, key=_movement_key(row), subject=row.order_number,
                reserved=-row.quantity, on_hand=-row.quantity if state == "sold" else 0,
            )  # fmt: skip
            assert posted is not None, "what is reserved is on hand"
    return rows


def _give_back(row: StockReservation, quantity: int, key: str) -> StockMovement:
    row.update_fields(returned=row.returned + quantity)
    posted = movements.post_movement(
        row.level_id, kind="returned", key=f"{key}:{row.level_id}", on_hand=quantity, subject=row.order_number
    )
    assert posted is not None, "units that come back are never too many"
    return posted


def _find_returned(key: str, order_number: str, rows: Iterable[StockReservation]) -> list[StockMovement]:
    keys = [f"returned:{key}:{row.level_id}" for row in rows]
    found = list(StockMovement.select().where(StockMovement.key << keys).order_by(StockMovement.level))
    if any(movement.subject != order_number for movement in found):
        raise errors.DomainError("key_reused", "该退货编号已用于另一张订单", 422)
    return found


def _list_with_levels(order_number: str, *, lock: bool = False) -> list[StockReservation]:
    """Return the reservations of an order with their levels, by level."""
    tail = " FOR UPDATE" if lock and db.is_postgresql() else ""
    rows = StockReservation.find_where(f'"order_number" = ? ORDER BY "level_id", "id"{tail}', order_number)
    found = {level.id: level for level in StockLevel.by_ids(sorted({row.level_id for row in rows}))}
    for row in rows:
        row.level = found[row.level_id]
    return rows


def _lock_of_order(order_number: str) -> list[StockReservation]:
    """Lock the reservations of an order. Requires a transaction."""
    return _list_with_levels(order_number, lock=True)


def _find_existing(order_number: str, key: str) -> list[StockReservation]:
    """Return what an order reserves or has sold, or what this key reserved before it was released."""
    rows = _list_with_levels(order_number)
    return [row for row in rows if row.state != "released"] or [row for row in rows if row.key == key]


def _ensure_same(found: list[StockReservation], shop: Shop, wanted: dict[int, int]) -> None:
    same_shop = all(row.level.shop_id == shop.id for row in found)
    if not same_shop or {row.level.sku_id: row.quantity for row in found} != wanted:
        raise errors.DomainError("stock_reserved", "该订单已占用其他数量的库存", 409)


def _sum_by_sku(lines: Iterable[StockLine]) -> dict[int, int]:
    """Sum the lines of each SKU, so that two lines cannot both take the last unit. Raises DomainError(invalid)."""
    wanted: Counter[int] = Counter()
    for line in lines:
        if not 1 <= line.quantity <= MAX_QUANTITY:
            raise errors.invalid("quantity", f"数量应为 1 到 {MAX_QUANTITY} 的整数")
        wanted[line.sku_id] += line.quantity
    if not wanted:
        raise errors.invalid("lines", "请选择商品")
    return dict(sorted(wanted.items()))


def _short_error(
    shop: Shop, wanted: dict[int, int], taken: Iterable[StockReservation] = ()
) -> errors.DomainError:
    """Return the error that names each SKU with too little. What this call has `taken` counts as left."""
    left = levels.read_available(shop=shop, sku_ids=wanted)
    for row in taken:
        left[row.level.sku_id] += row.quantity
    short = [sku for sku in Sku.by_ids(sorted(wanted)) if left[sku.id] < wanted[sku.id]]
    items = [{"sku": sku.public_id, "name": levels.name_of(sku), "remaining": left[sku.id]} for sku in short]
    texts = [
        f"“{item['name']}”" + (f"库存不足，仅剩 {item['remaining']} 件" if item["remaining"] else "已无库存")
        for item in items
    ]
    return errors.DomainError("stock_short", "；".join(texts) or "库存不足", 409, items=items)


def _movement_key(row: StockReservation) -> str:
    return f"{row.id}"
