"""The exports of flash sales: the sales with their effects, and what orders took, paid and gave back of one."""

from collections.abc import Iterator
from itertools import islice

from store.catalog.skus import Sku
from store.customers.members import Member
from store.exports.kind import (
    Cells,
    ExportFilters,
    ExportKind,
    ShopIds,
    Text,
    read_shop_names,
    to_local_text,
    to_yuan,
)
from store.flash_sales import entries, flash_sales, sale_list
from store.flash_sales.entries import KIND_LABELS
from store.flash_sales.flash_sales import LABELS
from store.flash_sales.items import FlashSaleItem
from store.flash_sales.sale_list import Effect, FlashSaleFilter

BATCH_SIZE = 200


class FlashSaleFilters(ExportFilters):
    """See `FlashSaleFilter`."""

    search: Text = ""
    state: Text | None = None


class RecordFilters(ExportFilters):
    """`sale` is the public id."""

    sale: Text


def _to_criteria(filters: FlashSaleFilters) -> FlashSaleFilter:
    return FlashSaleFilter(search=filters.search, state=filters.state)


def _list_sales(filters: FlashSaleFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    rows = sale_list.iterate_sales(_to_criteria(filters))
    while batch := list(islice(rows, BATCH_SIZE)):
        effects = sale_list.read_effects(batch, shop_ids=shop_ids)
        for row in batch:
            found = effects.get(row.id, Effect())
            yield (
                row.name, LABELS[row.state], to_local_text(row.announced_at), to_local_text(row.starts_at),
                to_local_text(row.ends_at), len(row.content.shops), len(row.content.goods),
                found.stock or row.content.unit_count, found.held, found.sold, found.left, found.orders,
                to_yuan(found.amount_fen), row.stop_reason, to_local_text(row.created_at),
            )  # fmt: skip


def _list_records(filters: RecordFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    rows = entries.iterate_of_sale(flash_sales.get_by_public_id(filters.sale), shop_ids=shop_ids)
    shops = read_shop_names()
    while batch := list(islice(rows, BATCH_SIZE)):
        items = {row.id: row for row in FlashSaleItem.by_ids(sorted({one.item_id for one in batch}))}
        skus = {sku.id: sku for sku in Sku.by_ids(sorted({row.sku_id for row in items.values()}))}
        cards = {row.id: row.card_number for row in Member.by_ids(sorted({one.member_id for one in batch}))}
        for one in batch:
            item = items[one.item_id]
            yield (
                to_local_text(one.at), cards[one.member_id], KIND_LABELS[one.kind], one.units,
                skus[item.sku_id].code, skus[item.sku_id].full_name, to_yuan(item.price_fen),
                shops.get(item.shop_id, ""), one.order_number,
            )  # fmt: skip


KINDS: dict[str, ExportKind] = {
    "flash_sales": ExportKind(
        title="限时抢购", right="flash_sales.export", filters=FlashSaleFilters, rows=_list_sales,
        columns=(
            ("抢购名称", 20), ("状态", 10), ("预告时间", 20), ("开始时间", 20), ("结束时间", 20), ("门店数", 8),
            ("商品数", 8), ("总数", 10), ("待付款", 10), ("已售", 10), ("剩余", 10), ("付款订单", 10),
            ("抢购金额", 12), ("停止原因", 24), ("创建时间", 20),
        ),
        count=lambda filters, shop_ids: sale_list.count_sales(_to_criteria(filters)),
    ),
    "flash_sale_records": ExportKind(
        title="抢购记录", right="flash_sales.export", filters=RecordFilters, rows=_list_records,
        columns=(
            ("时间", 20), ("会员卡号", 20), ("类型", 10), ("件数", 8), ("商品编码", 16), ("商品", 24),
            ("抢购价", 10), ("门店", 20), ("订单号", 22),
        ),
        count=lambda filters, shop_ids: entries.count_of_sale(
            flash_sales.get_by_public_id(filters.sale), shop_ids=shop_ids
        ),
    ),
}  # fmt: skip
