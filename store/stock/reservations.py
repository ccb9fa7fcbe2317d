"""Reservations of stock by orders (占用): taken together, then sold or released, and given back by returns.

An order reserves when it is placed, sells when its goods leave the shop and releases when it is closed. Levels are
changed in the order of their ids.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

import peewee

from store.core import clock, errors, input_limits
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.shops.shops import Shop
from store.stock import levels, movements, shortages, stock_lines
from store.stock.levels import StockLevel
from store.stock.movements import StockMovement
from store.stock.stock_lines import StockLine

TRANSITIONS: dict[str, set[str]] = {"reserved": {"sold", "released"}, "sold": set(), "released": set()}
MAX_NUMBER_LENGTH = 64


class StockReservation(Model):
    """Units of a level for an order, which has one at a time that is not released.

    `key` names the call that reserved. `set_aside` units were reserved before for a sale. `released` counts the units
    that were given up before the sale, `returned` those that came back after it.
    """

    order_number = peewee.CharField(max_length=MAX_NUMBER_LENGTH)
    key = peewee.CharField(max_length=100)
    level = peewee.ForeignKeyField(StockLevel, backref="reservations", index=False)
    quantity = peewee.BigIntegerField(constraints=[peewee.Check("quantity > 0")])
    set_aside = peewee.BigIntegerField(default=0, constraints=[peewee.Check("set_aside >= 0")])
    released = peewee.BigIntegerField(default=0, constraints=[peewee.Check("released >= 0")])
    returned = peewee.BigIntegerField(default=0, constraints=[peewee.Check("returned >= 0")])
    state = peewee.CharField(
        max_length=10, default="reserved", constraints=[peewee.Check(f"state IN {tuple(TRANSITIONS)}")]
    )
    reserved_at = UtcDateTimeField(default=clock.now)
    ended_at = UtcDateTimeField(null=True)

    class Meta:
        constraints = [
            peewee.Check("released + returned <= quantity"),
            peewee.Check("set_aside <= quantity"),
            peewee.Check("returned = 0 OR state = 'sold'"),
            peewee.Check("(released = quantity) = (state = 'released')"),
        ]
        indexes = ((("order_number", "key", "level"), True), (("level", "state"), False))

    @property
    def units_left(self) -> int:
        """Return how many units the order still reserves or has bought."""
        return int(self.quantity - self.released - self.returned)


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
    lines = list(lines)
    wanted, set_aside = stock_lines.sum_by_sku(lines), stock_lines.sum_set_aside(lines)
    _lock_number(order_number)
    found = _find_existing(order_number, key)
    if found:
        _ensure_same(found, shop, wanted)
        return found
    rows = _list_sufficient(shop, wanted, set_aside)
    with db.savepoint():  # a caller may catch the error, and then nothing is taken either
        return _take(shop, order_number, key, wanted, set_aside, rows)


def reserve_new(
    *, shop: Shop, order_number: str, lines: Iterable[StockLine], key: str
) -> list[StockReservation]:
    """Reserve like `reserve` for an order number that this transaction has generated, so that nothing has it yet.

    Requires a transaction that an error rolls back whole.
    """
    lines = list(lines)
    wanted, set_aside = stock_lines.sum_by_sku(lines), stock_lines.sum_set_aside(lines)
    return _take(shop, order_number, key, wanted, set_aside, _list_sufficient(shop, wanted, set_aside))


def ensure_available(*, shop: Shop, lines: Iterable[StockLine]) -> None:
    """Raise DomainError(stock_short) if a shop has too little of the lines now. Nothing is reserved.

    A cheap look before an order is priced: the caller that comes too late is rejected by it, and `reserve` decides.
    """
    wanted = stock_lines.sum_by_sku(lines)
    left = levels.read_available(shop=shop, sku_ids=wanted)
    if any(left[sku_id] < quantity for sku_id, quantity in wanted.items()):
        raise shortages.short_error(shop, wanted)


@db.transactional
def release(order_number: str) -> list[StockReservation]:
    """Release what an order reserves. Idempotent by order number. Raises DomainError(stock_sold)."""
    rows = _lock_of_order(order_number)
    if any(row.state == "sold" for row in rows):
        raise errors.DomainError("stock_sold", "订单商品已出库，不能释放库存", 409)
    return _end(rows, "released")


@db.transactional
def release_units(*, order_number: str, lines: Iterable[StockLine], key: str) -> list[StockMovement]:
    """Release some units of an order before its sale. Idempotent by `key`, such as a return's number.

    Raises DomainError(invalid, key_reused, stock_not_reserved).
    """
    return _take_back(
        order_number, lines, key, kind="released",
        error=("stock_not_reserved", "该商品最多还能取消 {left} 件"),
    )  # fmt: skip


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
    return _take_back(
        order_number, lines, key, kind="returned", error=("stock_not_sold", "该商品最多还能退回 {left} 件")
    )


def list_of_order(order_number: str) -> list[StockReservation]:
    """Return the reservations of an order with their levels, also the ended ones, by level."""
    return _list_with_levels(order_number)


def _lock_number(order_number: str) -> None:
    """Let one call at a time reserve for an order: a repeat must not find the last unit taken by its own order."""
    db.advisory_lock(f"stock.order:{order_number}")


def _list_sufficient(shop: Shop, wanted: Mapping[int, int], set_aside: Counter[int]) -> list[StockLevel]:
    """Return the levels of what is wanted, unlocked. Raises DomainError(stock_short) if one has too little now."""
    rows = levels.list_levels(shop=shop, sku_ids=wanted)
    short = [row for row in rows if row.available < wanted[row.sku_id] - set_aside[row.sku_id]]
    if short or len(rows) < len(wanted):
        raise shortages.short_error(shop, wanted)
    return rows


def _take(
    shop: Shop, order_number: str, key: str, wanted: dict[int, int], set_aside: Counter[int],
    rows: Iterable[StockLevel],
) -> list[StockReservation]:  # fmt: skip
    """Take the units from the levels in the order of their ids, except those that were set aside."""
    taken: list[StockReservation] = []
    for level in rows:
        row = StockReservation.create(
            order_number=order_number, key=key, level=level, quantity=wanted[level.sku_id],
            set_aside=set_aside[level.sku_id],
        )  # fmt: skip
        new = row.quantity - row.set_aside
        if new and not movements.post_movement(
            level.id, kind="reserved", key=str(row.id), reserved=new, subject=order_number
        ):  # another order was faster
            raise shortages.short_error(shop, wanted, {row.level.sku_id: row.quantity for row in taken})
        taken.append(row)
    return taken


def _end(rows: list[StockReservation], state: str) -> list[StockReservation]:
    """Move what is reserved to an end. Requires the locks of the rows."""
    for row in rows:
        if state in TRANSITIONS[row.state]:
            units = row.units_left
            released = row.quantity if state == "released" else row.released
            row.update_fields(state=state, released=released, ended_at=clock.now())
            _post(row, state, str(row.id), units)
    return rows


def _take_back(
    order_number: str, lines: Iterable[StockLine], key: str, *, kind: str, error: tuple[str, str]
) -> list[StockMovement]:
    """Take units back from an order: those that it reserves are released, those that it has bought return."""
    input_limits.check_key(key)
    wanted, state = stock_lines.sum_by_sku(lines), "reserved" if kind == "released" else "sold"
    all_rows = _lock_of_order(order_number)
    found = _find_taken_back(kind, key, order_number, all_rows)
    if found:
        skus = {row.level_id: row.level.sku_id for row in all_rows}
        if {
            skus[movement.level_id]: max(movement.on_hand, -movement.reserved) for movement in found
        } != wanted:
            raise errors.DomainError("key_reused", "该退货编号已用于另一次退货", 422)
        return found
    rows = {row.level.sku_id: row for row in all_rows if row.state == state}
    for sku_id, quantity in wanted.items():
        left = rows[sku_id].units_left if sku_id in rows else 0
        if quantity > left:
            raise errors.DomainError(error[0], error[1].format(left=left), 409, remaining=left)
    chosen = sorted((rows[sku_id] for sku_id in wanted), key=lambda row: row.level_id)
    return [_take_units_back(row, wanted[row.level.sku_id], kind, key) for row in chosen]


def _take_units_back(row: StockReservation, quantity: int, kind: str, key: str) -> StockMovement:
    if kind == "returned":
        row.update_fields(returned=row.returned + quantity)
    elif quantity == row.units_left:
        row.update_fields(released=row.quantity, state="released", ended_at=clock.now())
    else:
        row.update_fields(released=row.released + quantity)
    return _post(row, kind, f"{key}:{row.level_id}", quantity)


def _post(row: StockReservation, kind: str, key: str, units: int) -> StockMovement:
    """Post the movement of units that leave a reservation, or come back."""
    on_hand = {"sold": -units, "released": 0, "returned": units}[kind]
    posted = movements.post_movement(
        row.level_id, kind=kind, key=key, subject=row.order_number, on_hand=on_hand,
        reserved=0 if kind == "returned" else -units,
    )  # fmt: skip
    assert posted is not None, "what is reserved is on hand"
    return posted


def _find_taken_back(
    kind: str, key: str, order_number: str, rows: Iterable[StockReservation]
) -> list[StockMovement]:
    keys = [f"{kind}:{key}:{row.level_id}" for row in rows]
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
    live = [row.key for row in rows if row.state != "released"]
    return [row for row in rows if row.key == (live[0] if live else key)]


def _ensure_same(found: list[StockReservation], shop: Shop, wanted: dict[int, int]) -> None:
    same_shop = all(row.level.shop_id == shop.id for row in found)
    if not same_shop or {row.level.sku_id: row.quantity for row in found} != wanted:
        raise errors.DomainError("stock_reserved", "该订单已占用其他数量的库存", 409)
