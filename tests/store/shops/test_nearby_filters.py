"""Nearby shops: filters, pages, and changes of shops."""

import pytest
import time_machine

from demo import shops as demo_shops
from store.core.database import db
from store.core.errors import DomainError
from store.shops import nearby, shops, spatial_index
from store.shops.coordinates import Coordinates
from store.tenants import registry
from tests.store.shops.conftest import ALWAYS_OPEN, BEIJING, names, place_at_distance
from tests.support import database


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
        {"limit": 102},
        {"offset": -1},
    ],
)
def test_a_search_without_bounds_is_refused(acme, question):
    with pytest.raises(DomainError) as refused:
        nearby.search_shops(BEIJING, **question)
    assert refused.value.code == "invalid"
