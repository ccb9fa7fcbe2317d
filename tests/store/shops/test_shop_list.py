"""The list of shops for staff: filters, order, scope, and the values in use."""

import pytest

from store.core.errors import DomainError
from store.core.listing import Page
from store.shops import shop_list, shops
from store.shops.coordinates import Coordinates
from store.shops.shop_list import ShopFilter


@pytest.fixture
def three(acme):
    return [
        shops.create_shop(
            code=f"S{number}", name=f"{number} 号店", location=Coordinates(121.4, 31.2), city=city
        )
        for number, city in enumerate(("上海", "北京", "上海"), 1)
    ]


def test_shops_are_filtered_sorted_and_paged(three):
    rows, total = shop_list.list_page(ShopFilter(city="上海"), Page(number=1, size=1, sort="-code"))
    assert ([row.code for row in rows], total) == (["S3"], 2)
    assert [row.code for row in shop_list.iterate_shops(ShopFilter(search="2 号"))] == ["S2"]
    assert shop_list.count_shops(ShopFilter(state="paused")) == 0


def test_only_the_own_shops_are_listed(three):
    own = ShopFilter(shop_ids=frozenset({three[1].id}))
    assert [row.code for row in shop_list.list_all(own)] == ["S2"]
    assert shop_list.list_choices(own.shop_ids)["city"] == ["北京"]
    assert sorted(shop_list.list_choices()["city"]) == ["上海", "北京"]
    assert shop_list.count_shops(ShopFilter(shop_ids=frozenset())) == 0


def test_names_are_read_by_public_id(three):
    assert shop_list.find_names([three[0].public_id, "sho_nowhere"]) == {three[0].public_id: "1 号店"}


def test_a_list_that_is_too_long_is_rejected(three):
    with pytest.raises(DomainError) as rejected:
        shop_list.list_all(ShopFilter(), limit=2)
    assert rejected.value.code == "too_many"
