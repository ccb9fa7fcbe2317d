"""Favourites: kept once, let go once, newest first, and carried along when two people prove to be one."""

import pytest

from store.company import tenants
from store.kernel.events import Event
from store.kernel.refusals import Refused
from store.people import customers, merges
from store.people.customers import Customer
from store.shop import favourites, shops
from store.shop.favourites import Favourite
from tests import world
from tests.store.shop.conftest import BEIJING


@pytest.fixture
def three(acme):
    return [shops.open_shop(code=f"F{number}", name=f"店{number}", place=BEIJING) for number in range(3)]


@pytest.fixture
def may(acme):
    return customers.open_customer(source="test")


def kept(customer) -> list[str]:
    return [shop.code for shop in favourites.listing(customer)[0]]


def happened(kind: str) -> int:
    return Event.select().where(Event.kind == kind).count()


def test_the_shop_kept_last_comes_first(may, three):
    for shop in (three[1], three[0], three[2]):
        favourites.add(customer=may, shop=shop)
    assert kept(may) == ["F2", "F0", "F1"]
    assert favourites.among(may, three[:2]) == {three[0].id, three[1].id}
    assert favourites.among(may, []) == set()
    page, total = favourites.listing(may, page=2, page_size=2)
    assert ([shop.code for shop in page], total) == (["F1"], 3)


def test_keeping_twice_keeps_once(may, three):
    first = favourites.add(customer=may, shop=three[0])
    assert favourites.add(customer=may, shop=three[0]).at == first.at
    assert (kept(may), happened("favourites.added")) == (["F0"], 1)


def test_many_taps_at_once_keep_once(may, three):
    world.at_once(6, lambda number: favourites.add(customer=may, shop=three[0]))
    assert (kept(may), happened("favourites.added")) == (["F0"], 1)


def test_letting_go_twice_lets_go_once(may, three):
    favourites.add(customer=may, shop=three[0])
    assert [favourites.remove(customer=may, shop=three[0]) for _ in range(2)] == [True, False]
    assert (kept(may), happened("favourites.removed")) == ([], 1)


def test_a_closed_shop_is_neither_shown_nor_kept(may, three):
    favourites.add(customer=may, shop=three[0])
    shops.close(three[0])
    assert kept(may) == []
    with pytest.raises(Refused) as refused:
        favourites.add(customer=may, shop=shops.close(three[1]))
    assert refused.value.code == "shop_closed"


def test_there_is_an_end_to_keeping(may, three, monkeypatch):
    monkeypatch.setattr(favourites, "MOST", 2)
    for shop in three[:2]:
        favourites.add(customer=may, shop=shop)
    with pytest.raises(Refused) as refused:
        favourites.add(customer=may, shop=three[2])
    assert refused.value.code == "too_many_favourites"


def test_two_who_prove_to_be_one_keep_each_shop_once(may, three):
    june = customers.open_customer(source="test")
    favourites.add(customer=may, shop=three[0])
    for shop in three[:2]:
        favourites.add(customer=june, shop=shop)
    merges.merge(keep=may, lose=june, proof="test")
    june = Customer.get_by_id(june.id)
    assert sorted(kept(may)) == ["F0", "F1"]
    assert kept(june) == kept(may)
    assert Favourite.select().where(Favourite.customer == june).count() == 0
    favourites.add(customer=june, shop=three[2])
    assert kept(may)[0] == "F2"


def test_somebody_elses_shops_stay_out_of_sight(may, three):
    favourites.add(customer=may, shop=three[0])
    assert kept(customers.open_customer(source="test")) == []
    with tenants.using("rival"):
        assert Favourite.select().count() == 0
