"""The spatial index: the open shops of a tenant in memory, so that a nearby search needs no query.

Shops are points in space, sorted into bands of latitude and by longitude within a band. The straight line between two
points, converted to an arc of the earth's mean radius, is their geodesic distance to within `error_bound_m`. The
geodesic itself is computed only where that error could change a result. So the results are those of measuring every
shop exactly, edges and ties included, up to 1,000 km. Beyond that, two shops at almost the same distance may come in
either order. A process keeps an index until the search version of the shops changes.
"""

import json
import math
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from store.core.database import db
from store.shops import cache_version, hours
from store.shops.coordinates import Coordinates, geodesic_distance_m
from store.shops.shops import Shop

MAX_CACHED = 200  # tenants whose spatial index one process keeps

_BAND_DEG = 0.01
_BAND_STRIDE_DEG = 400.0  # more than the globe's 360, so that a band's points stay apart from the next band's
_SEMI_MAJOR_AXIS_M, _ECCENTRICITY_SQUARED = 6378137.0, 6.69437999014132e-3  # WGS-84, on which geopy measures
_MEAN_RADIUS_M, _MIN_CURVATURE_RADIUS_M = 6371009.0, 6335439.0  # mean radius, least radius of curvature
_EXACT_UP_TO_M = 1_000_000  # beyond, every shop is measured and ambiguous order stays

Rows = NDArray[np.int64]
Metres = NDArray[np.float64]


