"""The nearby search by measuring, against which the fast one is held: geodesics, one shop at a time.

On the sphere, which is never off by more than `SPHERE_ERROR`, it is told which shops cannot matter;
all that could are measured by geopy.
"""

import numpy as np
from numpy.typing import NDArray

from store.shop.places import Place, geodesic_m
from store.shop.shops import Shop

SPHERE_M = 6_371_009.0
SPHERE_ERROR = 0.01  # great-circle distances are off by 0.6 % at the most; held against a whole one

Answer = tuple[list[tuple[int, int]], int]  # (id, metres) in order, and the total
Shops = NDArray[np.float64]  # id, lng, lat


def every_shop() -> Shops:
    """The open shops of the tenant in force."""
    query = Shop.select(Shop.id, Shop.lng, Shop.lat).where(Shop.state == "open")
    return np.array(list(query.tuples()), dtype=np.float64)


def within(place: Place, every: Shops, *, radius_m: float, count: int) -> Answer:
    """The first `count` shops of the circle, and how many it holds."""
    near = _great_circle(place, every)
    sure = int(np.count_nonzero(near < radius_m * (1 - SPHERE_ERROR)))
    edge = every[np.abs(near - radius_m) <= radius_m * SPHERE_ERROR]
    total = sure + sum(distance(place, row) <= radius_m for row in edge)
    first = [(id, metres) for metres, id in _first(place, every, near, count) if metres <= radius_m]
    return [(id, round(metres)) for id, metres in first], total


def nearest(place: Place, every: Shops, *, count: int) -> list[tuple[int, int]]:
    """The `count` nearest shops, however far."""
    first = _first(place, every, _great_circle(place, every), count)
    return [(id, round(metres)) for metres, id in first]


def distance(place: Place, row: NDArray[np.float64]) -> float:
    """The geodesic to one shop."""
    return geodesic_m(place, Place(float(row[1]), float(row[2])))


def _first(place: Place, every: Shops, near: NDArray[np.float64], count: int) -> list[tuple[float, int]]:
    last = min(count, len(every)) - 1
    reach = np.partition(near, last)[last] * (1 + SPHERE_ERROR) ** 2 / (1 - SPHERE_ERROR) ** 2
    measured = sorted((distance(place, row), int(row[0])) for row in every[near <= reach])
    return measured[:count]


def _great_circle(place: Place, every: Shops) -> NDArray[np.float64]:
    lng, lat = np.radians(every[:, 1]), np.radians(every[:, 2])
    here_lng, here_lat = np.radians([place.lng, place.lat])
    half = (
        np.sin((lat - here_lat) / 2) ** 2 + np.cos(lat) * np.cos(here_lat) * np.sin((lng - here_lng) / 2) ** 2
    )
    return 2 * SPHERE_M * np.arcsin(np.sqrt(np.minimum(half, 1.0)))
