"""The export of stock."""

from collections.abc import Iterator
from typing import Literal

from store.exports.kind import Cells, ExportKind, FiltersByShop, ShopIds, Text, to_criteria
from store.stock import stock_list, warnings
from store.stock.stock_list import StockFilter

_STATES = {True: "预警", False: "充足"}


class StockFilters(FiltersByShop):
    """See `StockFilter`. `shop` is a code."""

    state: Literal["low", "enough"] | None = None


class WarningFilters(FiltersByShop):
    """The low rows of a shop, by its code, and of a category, by its id."""

    state: Literal["low"] = "low"
    category: Text | None = None


def _list_stock(filters: StockFilters | WarningFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    for level in stock_list.iterate_levels(to_criteria(StockFilter, filters, shop_ids)):
        sku = level.sku
        yield (
            level.shop.code, level.shop.name, sku.code, sku.barcode, sku.full_name, level.on_hand,
            level.reserved, level.available, level.sold, warnings.read_limit(level), _STATES[warnings.is_low(level)],
        )  # fmt: skip


_COLUMNS = (
    ("门店编码", 12), ("门店", 20), ("规格编码", 16), ("条码", 16), ("商品", 30), ("现有", 10), ("占用", 10),
    ("可用", 10), ("已售", 10), ("预警值", 10), ("状态", 8),
)  # fmt: skip


def _make_kind(title: str, right: str, filters: type[FiltersByShop]) -> ExportKind:
    return ExportKind(
        title=title, right=right, columns=_COLUMNS, filters=filters, rows=_list_stock,
        count=lambda given, shop_ids: stock_list.count_levels(to_criteria(StockFilter, given, shop_ids)),
    )  # fmt: skip


KINDS: dict[str, ExportKind] = {
    "stock": _make_kind("库存", "stock.export", StockFilters),
    "stock_warnings": _make_kind("预警货品", "stock_warnings.export", WarningFilters),
}
