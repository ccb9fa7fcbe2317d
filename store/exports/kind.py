"""The form of a kind of exports: its title, right, columns and filters, and what yields its rows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints

from store.core.validation import IsoDate
from store.shops import shops
from store.shops.shops import Shop
from store.tenants import business_days

ShopIds = frozenset[int] | None
Cells = tuple[Any, ...]
C = TypeVar("C")
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60, pattern=r"^[^\x00-\x1f\x7f]*$")]


class ExportFilters(BaseModel):
    """The filters of a list, as its page sends them."""

    model_config = ConfigDict(extra="forbid")


class FiltersByShop(ExportFilters):
    """Words to look for and the code of a shop."""

    search: Text = ""
    shop: Text | None = None


class DayFilters(FiltersByShop):
    """The filters that most lists have: those by shop, and days, both included."""

    since: IsoDate | None = None
    until: IsoDate | None = None


@dataclass(frozen=True)
class ExportKind:
    """A list that can be exported. `columns` are pairs of title and width in characters.

    `count` and `rows` are called with the filters and with the shops that the account sees, None for all.
    """

    title: str
    right: str
    columns: tuple[tuple[str, int], ...]
    filters: type[ExportFilters]
    count: Callable[[Any, ShopIds], int]
    rows: Callable[[Any, ShopIds], Iterator[Cells]]


def find_shop_id(code: str | None) -> int | None:
    """Return the row id of a shop's code, None without one. Raises DomainError(not_found)."""
    return shops.get_by_code(code).id if code else None


def to_criteria(criteria: Callable[..., C], filters: FiltersByShop, shop_ids: ShopIds) -> C:
    """Make the criteria of a list from the filters of its export."""
    values = filters.model_dump(exclude={"shop"})
    return criteria(**values, shop_id=find_shop_id(filters.shop), shop_ids=shop_ids)


def read_shop_names() -> dict[int | None, str]:
    """Return the names of all shops by row id."""
    return {shop.id: shop.name for shop in Shop.select(Shop.id, Shop.name)}


def to_yuan(fen: int | None) -> Decimal | None:
    """Return an amount in yuan for a cell."""
    return None if fen is None else Decimal(fen) / 100


def to_local_text(moment: datetime | None) -> str:
    """Return a moment as local time for a cell, empty for None."""
    return f"{business_days.to_local(moment):%Y-%m-%d %H:%M:%S}" if moment else ""
