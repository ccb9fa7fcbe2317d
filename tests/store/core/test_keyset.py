"""A page after a position holds every row that comes later in the order, whatever left meanwhile."""

from datetime import timedelta

import pytest

from store.core import clock, keyset
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.shops.shops import Shop

NEWEST_FIRST = ((Shop.created_at, True), (Shop.id, True))


@pytest.fixture
def chain(acme):
    """Six shops of which three were created at the same moment."""
    made = [shops.create_shop(code=f"s{n}", name=f"{n}", location=Coordinates(121.4, 31.2)) for n in range(6)]
    now = clock.now()
    for n, shop in enumerate(made):
        moment = now + timedelta(microseconds=n if n < 3 else 3)
        Shop.update(created_at=moment).where(Shop.id == shop.id).execute()
    return made


@pytest.mark.parametrize("size", [1, 2, 4, 6])
def test_f20_every_row_is_read_once_in_order(chain, size):
    found, after = [], None
    while True:
        page = keyset.select_page(Shop.select(), NEWEST_FIRST, page=1, page_size=size, after=after)
        if not page:
            break
        found += [shop.code for shop in page]
        after = (page[-1].created_at, page[-1].id)
    assert found == ["s5", "s4", "s3", "s2", "s1", "s0"]


def test_f20_a_row_that_leaves_hides_no_other_one(chain):
    first, total = shops.list_shops(state="open", newest_first=True, page_size=2)
    shops.close(chain[5])
    after = (first[-1].created_at, first[-1].id)
    rest, _ = shops.list_shops(state="open", newest_first=True, page_size=10, after=after)
    assert (total, [shop.code for shop in rest]) == (6, ["s3", "s2", "s1", "s0"])
