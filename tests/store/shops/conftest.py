"""What the tests of the shop layer seed besides the state: shops in number."""

import random
from collections.abc import Callable

import pytest
from geopy.distance import geodesic

from demo.shops import BRAND
from store.core import ids
from store.core.database import db
from store.shops import cache_version, nearby, shops
from store.shops.coordinates import Coordinates
from store.shops.shops import Shop

BEIJING = Coordinates(116.404, 39.915)
ALWAYS_OPEN = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


@pytest.fixture
def shop(acme: str) -> Shop:
    """One shop in the middle of Beijing, open day and night."""
    return shops.create_shop(
        code="S1", name="前门店", location=BEIJING, brand=BRAND, city="北京市", hours=ALWAYS_OPEN
    )


@pytest.fixture
def create_shops(acme: str) -> Callable[[list[Coordinates]], None]:
    """Puts a shop on each place at once, past the verbs: thousands are wanted."""

    def put(places: list[Coordinates]) -> None:
        rows = [
            {
                "code": f"C{number}",
                "name": f"分店 {number}",
                "public_id": ids.public_id("sho_"),
                "lng": place.lng,
                "lat": place.lat,
                "brand": BRAND if number % 3 else "对门",
                "city": "北京市" if number % 2 else "上海市",
                "hours": ALWAYS_OPEN if number % 5 else {},
            }
            for number, place in enumerate(places)
        ]
        with db.database.atomic():
            for start in range(0, len(rows), 500):
                Shop.insert_many(rows[start : start + 500]).execute()
            cache_version.bump()

    return put


@pytest.fixture
def rng() -> random.Random:
    return random.Random(7)


def place_at_distance(place: Coordinates, metres: float, bearing: float) -> Coordinates:
    """The place at an exact distance."""
    there = geodesic(meters=metres).destination((place.lat, place.lng), bearing)
    return Coordinates(there.longitude, there.latitude)


def names(found: nearby.NearbyPage) -> list[str]:
    return [shop.code for shop, _ in found.shops]
