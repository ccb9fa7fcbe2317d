"""The list of flash sales for staff (抢购列表), and what each has brought: units, orders, amount."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from peewee import fn

from store.core import listing
from store.core.database import db
from store.core.listing import Page
from store.flash_sales.entries import FlashSaleEntry
from store.flash_sales.flash_sales import FlashSale
from store.flash_sales.items import FlashSaleItem

_SORTS = {"created_at": FlashSale.id, "starts_at": FlashSale.starts_at, "ends_at": FlashSale.ends_at}


@dataclass(frozen=True)
class FlashSaleFilter:
    """Which sales are listed. `search` is a part of the name."""

    search: str = ""
    state: str | None = None


@dataclass(frozen=True)
class Effect:
    """What a sale has brought: its units in the shops, and what of them is held, sold and left.

    `orders` are the orders with units that are paid, `amount_fen` is their units at the price of the sale.
    """

    stock: int = 0
    held: int = 0
    sold: int = 0
    left: int = 0
    orders: int = 0
    amount_fen: int = 0


def list_page(criteria: FlashSaleFilter, page: Page) -> tuple[list[FlashSale], int]:
    """Return a page of sales and the number of all."""
    return listing.read_page(
        _select(criteria), page, sorts=_SORTS, default="-created_at", id_field=FlashSale.id
    )


def count_sales(criteria: FlashSaleFilter) -> int:
    """Return the number of sales."""
    return int(_select(criteria).count())


def iterate_sales(criteria: FlashSaleFilter) -> Iterator[FlashSale]:
    """Yield all sales, the latest first, and read them in batches."""
    yield from listing.iterate_rows(_select(criteria), id_field=FlashSale.id)


def read_effects(sales: Sequence[FlashSale], *, shop_ids: frozenset[int] | None = None) -> dict[int, Effect]:
    """Return by id of a sale what it has brought in some shops, or in all. A draft has nothing yet."""
    mine = db.in_ids(FlashSaleItem.sale, [row.id for row in sales])
    if shop_ids is not None:
        mine &= FlashSaleItem.shop.in_(sorted(shop_ids))
    row = FlashSaleItem
    left = row.stock - row.held - row.sold - row.returned
    sums = [fn.SUM(column) for column in (row.stock, row.held, row.sold, left, row.sold * row.price_fen)]
    units: Any = row.select(row.sale, *sums).where(mine).group_by(row.sale)
    orders = _count_orders(mine)
    return {
        sale_id: Effect(
            stock=int(stock), held=int(held), sold=int(sold), left=int(rest), orders=orders.get(sale_id, 0),
            amount_fen=int(fen),
        )
        for sale_id, stock, held, sold, rest, fen in units.tuples()
    }  # fmt: skip


def _count_orders(mine: Any) -> dict[int, int]:
    """Return by sale the number of orders that have paid units."""
    entry, item = FlashSaleEntry, FlashSaleItem
    paid: Any = (
        entry.select(item.sale.alias("sale_id"), entry.order_number)
        .join(item)
        .where(mine)
        .group_by(item.sale, entry.order_number)
        .having(fn.SUM(entry.sold) > 0)
    )
    found: dict[int, int] = {}
    for sale_id, _ in paid.tuples():
        found[sale_id] = found.get(sale_id, 0) + 1
    return found


def _select(criteria: FlashSaleFilter) -> Any:
    query = FlashSale.select()
    if criteria.search.strip():
        query = query.where(FlashSale.name.contains(criteria.search.strip()))
    return query if criteria.state is None else query.where(FlashSale.state == criteria.state)
