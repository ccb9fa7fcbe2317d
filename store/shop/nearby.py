"""Nearby shops (附近门店): those in business around a place, by true distance."""

from dataclasses import dataclass
from typing import NamedTuple

from store.kernel.refusals import invalid
from store.shop import atlas, revisions, shops
from store.shop.atlas import Atlas, Metres, Rows
from store.shop.places import Place
from store.shop.revisions import ShopRevision
from store.shop.shops import Shop

MOST_M = 50_000
MOST = 100
_RINGS_M = (2_000, 10_000, 50_000, 250_000, 25_000_000)  # the last is the whole earth


class Near(NamedTuple):
    """A shop and how far it is by geodesic, in whole metres; `places.distance_text` says it to people."""

    shop: Shop
    metres: int


@dataclass(frozen=True)
class Found:
    """One page of a search; `total` counts all pages."""

    shops: list[Near]
    total: int
    has_more: bool


def find(
    place: Place,
    *,
    radius_m: float = 5000,
    first: int = 0,
    count: int = 20,
    keyword: str | None = None,
    brand: str | None = None,
    city: str | None = None,
    open_now: bool = False,
) -> Found:
    """The shops in business at most `radius_m` away (50 km), nearest first: `count` of them from `first` on.

    `keyword` is looked for in name, brand, district and address; `brand` and `city` are exact;
    `open_now` leaves those whose door is open at this moment. Raises Refused(invalid).
    """
    _check(radius_m=radius_m, first=first, count=count)
    revision, keyword = revisions.current(), (keyword or "").strip()
    chart = atlas.drawn(revision.drawn)
    rows, metres = chart.within(place, radius_m)
    if keyword or brand is not None or city is not None or open_now:
        open_at = shops.wall_clock() if open_now else None
        fits = chart.matching(rows, keyword=keyword, brand=brand, city=city, open_at=open_at)
        rows, metres = rows[fits], metres[fits]
    total = len(rows)
    rows, metres = chart.nearest_first(place, rows, metres, first + count)
    return Found(_shown(chart, revision, rows[first:], metres[first:]), total, has_more=first + count < total)


def nearest(place: Place, count: int = 3) -> list[Near]:
    """The `count` nearest shops however far they are: for an answer in a chat."""
    _check(radius_m=MOST_M, first=0, count=count)
    revision = revisions.current()
    chart = atlas.drawn(revision.drawn)
    for ring_m in _RINGS_M:
        rows, metres = chart.within(place, ring_m)
        if len(rows) >= count:
            break
    return _shown(chart, revision, *chart.nearest_first(place, rows, metres, count))


def _check(*, radius_m: float, first: int, count: int) -> None:
    if not 0 < radius_m <= MOST_M:
        raise invalid("radius_m", "搜索半径应在 50 公里以内")
    if first < 0:
        raise invalid("first", "不能小于 0")
    if not 1 <= count <= MOST:
        raise invalid("count", "每页应为 1 到 100 家")


def _shown(chart: Atlas, revision: ShopRevision, rows: Rows, metres: Metres) -> list[Near]:
    """The rows as shops; one that went out of business since the atlas was read is left out."""
    wanted = chart.ids[rows].tolist()
    found = shops.kept(wanted, revision)
    pairs = [(found.get(shop_id), round(away)) for shop_id, away in zip(wanted, metres.tolist(), strict=True)]
    return [Near(shop, away) for shop, away in pairs if shop is not None and shop.state == "open"]
