"""The export of stock."""

from collections.abc import Iterator
from typing import Literal

from store.exports.kind import Cells, ExportKind, FiltersByShop, ShopIds, to_criteria
from store.stock import stock_list, warnings
from store.stock.stock_list import StockFilter

_STATES = {True: "预警", False: "充足"}


class StockFilters(FiltersByShop):
    """See `StockFilter`. `shop` is a code."""

    state: Literal["low", "enough"] | None = None


def _list_stock(filters: StockFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    for level in stock_list.iterate_levels(to_criteria(StockFilter, filters, shop_ids)):
        sku = level.sku
        yield (
            level.shop.code, level.shop.name, sku.code, sku.barcode, sku.full_name, level.on_hand,
            level.reserved, level.available, level.sold, warnings.read_limit(level), _STATES[warnings.is_low(level)],
        )  # fmt: skip


KINDS: dict[str, ExportKind] = {
    "stock": ExportKind(
        title="库存",
        right="stock.export",
        columns=(
            ("门店编码", 12), ("门店", 20), ("规格编码", 16), ("条码", 16), ("商品", 30), ("现有", 10), ("占用", 10),
            ("可用", 10), ("已售", 10), ("预警值", 10), ("状态", 8),
        ),
        filters=StockFilters,
        rows=_list_stock,
        count=lambda filters, shop_ids: stock_list.count_levels(to_criteria(StockFilter, filters, shop_ids)),
    ),
}  # fmt: skip
