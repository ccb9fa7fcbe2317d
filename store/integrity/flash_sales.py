"""Flash sales: every item equals the sum of its entries, keeps within its stock, and is empty after the end."""

from typing import Any

import peewee
from peewee import fn

from store.flash_sales.entries import FlashSaleEntry
from store.flash_sales.flash_sales import FlashSale
from store.flash_sales.items import FlashSaleItem
from store.integrity.check import Check, Rows
from store.stock.movements import StockMovement


def _find_ledger_mismatch() -> Rows:
    """Find items whose held and sold units are not those of their entries."""
    row, held, sold = FlashSaleItem, _sum(FlashSaleEntry.held), _sum(FlashSaleEntry.sold)
    query = row.select(row.id, row.held, held, row.sold, sold).join(FlashSaleEntry, peewee.JOIN.LEFT_OUTER)
    return query.group_by(row.id).having((row.held != held) | (row.sold != sold)).tuples()


def _find_over_limit() -> Rows:
    """Find orders with more of an item than a member may buy. Two members who were merged may have more together."""
    item, entry = FlashSaleItem, FlashSaleEntry
    units, limit = _sum(entry.held + entry.sold), fn.MAX(item.member_limit)
    query: Any = entry.select(entry.order_number, item.id, units, limit).join(item)
    return query.group_by(entry.order_number, item.id).having(units > limit).tuples()


def _find_negative_orders() -> Rows:
    """Find orders that gave back more of an item than they had."""
    row, held, sold = FlashSaleEntry, _sum(FlashSaleEntry.held), _sum(FlashSaleEntry.sold)
    query = row.select(row.order_number, held, sold).group_by(row.order_number, row.item)
    return query.having((held < 0) | (sold < 0)).tuples()


def _find_left_after_end() -> Rows:
    """Find items of sales that are over which still keep units of the shop."""
    item = FlashSaleItem
    left = item.stock - item.held - item.sold - item.returned
    over = FlashSale.state.in_(("ended", "stopped"))
    return item.select(item.id, FlashSale.name, left).join(FlashSale).where(over & (left > 0)).tuples()


def _find_missing_reservation() -> Rows:
    """Find items whose units were not reserved when their sale was published."""
    item, movement = FlashSaleItem, StockMovement
    key = peewee.Value("set_aside:").concat(item.public_id).concat(":publish")
    query = item.select(item.id, item.stock, fn.COALESCE(movement.reserved, 0))
    query = query.join(movement, peewee.JOIN.LEFT_OUTER, on=(movement.key == key))
    return query.where(fn.COALESCE(movement.reserved, 0) != item.stock).tuples()


def _sum(expression: Any) -> Any:
    return fn.COALESCE(fn.SUM(expression), 0).cast("bigint")


CHECKS = (
    Check(
        name="flash_sales.ledger",
        invariant="抢购商品的占用和已售等于流水之和",
        message="抢购商品 {0}：占用 {1} 件，流水 {2} 件；已售 {3} 件，流水 {4} 件",
        find_violations=_find_ledger_mismatch,
    ),
    Check(
        name="flash_sales.limit",
        invariant="一张订单的抢购商品不超过限购",
        message="订单 {0} 买了抢购商品 {1} 共 {2} 件，限购 {3} 件",
        find_violations=_find_over_limit,
    ),
    Check(
        name="flash_sales.orders",
        invariant="订单退回的抢购商品不超过买到的",
        message="订单 {0}：占用 {1} 件，已售 {2} 件",
        find_violations=_find_negative_orders,
    ),
    Check(
        name="flash_sales.returned",
        invariant="抢购结束后剩余的商品全部退回门店",
        message="抢购商品 {0}（{1}）还剩 {2} 件没有退回",
        find_violations=_find_left_after_end,
    ),
    Check(
        name="flash_sales.reserved",
        invariant="抢购商品的数量等于发布时从门店预留的数量",
        message="抢购商品 {0}：数量 {1} 件，预留 {2} 件",
        find_violations=_find_missing_reservation,
    ),
)
