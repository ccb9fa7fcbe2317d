"""The demo chain: opened by verbs, once."""

import re

from demo import chain
from store.company import audit
from store.kernel.events import Event
from store.shop import nearby, revisions, shops
from store.shop.places import Place
from store.shop.shops import Shop


def test_the_chain_opens_around_the_country_with_clusters_in_six_cities(acme):
    assert chain.open_chain() == Shop.select().count() == 300
    for city in chain.AREA_CODES:
        assert shops.listing(city=city, brand=chain.BRAND)[1] >= 30
    assert len({shop.province for shop in Shop.select(Shop.province)}) >= 20
    assert nearby.find(Place(116.404, 39.915)).total >= 5


def test_no_phone_of_the_chain_can_ring_anywhere(acme):
    chain.open_chain()
    for shop in Shop.select(Shop.phone):
        assert re.fullmatch(r"0\d{2,3}-0\d{7}|400-000-\d{4}", shop.phone)


def test_a_second_run_changes_nothing(acme):
    chain.open_chain()
    before = revisions.current(), Event.select().count(), len(audit.listing(limit=1000))
    assert chain.open_chain() == 300
    assert (revisions.current(), Event.select().count(), len(audit.listing(limit=1000))) == before


def test_no_two_shops_share_a_spot() -> None:
    rows = list(chain._rows())
    assert len({(row["lng_wgs84"], row["lat_wgs84"]) for row in rows}) == len(rows) == 300
