"""Nearby shops: the answers of measuring every shop, edges and ties included, and never an old map."""

import os
import random

import pytest
import time_machine
from geopy.distance import geodesic
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as some

from bench import brute_force_search
from demo import shops as demo_shops
from store.core.database import db
from store.core.errors import DomainError
from store.shops import coordinates as shop_coordinates
from store.shops import nearby, shops, spatial_index
from store.shops.coordinates import Coordinates
from store.tenants import registry
from tests.store.shops.conftest import ALWAYS_OPEN, BEIJING
from tests.support import database

HYPOTHESIS_SETTINGS = hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # the searches change nothing
)


def place_at_distance(place: Coordinates, metres: float, bearing: float) -> Coordinates:
    """The place at an exact distance."""
    there = geodesic(meters=metres).destination((place.lat, place.lng), bearing)
    return Coordinates(there.longitude, there.latitude)


def to_pairs(found: nearby.NearbyPage) -> brute_force_search.SearchResult:
    return [(shop.id, metres) for shop, metres in found.shops], found.total


def names(found: nearby.NearbyPage) -> list[str]:
    return [shop.code for shop, _ in found.shops]


@pytest.fixture
def chain_of_thousands(create_shops, rng):
    """The demo chain and 2,000 more around it."""
    demo_shops.seed_shops()
    real = brute_force_search.load_shops()
    create_shops([random_place_near(rng.choice(real)[1:].tolist(), rng, 0.05) for _ in range(2000)])
    return brute_force_search.load_shops()


def random_place_near(point: tuple[float, float], rng: random.Random, spread_deg: float) -> Coordinates:
    return Coordinates(point[0] + rng.gauss(0, spread_deg), point[1] + rng.gauss(0, spread_deg))


def test_a_thousand_searches_answer_as_measuring_every_shop_does(chain_of_thousands, rng):
    """Two hundred in a default run."""
    every = chain_of_thousands
    for _ in range(1000 if os.environ["DEEP"] else 200):
        place = random_place_near(rng.choice(every)[1:].tolist(), rng, 0.03)
        assert to_pairs(nearby.search_shops(place)) == brute_force_search.find_within(
            place, every, radius_m=5000, count=20
        )
        nearest = [(shop.id, metres) for shop, metres in nearby.list_nearest(place)]
        assert nearest == brute_force_search.find_nearest(place, every, count=3)


def test_the_brute_force_reference_itself_agrees_with_geodesics_to_every_single_shop(chain_of_thousands, rng):
    every = chain_of_thousands
    for radius_m in (500, 5000, 50_000):
        place = random_place_near(rng.choice(every)[1:].tolist(), rng, 0.03)
        measured = sorted((brute_force_search.distance_m(place, row), int(row[0])) for row in every)
        inside = [(id, round(metres)) for metres, id in measured if metres <= radius_m]
        assert brute_force_search.find_within(place, every, radius_m=radius_m, count=20) == (
            inside[:20],
            len(inside),
        )
        assert brute_force_search.find_nearest(place, every, count=3) == [
            (id, round(metres)) for metres, id in measured[:3]
        ]


def test_any_search_in_china_answers_as_measuring_every_shop_does(chain_of_thousands):
    every = chain_of_thousands

    @HYPOTHESIS_SETTINGS
    @given(
        some.floats(73, 135),
        some.floats(3, 54),
        some.floats(1, 50_000),
        some.integers(1, 100),
        some.booleans(),
    )
    def check(lng, lat, radius_m, count, in_town):
        place = (
            Coordinates(116.4 + (lng - 104) / 100, 39.9 + (lat - 28) / 100)
            if in_town
            else Coordinates(lng, lat)
        )
        found = nearby.search_shops(place, radius_m=radius_m, limit=count)
        assert to_pairs(found) == brute_force_search.find_within(place, every, radius_m=radius_m, count=count)
        nearest = [shop.id for shop, _ in nearby.list_nearest(place)]
        assert nearest == [id for id, _ in brute_force_search.find_nearest(place, every, count=3)]

    check()


def test_any_search_on_the_globe_answers_as_measuring_every_shop_does(create_shops, rng):
    corners = [
        Coordinates(180, 0),
        Coordinates(-180, 0.01),
        Coordinates(179.99, 60),
        Coordinates(-179.99, 60),
        Coordinates(0, 90),
        Coordinates(7, -90),
    ]
    create_shops([*corners, *(Coordinates(rng.uniform(-180, 180), rng.uniform(-90, 90)) for _ in range(300))])
    every = brute_force_search.load_shops()

    @HYPOTHESIS_SETTINGS
    @given(some.sampled_from(corners), some.floats(0, 80_000), some.floats(0, 360))
    def check(corner, metres, bearing):
        place = place_at_distance(corner, metres, bearing)
        found = nearby.search_shops(place, radius_m=50_000)
        assert to_pairs(found) == brute_force_search.find_within(place, every, radius_m=50_000, count=20)

    check()


