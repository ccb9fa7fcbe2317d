"""The export of shops."""

from collections.abc import Iterator

from store.exports.kind import Cells, ExportFilters, ExportKind, ShopIds, Text, to_local_text
from store.shops import csv_import as shop_csv_import
from store.shops import detail_texts, shop_list
from store.shops.shop_list import ShopFilter


class ShopFilters(ExportFilters):
    """See `ShopFilter`."""

    search: Text = ""
    state: Text | None = None
    brand: Text | None = None
    region: Text | None = None
    province: Text | None = None
    city: Text | None = None
    shop_type: Text | None = None


def _shop_filter(filters: ShopFilters, shop_ids: ShopIds) -> ShopFilter:
    return ShopFilter(**dict(filters), shop_ids=shop_ids)


def _list_shops(filters: ShopFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    """Yield the cells as an import reads them."""
    for shop in shop_list.iterate_shops(_shop_filter(filters, shop_ids)):
        details = (
            detail_texts.format_detail(name, getattr(shop, name)) for name in shop_csv_import.DETAIL_COLUMNS
        )
        created_at = to_local_text(shop.created_at)
        place = (f"{shop.lng:.6f}", f"{shop.lat:.6f}", "gcj02")
        yield shop.code, shop.name, *place, *details, shop_list.STATE_LABELS[shop.state], created_at


KINDS: dict[str, ExportKind] = {
    "shops": ExportKind(
        title="门店",
        right="shops.export",
        columns=tuple(
            (label, 16)
            for label in (*shop_csv_import.COLUMN_LABELS.values(), *shop_csv_import.IGNORED_COLUMNS)
        ),
        filters=ShopFilters,
        rows=_list_shops,
        count=lambda filters, shop_ids: shop_list.count_shops(_shop_filter(filters, shop_ids)),
    ),
}