@dataclass(frozen=True)
class ShopIndex:
    """Columns over the open shops. A row number means the same shop in all of them."""

    version: str
    ids: NDArray[np.int64]
    lng: NDArray[np.float64]
    lat: NDArray[np.float64]
    points: NDArray[np.float64]
    keys: NDArray[np.float64]
    brands: NDArray[np.int64]
    cities: NDArray[np.int64]
    hours: NDArray[np.int64]
    texts: tuple[str, ...]
    brand_numbers: dict[str, int]
    city_numbers: dict[str, int]
    hours_numbers: dict[tuple[str, str], int]

    def find_within(self, origin: Coordinates, radius_m: float) -> tuple[Rows, Metres]:
        """Return the shops at most `radius_m` away in no order. The edge is decided exactly."""
        rows = self._candidate_rows(origin, radius_m)
        metres = self._approximate_distances(origin, rows)
        inside = metres <= radius_m
        for at in np.flatnonzero(np.abs(metres - radius_m) <= error_bound_m(radius_m)):
            inside[at] = self._geodesic_distance(origin, int(rows[at])) <= radius_m
        return rows[inside], metres[inside]

    def filter_mask(
        self,
        rows: Rows,
        *,
        keyword: str = "",
        brand: str | None = None,
        city: str | None = None,
        open_at: datetime | None = None,
    ) -> NDArray[np.bool_]:
        """Return which of `rows` match brand, city and keyword and are open at a local time."""
        fits = np.ones(len(rows), dtype=bool)
        if brand is not None:
            fits &= self.brands[rows] == self.brand_numbers.get(brand, -1)
        if city is not None:
            fits &= self.cities[rows] == self.city_numbers.get(city, -1)
        if open_at is not None:
            fits[fits] = np.isin(self.hours[rows[fits]], self._open_hours_numbers(rows[fits], open_at))
        if keyword:
            wanted = keyword.casefold()
            fits[fits] = [wanted in self.texts[row] for row in rows[fits].tolist()]
        return fits

    def sort_nearest_first(
        self, origin: Coordinates, rows: Rows, metres: Metres, limit: int
    ) -> tuple[Rows, Metres]:
        """Return the `limit` nearest of `rows` by distance, then id. Rounded metres are those of geodesics."""
        if len(rows) > limit:
            last = np.partition(metres, limit - 1)[limit - 1]
            near = metres <= last + 2 * error_bound_m(last)
            rows, metres = rows[near], metres[near]
        order = np.lexsort((self.ids[rows], metres))
        rows, metres = rows[order], metres[order]
        ambiguous = self._ambiguous(rows, metres)
        if ambiguous.any():
            metres[ambiguous] = self._geodesic_distances(origin, rows[ambiguous])
            order = np.lexsort((self.ids[rows], metres))
            rows, metres = rows[order], metres[order]
        return rows[:limit], metres[:limit]

    def _candidate_rows(self, origin: Coordinates, radius_m: float) -> Rows:
        """Return the rows in the bands and between the meridians that the circle touches."""
        reach = math.degrees(radius_m / _MIN_CURVATURE_RADIUS_M) * 1.001
        meridians = _longitude_ranges(origin, reach)
        if radius_m > _EXACT_UP_TO_M or not meridians:
            return np.arange(len(self.ids))
        south, north = max(origin.lat - reach, -90.0), min(origin.lat + reach, 90.0)
        bands = np.arange(_latitude_band(south), _latitude_band(north) + 1) * _BAND_STRIDE_DEG
        starts = np.concatenate([self.keys.searchsorted(bands + west) for west, _ in meridians])
        ends = np.concatenate([self.keys.searchsorted(bands + east, side="right") for _, east in meridians])
        slices = [np.arange(*pair) for pair in zip(starts.tolist(), ends.tolist(), strict=True)]
        return np.concatenate(slices)

    def _approximate_distances(self, origin: Coordinates, rows: Rows) -> Metres:
        """Return the distances to within `error_bound_m`: straight lines as arcs of the mean radius."""
        return _chord_to_arc_m(self.points[rows] - _to_ecef(np.array([origin.lng]), np.array([origin.lat])))

    def _ambiguous(self, rows: Rows, metres: Metres) -> NDArray[np.bool_]:
        """Return which rows have an order, or rounded metres, that the approximation does not decide.

        Shops at the same position have the same distance and are ordered by id. A run of close distances is ambiguous
        as a whole if two of its shops have different positions.
        """
        if len(rows) == 0:
            return np.zeros(0, dtype=bool)
        error_m = error_bound_m(metres[-1])
        ambiguous: NDArray[np.bool_] = np.abs(metres % 1 - 0.5) <= error_m
        close = np.diff(metres) <= 2 * error_m
        if close.any():
            apart = (np.diff(self.lng[rows]) != 0) | (np.diff(self.lat[rows]) != 0)
            runs = np.concatenate([[0], np.cumsum(~close)])
            ambiguous |= np.isin(runs, runs[1:][close & apart])
        return ambiguous

    def _geodesic_distances(self, origin: Coordinates, rows: Rows) -> Metres:
        """Return the geodesic distances. Each position is measured once."""
        spots = list(zip(self.lng[rows].tolist(), self.lat[rows].tolist(), strict=True))
        measured = {spot: geodesic_distance_m(origin, Coordinates(*spot)) for spot in set(spots)}
        return np.array([measured[spot] for spot in spots])

    def _geodesic_distance(self, origin: Coordinates, row: int) -> float:
        return geodesic_distance_m(origin, Coordinates(float(self.lng[row]), float(self.lat[row])))

    def _open_hours_numbers(self, rows: Rows, local_time: datetime) -> list[int]:
        """Return the numbers of the opening hours that are open. A chain has few different ones."""
        present = set(self.hours[rows].tolist())
        return [
            number
            for (week, holidays), number in self.hours_numbers.items()
            if number in present and hours.is_open(json.loads(week), json.loads(holidays), local_time)
        ]


def error_bound_m(metres: float) -> float:
    """Return the largest error of an approximate distance: 1 mm, 6 mm at 50 km, 40 m at 1,000 km.

    It does not grow beyond that, so that a search from abroad does not measure thousands of geodesics. The arc adds
    chord³/24R², and the radius of curvature differs by at most 0.6 % from the mean one. That is at most
    2e-17 m⁻², and the bound is the double of it.
    """
    return 0.001 + 4e-17 * min(metres, _EXACT_UP_TO_M) ** 3


def approximate_distance_m(a: Coordinates, b: Coordinates) -> float:
    """Return the distance of two positions as the index measures it, to within `error_bound_m`."""
    ends = _to_ecef(np.array([a.lng, b.lng]), np.array([a.lat, b.lat]))
    return float(_chord_to_arc_m(ends[:1] - ends[1:])[0])


def get_current() -> ShopIndex:
    """Return the spatial index of the current tenant in its current version."""
    return get_for_version(cache_version.get_current().search_version)