@pytest.mark.parametrize("bearing", range(0, 360, 15))
def test_the_edge_is_sharp_in_every_direction(create_shops, bearing):
    create_shops(
        [place_at_distance(BEIJING, 5000 + off, bearing) for off in (-1, 1, -0.001, 0.001, -1e-6, 1e-6)]
    )
    found = nearby.search_shops(BEIJING, radius_m=5000)
    assert names(found) == ["C0", "C2", "C4"]
    assert (found.total, found.shops[0].metres) == (3, 4999)


def test_without_the_geodesic_at_the_edge_the_answer_would_be_wrong(create_shops, monkeypatch):
    create_shops([place_at_distance(BEIJING, 50_000 + 1e-4, bearing) for bearing in range(0, 360, 15)])
    assert nearby.search_shops(BEIJING, radius_m=50_000).total == 0
    monkeypatch.setattr(spatial_index, "error_bound_m", lambda metres: -1.0)
    assert nearby.search_shops(BEIJING, radius_m=50_000).total > 0


def test_the_approximation_stays_far_within_its_doubt(rng):
    for reach in (10, 1000, 5000, 50_000, 500_000, 1_000_000):
        for _ in range(100):
            here = Coordinates(rng.uniform(-180, 180), rng.uniform(-88, 88))
            there = place_at_distance(here, reach, rng.uniform(0, 360))
            bent = spatial_index.approximate_distance_m(here, there)
            assert (
                abs(bent - shop_coordinates.geodesic_distance_m(here, there))
                < spatial_index.error_bound_m(reach) / 2
            )


@pytest.fixture
def neck_and_neck(create_shops, rng):
    """Forty shops 49 km away in all directions, each a hundredth of a millimetre further than another."""
    steps = rng.sample(range(40), 40)
    create_shops([place_at_distance(BEIJING, 49_000 + step * 1e-5, rng.uniform(0, 360)) for step in steps])
    return brute_force_search.load_shops()


def test_shops_hardly_apart_come_in_their_true_order(neck_and_neck):
    for count in (1, 7, 20, 40):
        found = nearby.search_shops(BEIJING, radius_m=50_000, limit=count)
        assert to_pairs(found) == brute_force_search.find_within(
            BEIJING, neck_and_neck, radius_m=50_000, count=count
        )


def test_without_geodesics_between_neighbours_the_order_would_be_wrong(neck_and_neck, monkeypatch):
    monkeypatch.setattr(spatial_index, "error_bound_m", lambda metres: -1.0)
    found = nearby.search_shops(BEIJING, radius_m=50_000, limit=40)
    assert to_pairs(found) != brute_force_search.find_within(
        BEIJING, neck_and_neck, radius_m=50_000, count=40
    )


def test_shops_on_one_spot_come_in_the_order_of_their_ids(create_shops):
    spot = place_at_distance(BEIJING, 300, 45)
    create_shops(
        [spot, place_at_distance(BEIJING, 300.0001, 200), spot, place_at_distance(BEIJING, 200, 10), spot]
    )
    assert names(nearby.search_shops(BEIJING)) == ["C3", "C0", "C2", "C4", "C1"]


def test_pages_follow_on_without_gap_or_repeat(create_shops, rng):
    create_shops([place_at_distance(BEIJING, rng.uniform(0, 3000), rng.uniform(0, 360)) for _ in range(45)])
    whole = nearby.search_shops(BEIJING, limit=100)
    pages = [nearby.search_shops(BEIJING, offset=first, limit=20) for first in (0, 20, 40, 60)]
    assert [shop for page in pages for shop in names(page)] == names(whole)
    assert [(page.total, page.has_more) for page in pages] == [
        (45, True),
        (45, True),
        (45, False),
        (45, False),
    ]


def test_filters_leave_what_fits_and_count_it(create_shops):
    create_shops([place_at_distance(BEIJING, 10 * (number + 1), 0) for number in range(12)])
    assert names(nearby.search_shops(BEIJING, brand=demo_shops.BRAND, limit=3)) == ["C1", "C2", "C4"]
    assert names(nearby.search_shops(BEIJING, city="上海市", brand="对门")) == ["C0", "C6"]
    assert names(nearby.search_shops(BEIJING, keyword="分店 1")) == ["C1", "C10", "C11"]
    assert names(nearby.search_shops(BEIJING, keyword="对门", city="北京市")) == ["C3", "C9"]
    assert nearby.search_shops(BEIJING, city="火星", open_now=True, keyword="分店").total == 0
    page = nearby.search_shops(BEIJING, open_now=True, limit=2)
    assert (names(page), page.total, page.has_more) == (["C1", "C2"], 9, True)


