"""Nearby shops: the answers of measuring every shop, edges and ties included, and never an old map."""

import os
import random

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as some

from bench import brute_force_search
from demo import shops as demo_shops
from store.shops import coordinates as shop_coordinates
from store.shops import nearby, spatial_index
from store.shops.coordinates import Coordinates
from tests.store.shops.conftest import BEIJING, names, place_at_distance

HYPOTHESIS_SETTINGS = hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # the searches change nothing
)


def to_pairs(found: nearby.NearbyPage) -> brute_force_search.SearchResult:
    return [(shop.id, metres) for shop, metres in found.shops], found.total


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
    """Sixty in a default run."""
    every = chain_of_thousands
    for _ in range(1000 if os.environ["DEEP"] else 30):
        place = random_place_near(rng.choice(every)[1:].tolist(), rng, 0.03)
        assert to_pairs(nearby.search_shops(place)) == brute_force_search.find_within(
            place, every, radius_m=5000, count=20
        )
        nearest = [(shop.id, metres) for shop, metres in nearby.list_nearest(place)]
        assert nearest == brute_force_search.find_nearest(place, every, count=3)


@pytest.mark.deep
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