def get_for_version(version: str) -> ShopIndex:
    """Return the spatial index of a search version. One thread builds it when the version changed."""
    slug = db.current_tenant()
    found = _indexes.get(slug)
    if found is None or found.version != version:
        with _build_lock:
            found = _indexes.get(slug)
            if found is None or found.version != version:
                found = _cache_index(slug, _build_index(version))
    return found


_indexes: OrderedDict[str, ShopIndex] = OrderedDict()
_build_lock = threading.Lock()


def _cache_index(slug: str, index: ShopIndex) -> ShopIndex:
    """Cache an index and drop the one that was built longest ago."""
    _indexes.pop(slug, None)
    _indexes[slug] = index
    if len(_indexes) > MAX_CACHED:
        _indexes.popitem(last=False)
    return index


def _build_index(version: str) -> ShopIndex:
    """Read the open shops. `version` was read before them, so an index is never older than its version."""
    columns = (
        Shop.id, Shop.lng, Shop.lat, Shop.brand, Shop.city, Shop.name, Shop.district, Shop.address,
        Shop.hours.cast("text"), Shop.holidays.cast("text"),
    )  # fmt: skip
    rows: list[Any] = list(Shop.select(*columns).where(Shop.state == "open").tuples())
    keys = np.array([_sort_key(lng, lat) for _, lng, lat, *_ in rows])
    rows = [rows[at] for at in np.argsort(keys).tolist()]
    lng, lat = (np.array([row[column] for row in rows], dtype=np.float64) for column in (1, 2))
    brands, brand_numbers = _factorize([row[3] for row in rows])
    cities, city_numbers = _factorize([row[4] for row in rows])
    week, week_numbers = _factorize([row[8:10] for row in rows])
    return ShopIndex(
        version=version,
        ids=np.array([row[0] for row in rows], dtype=np.int64),
        lng=lng,
        lat=lat,
        points=_to_ecef(lng, lat),
        keys=np.sort(keys),
        brands=brands,
        cities=cities,
        hours=week,
        texts=tuple("\n".join((row[5], row[3], row[6], row[7])).casefold() for row in rows),
        brand_numbers=brand_numbers,
        city_numbers=city_numbers,
        hours_numbers=week_numbers,
    )


def _factorize(values: Sequence) -> tuple[NDArray[np.int64], dict]:
    """Return each value as a number, and the number of each value."""
    numbers: dict = {}
    column = [numbers.setdefault(value, len(numbers)) for value in values]
    return np.array(column, dtype=np.int64), numbers


def _latitude_band(lat: float) -> int:
    return math.floor((lat + 90) / _BAND_DEG)


def _sort_key(lng: float, lat: float) -> float:
    return _latitude_band(lat) * _BAND_STRIDE_DEG + lng + 180


def _longitude_ranges(origin: Coordinates, reach_deg: float) -> list[tuple[float, float]]:
    """Return west and east ends of the circle in degrees from the date line.

    There are two ranges if the circle crosses the date line and none if it contains a pole.
    """
    if abs(origin.lat) + reach_deg >= 89.9:
        return []
    wide = math.sin(math.radians(reach_deg)) / math.cos(math.radians(origin.lat))
    across = math.degrees(math.asin(min(wide, 1.0))) * 1.01 + 1e-6
    west, east = origin.lng + 180 - across, origin.lng + 180 + across
    parts = [(west, east)]
    if west < 0:
        parts.append((west + 360, 360.0))
    if east > 360:
        parts.append((0.0, east - 360))
    return parts


def _chord_to_arc_m(chords: NDArray[np.float64]) -> Metres:
    """Return straight lines through the earth as arcs of its mean radius."""
    half = np.sqrt(np.einsum("ij,ij->i", chords, chords)) / (2 * _MEAN_RADIUS_M)
    arcs: Metres = 2 * _MEAN_RADIUS_M * np.arcsin(np.minimum(half, 1.0))
    return arcs


def _to_ecef(lng: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points on the ellipsoid as metres on three axes from the earth's centre."""
    lam, phi = np.radians(lng), np.radians(lat)
    normal = _SEMI_MAJOR_AXIS_M / np.sqrt(1 - _ECCENTRICITY_SQUARED * np.sin(phi) ** 2)
    flat = normal * np.cos(phi)
    up = normal * (1 - _ECCENTRICITY_SQUARED) * np.sin(phi)
    return np.column_stack([flat * np.cos(lam), flat * np.sin(lam), up])
