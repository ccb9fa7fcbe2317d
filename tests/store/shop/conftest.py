"""What the tests of the shop wing furnish besides the world: shops in number."""

import random
from collections.abc import Callable

import pytest

from demo.chain import BRAND
from store.kernel import db, ids
from store.shop import revisions, shops
from store.shop.places import Place
from store.shop.shops import Shop

BEIJING = Place(116.404, 39.915)
ALWAYS = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


@pytest.fixture
def shop(acme: str) -> Shop:
    """One shop in the middle of Beijing, open day and night."""
    return shops.open_shop(code="S1", name="前门店", place=BEIJING, brand=BRAND, city="北京市", hours=ALWAYS)


@pytest.fixture
def crowd(acme: str) -> Callable[[list[Place]], None]:
    """Puts a shop on each place at once, past the verbs: thousands are wanted."""

    def put(places: list[Place]) -> None:
        rows = [
            {
                "code": f"C{number}",
                "name": f"分店 {number}",
                "public_id": ids.public("sho_"),
                "lng": place.lng,
                "lat": place.lat,
                "brand": BRAND if number % 3 else "对门",
                "city": "北京市" if number % 2 else "上海市",
                "hours": ALWAYS if number % 5 else {},
            }
            for number, place in enumerate(places)
        ]
        with db.database.atomic():
            for start in range(0, len(rows), 500):
                Shop.insert_many(rows[start : start + 500]).execute()
            revisions.renew()

    return put


@pytest.fixture
def rng() -> random.Random:
    return random.Random(7)
