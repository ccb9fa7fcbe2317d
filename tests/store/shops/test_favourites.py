"""Favourites: kept once, let go once, newest first, and carried along when two people prove to be one."""

import pytest

from store.core.errors import DomainError
from store.core.events import Event
from store.customers import customers
from store.customers.customers import Customer
from store.customers.merging import merges
from store.shops import favourites as shop_favourites
from store.shops import shops
from store.shops.favourites import Favourite
from store.tenants import registry
from tests.store.shops.conftest import BEIJING
from tests.support import database


@pytest.fixture
def three_shops(acme):
    return [shops.create_shop(code=f"F{number}", name=f"店{number}", location=BEIJING) for number in range(3)]


@pytest.fixture
def may(acme):
    return customers.create_customer(source="test")


def list_codes(customer) -> list[str]:
    return [shop.code for shop in shop_favourites.list_favourites(customer)[0]]


def count_events(kind: str) -> int:
    return Event.select().where(Event.kind == kind).count()


def test_the_shop_kept_last_comes_first(may, three_shops):
    for shop in (three_shops[1], three_shops[0], three_shops[2]):
        shop_favourites.add(customer=may, shop=shop)
    assert list_codes(may) == ["F2", "F0", "F1"]
    assert shop_favourites.filter_favourites(may, three_shops[:2]) == {three_shops[0].id, three_shops[1].id}
    assert shop_favourites.filter_favourites(may, []) == set()
    page, total = shop_favourites.list_favourites(may, page=2, page_size=2)
    assert ([shop.code for shop in page], total) == (["F1"], 3)


def test_keeping_twice_keeps_once(may, three_shops):
    first = shop_favourites.add(customer=may, shop=three_shops[0])
    assert shop_favourites.add(customer=may, shop=three_shops[0]).added_at == first.added_at
    assert (list_codes(may), count_events("favourites.added")) == (["F0"], 1)


def test_many_taps_at_once_keep_once(may, three_shops):
    database.run_concurrently(6, lambda number: shop_favourites.add(customer=may, shop=three_shops[0]))
    assert (list_codes(may), count_events("favourites.added")) == (["F0"], 1)


def test_letting_go_twice_lets_go_once(may, three_shops):
    shop_favourites.add(customer=may, shop=three_shops[0])
    assert [shop_favourites.remove(customer=may, shop=three_shops[0]) for _ in range(2)] == [True, False]
    assert (list_codes(may), count_events("favourites.removed")) == ([], 1)


def test_a_closed_shop_is_neither_shown_nor_kept(may, three_shops):
    shop_favourites.add(customer=may, shop=three_shops[0])
    shops.close(three_shops[0])
    assert list_codes(may) == []
    with pytest.raises(DomainError) as refused:
        shop_favourites.add(customer=may, shop=shops.close(three_shops[1]))
    assert refused.value.code == "shop_closed"


def test_there_is_an_end_to_keeping(may, three_shops, monkeypatch):
    monkeypatch.setattr(shop_favourites, "MAX_FAVOURITES", 2)
    for shop in three_shops[:2]:
        shop_favourites.add(customer=may, shop=shop)
    with pytest.raises(DomainError) as refused:
        shop_favourites.add(customer=may, shop=three_shops[2])
    assert refused.value.code == "too_many_favourites"


def test_two_who_prove_to_be_one_keep_each_shop_once(may, three_shops):
    june = customers.create_customer(source="test")
    shop_favourites.add(customer=may, shop=three_shops[0])
    for shop in three_shops[:2]:
        shop_favourites.add(customer=june, shop=shop)
    merges.merge(survivor=may, duplicate=june, proof="test")
    june = Customer.get_by_id(june.id)
    assert sorted(list_codes(may)) == ["F0", "F1"]
    assert list_codes(june) == list_codes(may)
    assert Favourite.select().where(Favourite.customer == june).count() == 0
    shop_favourites.add(customer=june, shop=three_shops[2])
    assert list_codes(may)[0] == "F2"


def test_someone_elses_shops_stay_out_of_sight(may, three_shops):
    shop_favourites.add(customer=may, shop=three_shops[0])
    assert list_codes(customers.create_customer(source="test")) == []
    with registry.use_tenant("rival"):
        assert Favourite.select().count() == 0
