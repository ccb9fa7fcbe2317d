"""The demo chain: opened by verbs, once."""

import re

from demo import shops as demo_shops
from store.core.events import Event
from store.shops import cache_version, nearby, shops
from store.shops.coordinates import Coordinates
from store.shops.shops import Shop
from store.tenants import audit


def test_the_chain_opens_around_the_country_with_clusters_in_six_cities(acme):
    assert demo_shops.seed_shops() == Shop.select().count() == 300
    for city in demo_shops.AREA_CODES:
        assert shops.list_shops(city=city, brand=demo_shops.BRAND)[1] >= 30
    assert len({shop.province for shop in Shop.select(Shop.province)}) >= 20
    assert nearby.search_shops(Coordinates(116.404, 39.915)).total >= 5


def test_no_phone_of_the_chain_can_ring_anywhere(acme):
    demo_shops.seed_shops()
    for shop in Shop.select(Shop.phone):
        assert re.fullmatch(r"0\d{2,3}-0\d{7}|400-000-\d{4}", shop.phone)


def test_a_second_run_changes_nothing(acme):
    demo_shops.seed_shops()
    before = cache_version.get_current(), Event.select().count(), len(audit.list_entries(limit=1000))
    assert demo_shops.seed_shops() == 300
    assert (
        cache_version.get_current(),
        Event.select().count(),
        len(audit.list_entries(limit=1000)),
    ) == before


def test_no_two_shops_share_a_spot() -> None:
    rows = list(demo_shops._read_rows())
    assert len({(row["lng_wgs84"], row["lat_wgs84"]) for row in rows}) == len(rows) == 300
