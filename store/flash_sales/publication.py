"""Publication of flash sales (抢购发布): reserves their units out of the shops, which the end returns."""

from store.catalog import shop_goods
from store.catalog.skus import Sku
from store.core import actors, clock, errors, events, input_limits
from store.core.database import db
from store.flash_sales import content as sale_content
from store.flash_sales import flash_sales, items
from store.flash_sales.content import FlashSaleContent, GoodsContent
from store.flash_sales.flash_sales import MAX_REASON_LENGTH, FlashSale, subject_of
from store.flash_sales.items import FlashSaleItem
from store.shops.shops import Shop
from store.stock import levels
from store.stock.levels import StockLevel
from store.tenants import audit

BATCH_SIZE = 50


def publish(row: FlashSale) -> None:
    """Publish a submitted sale and reserve its units, all or none. Requires the sale's lock.

    Raises DomainError(invalid, goods_unavailable, stock_short, sale_state).
    """
    content = row.content
    sale_content.check_publishable(content)
    flash_sales.transition(row, "published", "发布")
    row.update_fields(published_at=clock.now())
    for wanted in _list_wanted(content):
        _reserve(row, *wanted)
    _record(row, "publish")


def ensure_goods(content: FlashSaleContent) -> None:
    """Raise DomainError(invalid, goods_unavailable, stock_short) if goods of a sale cannot be had now.

    A look without locks: publishing decides.
    """
    for _, goods, shop, sku in _list_wanted(content):
        left = levels.read_available(shop=shop, sku_ids=[sku.id])[sku.id]
        if left < goods.quantity:
            raise _short_error(shop, sku, left)


@db.transactional
def stop(sale: FlashSale, *, reason: str) -> FlashSale:
    """Stop a sale at once and for good: no order takes its units any more, what is left returns. Idempotent."""
    reason = input_limits.check_line(reason.strip(), field="reason", max_length=MAX_REASON_LENGTH)
    if not reason:
        raise errors.invalid("reason", "请填写停止原因")
    row = flash_sales.lock(sale.id)
    if row.state != "stopped":
        _finish(row, "stopped", "stop", reason)
    return row


def end_due() -> int:
    """End the sales whose time is over, each in its own transaction, and return their number. Idempotent."""
    over = (FlashSale.state == "published") & (FlashSale.ends_at <= clock.now())
    due = list(FlashSale.select().where(over).order_by(FlashSale.id).limit(BATCH_SIZE))
    with actors.acting_as(actors.SYSTEM):
        return sum(_end_if_over(row) for row in due)


@db.transactional
def _end_if_over(sale: FlashSale) -> int:
    row = flash_sales.lock(sale.id)
    if row.state != "published" or row.ends_at > clock.now():
        return 0
    _finish(row, "ended", "end", "")
    return 1


def _finish(row: FlashSale, state: str, action: str, reason: str) -> None:
    flash_sales.transition(row, state, "停止" if action == "stop" else "结束")
    row.update_fields(stop_reason=reason, ended_at=clock.now())
    for item in sorted(items.list_of_sale(row), key=lambda one: int(one.id)):
        items.return_rest(item, key=f"{item.public_id}:end", subject=subject_of(row))
    _record(row, action)


def _list_wanted(content: FlashSaleContent) -> list[tuple[int, GoodsContent, Shop, Sku]]:
    """Return place, goods, shop and SKU of each item, by shop and SKU, the order in which levels are locked."""
    shops = sorted(Shop.select().where(Shop.code.in_(list(content.shops))), key=lambda one: int(one.id))
    codes = [one.sku for one in content.goods]
    known = {sku.code: sku for sku in Sku.select().where(Sku.code.in_(codes) & (Sku.state == "active"))}
    for one in content.goods:
        if one.sku not in known:
            raise errors.invalid("goods", f"没有编码为 {one.sku} 的商品规格")
    pairs = sorted(enumerate(content.goods), key=lambda pair: int(known[pair[1].sku].id))
    wanted = [(place, goods, shop, known[goods.sku]) for shop in shops for place, goods in pairs]
    for _, goods, shop, sku in wanted:
        _ensure_sold(goods, shop, sku)
    return wanted


def _ensure_sold(goods: GoodsContent, shop: Shop, sku: Sku) -> None:
    row = shop_goods.find_of_shop(shop, {sku.id}).get(sku.id)
    if row is None or not row.is_sold:
        raise errors.DomainError("goods_unavailable", f"“{sku.full_name}”在{shop.name}没有上架", 409)
    price_fen = shop_goods.read_prices(sku, row).price_fen
    if goods.price_fen >= price_fen:
        raise errors.invalid("goods", f"“{sku.full_name}”的抢购价应低于{shop.name}的售价")


def _reserve(row: FlashSale, place: int, goods: GoodsContent, shop: Shop, sku: Sku) -> None:
    level: StockLevel = levels.lock_or_create(shop=shop, sku=sku)
    if level.available < goods.quantity:
        raise _short_error(shop, sku, level.available)
    item = FlashSaleItem.create(
        sale=row, position=place, shop=shop, sku=sku, level=level, price_fen=goods.price_fen, member_limit=goods.limit,
        stock=goods.quantity,
    )  # fmt: skip
    items.set_aside(item, goods.quantity, key=f"{item.public_id}:publish", subject=subject_of(row))


def _short_error(shop: Shop, sku: Sku, left: int) -> errors.DomainError:
    text = f"{shop.name}的“{sku.full_name}”库存不足，仅剩 {left} 件可用"
    return errors.DomainError("stock_short", text, 409, remaining=left)


def _record(row: FlashSale, action: str) -> None:
    after = {"state": row.state, "reason": row.stop_reason}
    audit.record(f"flash_sales.{action}", subject_of(row), after=after)
    events.record("flash_sales.changed", flash_sale_id=row.id, state=row.state)
