"""The export of goods: one line for each SKU, with the columns that an import reads."""

from collections.abc import Iterator
from itertools import islice

from store.catalog import categories, product_list, skus
from store.catalog.csv_import import IGNORED_COLUMNS
from store.catalog.product_list import ProductFilter
from store.catalog.product_rows import LABELS
from store.catalog.products import STATE_LABELS, Product
from store.catalog.skus import Sku
from store.exports.kind import (
    Cells,
    ExportFilters,
    ExportKind,
    ShopIds,
    Text,
    find_shop_id,
    to_local_text,
    to_yuan,
)

_BATCH_SIZE = 200


class ProductFilters(ExportFilters):
    """See `ProductFilter`; `shop` is a code."""

    search: Text = ""
    state: Text | None = None
    category: Text | None = None
    brand: Text | None = None
    shop: Text | None = None
    hot: bool | None = None


def _product_filter(filters: ProductFilters) -> ProductFilter:
    return ProductFilter(**filters.model_dump(exclude={"shop"}), shop_id=find_shop_id(filters.shop))


def _list_skus(filters: ProductFilters, shop_ids: ShopIds) -> Iterator[Cells]:
    rows = categories.list_all(with_retired=True)
    codes, paths = {row.id: row.code for row in rows}, categories.read_paths(rows)
    products = product_list.iterate_products(_product_filter(filters))
    while batch := list(islice(products, _BATCH_SIZE)):
        found = skus.list_of_products([product.id for product in batch])
        for product in batch:
            at = (
                STATE_LABELS[product.state],
                to_local_text(product.created_at),
                paths.get(product.category_id, ""),
            )
            for sku in found[product.id]:
                yield *_to_cells(product, sku, codes.get(product.category_id, "")), *at


def _to_cells(product: Product, sku: Sku, category: str) -> Cells:
    return (
        product.code, product.name, category, product.brand, product.unit, product.origin, product.keywords,
        " / ".join(product.specifications), sku.code, sku.barcode or "", " / ".join(sku.specification),
        to_yuan(sku.list_price_fen), to_yuan(sku.member_price_fen),
    )  # fmt: skip


KINDS: dict[str, ExportKind] = {
    "goods": ExportKind(
        title="商品",
        right="goods.export",
        columns=tuple((label, 16) for label in (*LABELS.values(), *IGNORED_COLUMNS)),
        filters=ProductFilters,
        rows=_list_skus,
        count=lambda filters, shop_ids: product_list.count_products(_product_filter(filters)),
    ),
}
