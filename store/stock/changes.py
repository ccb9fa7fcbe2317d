"""Changes of stock by staff: goods received (入库), adjustments (调整), stock-taking (盘点), and the warning limit."""

from store.catalog.skus import Sku
from store.core import errors, input_limits
from store.core.database import db
from store.shops.shops import Shop
from store.stock import levels, movements
from store.stock.levels import MAX_QUANTITY, StockLevel
from store.stock.movements import MAX_REASON_LENGTH, StockMovement
from store.tenants import audit


@db.transactional
def receive(*, shop: Shop, sku: Sku, quantity: int, key: str, reason: str = "") -> StockMovement:
    """Add units that a shop has received. Idempotent by `key`. Raises DomainError(invalid, key_reused)."""
    input_limits.check_number(quantity, field="quantity", minimum=1, maximum=MAX_QUANTITY)
    return _change_once(
        shop, sku, kind="received", key=key, on_hand=quantity, reason=reason, field="quantity"
    )


@db.transactional
def adjust(*, shop: Shop, sku: Sku, difference: int, reason: str, key: str) -> StockMovement:
    """Add or take away units for a reason, such as breakage. Idempotent by `key`.

    Raises DomainError(invalid, key_reused, stock_short).
    """
    if not reason.strip():
        raise errors.invalid("reason", "请填写调整原因")
    input_limits.check_number(difference, field="difference", minimum=-MAX_QUANTITY, maximum=MAX_QUANTITY)
    if not difference:
        raise errors.invalid("difference", "请填写不为 0 的数量")
    return _change_once(
        shop, sku, kind="adjusted", key=key, on_hand=difference, reason=reason, field="difference"
    )


@db.transactional
def count(*, shop: Shop, sku: Sku, counted: int, key: str, reason: str = "") -> StockMovement:
    """Set the units on hand to what was counted and record the difference, also of 0. Idempotent by `key`.

    Raises DomainError(invalid, key_reused, stock_short).
    """
    input_limits.check_number(counted, field="counted", minimum=0, maximum=MAX_QUANTITY)
    return _change_once(shop, sku, kind="counted", key=key, counted=counted, reason=reason, field="counted")


@db.transactional
def set_warning(level: StockLevel, *, warning_at: int | None) -> StockLevel:
    """Set the limit below which a level is low, None for that of the settings. Idempotent."""
    if warning_at is not None:
        input_limits.check_number(warning_at, field="warning_at", minimum=0, maximum=MAX_QUANTITY)
    row = levels.lock(level)
    before = row.warning_at
    if before != warning_at:
        row.update_fields(warning_at=warning_at)
        audit.record("stock.set_warning", _subject(row, row.sku), before=before, after=warning_at)
    return row


def _change_once(
    shop: Shop,
    sku: Sku,
    *,
    kind: str,
    key: str,
    reason: str,
    field: str,
    on_hand: int = 0,
    counted: int | None = None,
) -> StockMovement:
    """Change a level by `on_hand` units, or to what was `counted`. A rejection names the `field`."""
    input_limits.check_key(key)
    input_limits.check_line(reason, field="reason", max_length=MAX_REASON_LENGTH)
    level = levels.lock_or_create(shop=shop, sku=sku)
    found = _find_existing(kind, key)
    if found is not None:
        movements.ensure_same(found, level, on_hand=on_hand, counted=counted)
        return found
    difference = on_hand if counted is None else counted - level.on_hand
    posted = movements.post_movement(
        level.id, kind=kind, key=key, on_hand=difference, counted=counted, reason=reason.strip()
    )
    if posted is None:
        raise _short_error(level, field)
    after = level.on_hand + difference
    audit.record(f"stock.{kind}", _subject(level, sku), before=level.on_hand, after=after)
    return posted


def _short_error(level: StockLevel, field: str) -> errors.DomainError:
    if level.reserved:
        text = f"已有 {level.reserved} 件被订单占用，现有 {level.on_hand} 件，最多可减少 {level.available} 件"
    else:
        text = f"库存不足，仅剩 {level.on_hand} 件"
    return errors.DomainError("stock_short", text, 409, field=field, remaining=level.available)


def _find_existing(kind: str, key: str) -> StockMovement | None:
    return movements.find_movement(kind, key)


def _subject(level: StockLevel, sku: Sku) -> str:
    return f"stock:{level.shop.code}/{sku.code}"
