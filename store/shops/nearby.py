"""Nearby search (附近门店): open shops around a position, by geodesic distance."""

from dataclasses import dataclass
from typing import NamedTuple

from store.core.errors import invalid
from store.core.keyset import Position
from store.shops import cache_version, coordinates, shops, spatial_index
from store.shops.cache_version import ShopCacheVersion
from store.shops.coordinates import Coordinates
from store.shops.nearby_settings import NearbySettings
from store.shops.shops import Shop
from store.shops.spatial_index import Metres, Rows, ShopIndex, error_bound_m
from store.tenants import settings

DEFAULT_RADIUS_M = 5_000
MAX_RADIUS_M = 50_000
MAX_PAGE_SIZE = 100
_SEARCH_RADII_M = (2_000, 10_000, 50_000, 250_000, 25_000_000)  # the last is the whole earth


class NearbyShop(NamedTuple):
    """A shop and its geodesic distance in whole metres."""

    shop: Shop
    metres: int


@dataclass(frozen=True)
class NearbyPage:
    """One page of a search; `total` counts all pages."""

    shops: list[NearbyShop]
    total: int
    has_more: bool


def search_shops(
    origin: Coordinates,
    *,
    radius_m: float | None = DEFAULT_RADIUS_M,
    offset: int = 0,
    limit: int = 20,
    after: Position | None = None,
    keyword: str | None = None,
    brand: str | None = None,
    city: str | None = None,
    open_now: bool = False,
) -> NearbyPage:
    """Return the shops at most `radius_m` away (50 km, or None for any distance), nearest first, from `offset` on.

    `after` is the distance and the id of the last shop seen, and replaces `offset`.
    `keyword` is searched in name, brand, district and address; `brand` and `city` are exact; `open_now` leaves shops
    that are open at this moment. Raises DomainError(invalid).
    """
    _validate_range(radius_m=MAX_RADIUS_M if radius_m is None else radius_m, offset=offset, limit=limit)
    revision, keyword = cache_version.get_current(), (keyword or "").strip()
    chart = spatial_index.get_for_version(revision.search_version)
    rows, metres = chart.find_within(origin, _SEARCH_RADII_M[-1] if radius_m is None else radius_m)
    if keyword or brand is not None or city is not None or open_now:
        open_at = shops.local_time() if open_now else None
        fits = chart.filter_mask(rows, keyword=keyword, brand=brand, city=city, open_at=open_at)
        rows, metres = rows[fits], metres[fits]
    total = len(rows)
    if after is not None:
        offset = _find_offset_after(chart, origin, rows, metres, after)
    rows, metres = chart.sort_nearest_first(origin, rows, metres, offset + limit)
    return NearbyPage(
        _to_nearby_shops(chart, revision, rows[offset:], metres[offset:]),
        total,
        has_more=offset + limit < total,
    )


def list_nearest(origin: Coordinates, limit: int = 3) -> list[NearbyShop]:
    """Return the nearest shops at any distance, for a reply in the chat."""
    _validate_range(radius_m=MAX_RADIUS_M, offset=0, limit=limit)
    revision = cache_version.get_current()
    chart = spatial_index.get_for_version(revision.search_version)
    for ring_m in _SEARCH_RADII_M:
        rows, metres = chart.find_within(origin, ring_m)
        if len(rows) >= limit:
            break
    return _to_nearby_shops(chart, revision, *chart.sort_nearest_first(origin, rows, metres, limit))


def find_distant(origin: Coordinates) -> NearbyShop | None:
    """Return the nearest shop if it is too far away to be nearby or to be found by a search, else None."""
    nearest = list_nearest(origin, limit=1)
    if not nearest or (is_nearby(nearest[0].metres) and nearest[0].metres <= MAX_RADIUS_M):
        return None
    return nearest[0]


def get_position(shop: NearbyShop) -> Position:
    """Return the position of a listed shop: its distance in metres and its id."""
    return (shop.metres, shop.shop.id)


def _find_offset_after(
    chart: ShopIndex, origin: Coordinates, rows: Rows, metres: Metres, after: Position
) -> int:
    """Return how many shops come up to a position. If its shop is gone, shops of the same distance come again."""
    away, shop_id = after
    up_to = int((metres <= away + 1 + 2 * error_bound_m(away)).sum())
    rows, metres = chart.sort_nearest_first(origin, rows, metres, max(up_to, 1))
    ids = chart.ids[rows].tolist()
    if shop_id in ids:
        return ids.index(shop_id) + 1
    return int((metres < away - 1).sum())


def is_nearby(metres: float) -> bool:
    """Return whether a distance is within the limit of the tenant, 50 km by default."""
    return metres <= settings.read(NearbySettings).limit_km * 1000


def describe_distant(shop: Shop) -> str:
    """Return `附近暂无门店，最近的在西宁` for the nearest shop far away."""
    place = shop.city.removesuffix("市") or shop.province
    return f"附近暂无门店，最近的{f'在{place}' if place else f'是{shop.name}'}"


def format_distance(metres: float) -> str | None:
    """Format a distance, or return None for a shop that is not nearby."""
    return coordinates.format_distance(metres) if is_nearby(metres) else None


def _validate_range(*, radius_m: float, offset: int, limit: int) -> None:
    if not 0 < radius_m <= MAX_RADIUS_M:
        raise invalid("radius_m", "搜索半径应在 50 公里以内")
    if offset < 0:
        raise invalid("offset", "不能小于 0")
    if not 1 <= limit <= MAX_PAGE_SIZE + 1:  # one more says whether there is a further page
        raise invalid("limit", "每页应为 1 到 100 家")


def _to_nearby_shops(
    index: ShopIndex, version: ShopCacheVersion, rows: Rows, metres: Metres
) -> list[NearbyShop]:
    """Load the rows as shops; one that was closed since the index was built is left out."""
    wanted = index.ids[rows].tolist()
    found = shops.find_cached(wanted, version)
    pairs = [(found.get(shop_id), round(away)) for shop_id, away in zip(wanted, metres.tolist(), strict=True)]
    return [NearbyShop(shop, away) for shop, away in pairs if shop is not None and shop.state == "open"]