def test_open_now_goes_by_the_clock_on_the_wall(shop):
    shops.update_details(shop, hours={"mon": [["20:00", "02:00"]]})
    with time_machine.travel("2026-11-23T17:59:00Z", tick=False):  # Tuesday, 01:59 in Shanghai
        assert nearby.search_shops(BEIJING, open_now=True).total == 1
    with time_machine.travel("2026-11-23T18:00:00Z", tick=False):
        assert nearby.search_shops(BEIJING, open_now=True).total == 0
        assert nearby.search_shops(BEIJING).total == 1


def test_a_keyword_is_found_whatever_its_case(acme):
    shops.create_shop(code="K", name="SOHO 店", location=BEIJING, district="朝阳区", address="建国路 1 号")
    for keyword in ("soho", "朝阳", " 建国路 ", " "):
        assert nearby.search_shops(BEIJING, keyword=keyword).total == 1
    assert nearby.search_shops(BEIJING, keyword="soho1").total == 0


def test_every_change_is_seen_by_the_next_search(shop):
    assert nearby.search_shops(BEIJING).total == 1
    shops.pause(shop)
    assert nearby.search_shops(BEIJING).total == 0
    assert nearby.list_nearest(BEIJING) == []
    shops.resume(shop)
    assert nearby.search_shops(BEIJING).total == 1
    shops.relocate(shop, location=Coordinates(121.5, 31.2))
    assert nearby.search_shops(BEIJING).total == 0
    assert nearby.search_shops(Coordinates(121.5, 31.2)).shops[0].metres == 0
    shops.update_details(shop, city="上海市")
    assert nearby.search_shops(Coordinates(121.5, 31.2), city="上海市").total == 1
    shops.close(shop)
    assert nearby.search_shops(Coordinates(121.5, 31.2)).total == 0


def test_the_map_is_drawn_again_only_for_what_a_search_could_see(shop):
    drawn = spatial_index.get_current()
    shops.update_details(shop, introduction="欢迎光临", pictures=["/files/a.png"])
    assert spatial_index.get_current() is drawn
    assert nearby.search_shops(BEIJING).shops[0].shop.introduction == "欢迎光临"
    shops.update_details(shop, hours=ALWAYS_OPEN | {"mon": []})
    assert spatial_index.get_current() is not drawn


def test_a_move_that_is_rolled_back_was_never_there(shop):
    class Undone(Exception):
        pass

    def move_and_regret():
        with db.database.transaction():
            shops.relocate(shop, location=Coordinates(121.5, 31.2))
            assert nearby.search_shops(BEIJING).total == 0
            raise Undone

    with pytest.raises(Undone):
        move_and_regret()
    assert nearby.search_shops(BEIJING).total == 1


def test_a_shop_that_closes_behind_the_map_is_left_out(shop, monkeypatch):
    stale = spatial_index.get_current()
    shops.close(shop)
    monkeypatch.setattr(spatial_index, "get_current", lambda: stale)
    assert nearby.search_shops(BEIJING).shops == []


def test_searches_and_openings_at_once_end_with_every_shop_found(acme):
    def work(number):
        if number % 2:
            return nearby.search_shops(BEIJING).total
        return shops.create_shop(code=f"W{number}", name="新店", location=BEIJING)

    outcomes = database.run_concurrently(10, work)
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert nearby.search_shops(BEIJING).total == 5


def test_a_stranger_sees_a_map_of_its_own(shop):
    assert nearby.search_shops(BEIJING).total == 1
    with registry.use_tenant("rival"):
        assert nearby.search_shops(BEIJING).total == 0
        assert nearby.list_nearest(BEIJING) == []
    assert nearby.search_shops(BEIJING).total == 1


@pytest.mark.parametrize(
    "question",
    [
        {"radius_m": 0},
        {"radius_m": 50_001},
        {"radius_m": float("nan")},
        {"limit": 0},
        {"limit": 101},
        {"offset": -1},
    ],
)
def test_a_search_without_bounds_is_refused(acme, question):
    with pytest.raises(DomainError) as refused:
        nearby.search_shops(BEIJING, **question)
    assert refused.value.code == "invalid"
