"""The list of shops (门店列表) for staff: filtered, sorted and paged, and whole for exports."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from store.core import errors, listing
from store.core.listing import Page
from store.shops.shops import Shop

STATE_LABELS = {"open": "营业中", "paused": "已暂停", "closed": "已关店"}
MAX_CHOICES = 200
_CHOICE_COLUMNS = ("brand", "region", "province", "city", "shop_type", "department", "source", "industry")
_SORTS = {"code": Shop.code, "name": Shop.name, "city": Shop.city, "created_at": Shop.created_at}


@dataclass(frozen=True)
class ShopFilter:
    """`search` is found in code, name, address and phone; the others are exact. `shop_ids` None means all."""

    search: str = ""
    state: str | None = None
    brand: str | None = None
    region: str | None = None
    province: str | None = None
    city: str | None = None
    shop_type: str | None = None
    shop_ids: frozenset[int] | None = None


def list_page(criteria: ShopFilter, page: Page) -> tuple[list[Shop], int]:
    """Return a page of shops and the number of all."""
    return listing.read_page(_select(criteria), page, sorts=_SORTS, default="code", id_field=Shop.id)


def iterate_shops(criteria: ShopFilter) -> Iterator[Shop]:
    """Yield all shops of a filter by code."""
    yield from _select(criteria).order_by(Shop.code)


def list_all(criteria: ShopFilter, *, limit: int = 500) -> list[Shop]:
    """Return all shops of a filter by code. Raises DomainError(too_many) for more than `limit`."""
    found = list(_select(criteria).order_by(Shop.code).limit(limit + 1))
    if len(found) > limit:
        raise errors.DomainError("too_many", f"超过 {limit} 家门店，请分批选择", 422)
    return found


def count_shops(criteria: ShopFilter) -> int:
    """Return the number of shops of a filter."""
    return int(_select(criteria).count())


def find_by_public_ids(public_ids: Iterable[str]) -> dict[str, Shop]:
    """Return the shops of public ids. Unknown ids are left out."""
    return {shop.public_id: shop for shop in Shop.select().where(Shop.public_id << sorted(set(public_ids)))}


def find_names(public_ids: Iterable[str]) -> dict[str, str]:
    """Return the names of shops by public id. Unknown ids are left out."""
    rows: Any = Shop.select(Shop.public_id, Shop.name).where(Shop.public_id << sorted(set(public_ids)))
    return dict(rows.tuples())


def list_names(codes: Collection[str]) -> list[str]:
    """Return the names of shops by their codes, in the order of the codes."""
    rows: Any = Shop.select(Shop.name).where(Shop.code << sorted(codes)).order_by(Shop.code)
    return [name for (name,) in rows.tuples()] if codes else []


def list_choices(shop_ids: frozenset[int] | None = None) -> dict[str, list[str]]:
    """Return the values in use of the columns that group shops, such as brand and city."""
    return {name: _list_values(name, shop_ids) for name in _CHOICE_COLUMNS}


def _list_values(name: str, shop_ids: frozenset[int] | None) -> list[str]:
    column = getattr(Shop, name)
    query = _select(ShopFilter(shop_ids=shop_ids)).select(column).where(column != "").distinct()
    return [value for (value,) in query.order_by(column).limit(MAX_CHOICES).tuples()]


def _select(criteria: ShopFilter) -> Any:
    query = Shop.select()
    for name in ("state", "brand", "region", "province", "city", "shop_type"):
        value = getattr(criteria, name)
        if value:
            query = query.where(getattr(Shop, name) == value)
    if criteria.search:
        text = criteria.search
        query = query.where(
            Shop.code.contains(text) | Shop.name.contains(text)
            | Shop.address.contains(text) | Shop.phone.contains(text)
        )  # fmt: skip
    if criteria.shop_ids is not None:
        query = query.where(Shop.id << sorted(criteria.shop_ids))
    return query
