"""Goods out and in (出入库): what left a shop for orders, and what customers returned, from the stock movements."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from peewee import SQL, Case, fn

from store.catalog.products import Product
from store.catalog.skus import Sku
from store.core import errors, listing
from store.core.listing import MAX_PAGE_SIZE, Page
from store.insight import report_days
from store.shops.shops import Shop
from store.stock.levels import StockLevel
from store.stock.movements import StockMovement
from store.tenants import business_days

DIRECTIONS = {"out": "sold", "in": "returned"}
By = Literal["shop", "sku"]
_KINDS = [
    SQL("'sold'"),
    SQL("'returned'"),
]  # constants, else SQLite does not see that the index has all of them
_OUT = fn.SUM(Case(None, [(StockMovement.kind == "sold", 0 - StockMovement.on_hand)], 0))
_IN = fn.SUM(Case(None, [(StockMovement.kind == "returned", StockMovement.on_hand)], 0))
_SORTS = {"out": _OUT, "in": _IN}


@dataclass(frozen=True)
class FlowCriteria:
    """Which movements are meant. `since` and `until` are business days, both included, this month by default.

    `search` is the whole number of an order, in any month. `shop_ids` are the shops that the caller sees, None for
    all.
    """

    search: str = ""
    shop_id: int | None = None
    direction: Literal["out", "in"] | None = None
    since: date | None = None
    until: date | None = None
    shop_ids: frozenset[int] | None = None


@dataclass(frozen=True)
class FlowSum:
    """The units that left and that came back: of a SKU in a shop, or of a shop if there is no `sku`."""

    shop: Shop
    sku: Sku | None
    out_units: int
    in_units: int


def list_page(criteria: FlowCriteria, page: Page) -> tuple[list[StockMovement], int]:
    """Return a page of movements with shop and SKU, the latest first, and how many there are.

    Raises DomainError(invalid).
    """
    return listing.read_page(
        _select(criteria), page, sorts={"at": StockMovement.id}, default="-at", id_field=StockMovement.id,
        rows=_with_goods(),
    )  # fmt: skip


def count_flows(criteria: FlowCriteria) -> int:
    """Return the number of movements. Raises DomainError(invalid)."""
    return int(_select(criteria).count())


def iterate_flows(criteria: FlowCriteria) -> Iterator[StockMovement]:
    """Yield all movements, the latest first, and read them in batches. Raises DomainError(invalid)."""
    rows = _with_goods().where(*_list_conditions(criteria))
    yield from listing.iterate_rows(rows, id_field=StockMovement.id)


def summarize(criteria: FlowCriteria, page: Page, *, by: By = "sku") -> tuple[list[FlowSum], int]:
    """Return a page of sums, the most that left first, and how many there are. Raises DomainError(invalid)."""
    name = page.sort or "-out"
    value = _SORTS.get(name.removeprefix("-"))
    if value is None:
        raise errors.invalid("sort", f"可按 {'、'.join(_SORTS)} 排序")
    size = min(page.size, MAX_PAGE_SIZE)
    order = value.desc() if name.startswith("-") else value.asc()
    query = _sum(criteria, by)
    rows = query.order_by(order, _key(by)).limit(size).offset((page.number - 1) * size)
    return _to_sums(rows.tuples(), by), int(query.count())


def iterate_sums(criteria: FlowCriteria, *, by: By = "sku") -> Iterator[FlowSum]:
    """Yield all sums in batches, the most that left first. Raises DomainError(invalid)."""
    rows = list(_sum(criteria, by).order_by(_OUT.desc(), _key(by)).tuples())
    for start in range(0, len(rows), listing.BATCH_SIZE):
        yield from _to_sums(rows[start : start + listing.BATCH_SIZE], by)


def count_sums(criteria: FlowCriteria, *, by: By = "sku") -> int:
    """Return the number of sums. Raises DomainError(invalid)."""
    return int(_sum(criteria, by).count())


def _key(by: By) -> Any:
    return StockMovement.level if by == "sku" else StockLevel.shop


def _sum(criteria: FlowCriteria, by: By) -> Any:
    """Return the query of row id, units out and units in, of levels or of shops."""
    found = StockMovement.select(_key(by), _OUT, _IN).join(StockLevel).where(*_list_conditions(criteria))
    return found.group_by(_key(by))


def _to_sums(rows: Any, by: By) -> list[FlowSum]:
    found = list(rows)
    ids = sorted(row_id for row_id, _, _ in found)
    if by == "shop":
        shops = {shop.id: shop for shop in Shop.by_ids(ids)}
        return [FlowSum(shops[shop_id], None, int(left), int(came)) for shop_id, left, came in found]
    query = (
        StockLevel.select(StockLevel, Shop, Sku, Product)
        .join(Shop)
        .switch(StockLevel)
        .join(Sku)
        .join(Product)
    )
    levels = {level.id: level for level in query.where(StockLevel.id.in_(ids))}
    return [
        FlowSum(levels[level_id].shop, levels[level_id].sku, int(left), int(came))
        for level_id, left, came in found
    ]


def _select(criteria: FlowCriteria) -> Any:
    return StockMovement.select().join(StockLevel).where(*_list_conditions(criteria))


def _with_goods() -> Any:
    query = StockMovement.select(StockMovement, StockLevel, Shop, Sku, Product).join(StockLevel)
    return query.join(Shop).switch(StockLevel).join(Sku).join(Product)


def _list_conditions(criteria: FlowCriteria) -> list[Any]:
    found: list[Any] = [StockMovement.kind.in_(_KINDS)]
    if criteria.direction is not None:
        found.append(StockMovement.kind == DIRECTIONS[criteria.direction])
    since, until, number = criteria.since, criteria.until, criteria.search.strip()
    if number:
        found.append(StockMovement.subject == number)
    else:
        since, until = report_days.resolve(since, until)
    if since is not None:
        found.append(StockMovement.at >= business_days.start_of(since))
    if until is not None:
        found.append(StockMovement.at < business_days.end_of(until))
    if criteria.shop_id is not None:
        found.append(StockLevel.shop == criteria.shop_id)
    if criteria.shop_ids is not None:
        found.append(StockLevel.shop.in_(sorted(criteria.shop_ids)))
    return found
