"""The reference implementation of the nearby search: it measures geodesics, one shop at a time.

Great-circle distances, which are never off by more than `SPHERE_ERROR`, exclude the shops that cannot be in
the result. geopy measures all others.
"""

import numpy as np
from numpy.typing import NDArray

from store.shops.coordinates import Coordinates, geodesic_distance_m
from store.shops.shops import Shop

SPHERE_M = 6_371_009.0
SPHERE_ERROR = 0.01  # great-circle distances are off by 0.6 % at most, and this bound is 1 %

SearchResult = tuple[list[tuple[int, int]], int]  # (id, metres) in order, and the total
ShopArray = NDArray[np.float64]  # id, lng, lat


def load_shops() -> ShopArray:
    """Return the open shops of the current tenant."""
    query = Shop.select(Shop.id, Shop.lng, Shop.lat).where(Shop.state == "open")
    return np.array(list(query.tuples()), dtype=np.float64)


def find_within(place: Coordinates, shops: ShopArray, *, radius_m: float, count: int) -> SearchResult:
    """Return the nearest `count` shops within the radius, and the number of shops within it."""
    approximate_m = _great_circle_m(place, shops)
    certain_count = int(np.count_nonzero(approximate_m < radius_m * (1 - SPHERE_ERROR)))
    borderline = shops[np.abs(approximate_m - radius_m) <= radius_m * SPHERE_ERROR]
    total = certain_count + sum(distance_m(place, row) <= radius_m for row in borderline)
    first = [
        (id, metres)
        for metres, id in _nearest_first(place, shops, approximate_m, count)
        if metres <= radius_m
    ]
    return [(id, round(metres)) for id, metres in first], total


def find_nearest(place: Coordinates, shops: ShopArray, *, count: int) -> list[tuple[int, int]]:
    """Return the `count` nearest shops at any distance."""
    first = _nearest_first(place, shops, _great_circle_m(place, shops), count)
    return [(id, round(metres)) for metres, id in first]


def distance_m(place: Coordinates, row: NDArray[np.float64]) -> float:
    """Return the geodesic distance to a shop in metres."""
    return geodesic_distance_m(place, Coordinates(float(row[1]), float(row[2])))


def _nearest_first(
    place: Coordinates, shops: ShopArray, approximate_m: NDArray[np.float64], count: int
) -> list[tuple[float, int]]:
    last = min(count, len(shops)) - 1
    reach = np.partition(approximate_m, last)[last] * (1 + SPHERE_ERROR) ** 2 / (1 - SPHERE_ERROR) ** 2
    measured = sorted((distance_m(place, row), int(row[0])) for row in shops[approximate_m <= reach])
    return measured[:count]


def _great_circle_m(place: Coordinates, shops: ShopArray) -> NDArray[np.float64]:
    lng, lat = np.radians(shops[:, 1]), np.radians(shops[:, 2])
    origin_lng, origin_lat = np.radians([place.lng, place.lat])
    half = (
        np.sin((lat - origin_lat) / 2) ** 2
        + np.cos(lat) * np.cos(origin_lat) * np.sin((lng - origin_lng) / 2) ** 2
    )
    return 2 * SPHERE_M * np.arcsin(np.sqrt(np.minimum(half, 1.0)))
