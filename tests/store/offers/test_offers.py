"""Offers on goods and nearby: special prices as an order has them, and what was paid before."""

from datetime import timedelta

import pytest

from store.core import clock
from store.offers import goods_offers, nearby_offers
from store.shops.coordinates import Coordinates
from tests.support import coupon_fixtures, order_fixtures, promotion_fixtures, shop_order_fixtures
from tests.support.shop_order_fixtures import publish_sku

HERE = Coordinates(121.4737, 31.2304)


@pytest.fixture
def shop(acme):
    made = order_fixtures.create_shop()
    shop_order_fixtures.offer_all(made)
    return made


def special(product, fen, **more):
    return {"kind": "special_price", "prices": [{"product": product, "price_fen": fen, **more}]}


def test_a_special_price_is_offered_where_an_order_would_have_it(shop):
    tea = publish_sku(shop, "TEA", price_fen=5_000, member_price_fen=3_900)
    milk = publish_sku(shop, "MILK", price_fen=600)
    member = coupon_fixtures.create_member()
    promotion_fixtures.run(special("P-TEA", 4_000, per_order=2))
    promotion_fixtures.run(special("P-MILK", 700), name="没有更便宜")
    found = goods_offers.read_of_skus(shop, [tea.id, milk.id], None)
    assert (found[tea.id].special_fen, found[tea.id].limit) == (4_000, 2)
    assert milk.id not in found
    assert goods_offers.read_of_skus(shop, [tea.id], member) == {}  # the member price is lower
    assert goods_offers.read_of_skus(shop, [], None) == {}


def test_the_former_price_is_the_lowest_paid_before_the_special_price_began(shop):
    tea = publish_sku(shop, "TEA", price_fen=5_000)
    member = coupon_fixtures.create_member()
    for days, percent in ((9, 50), (3, 10), (2, None)):
        with clock.use_moment(clock.now() - timedelta(days=days)):
            discount = percent and promotion_fixtures.run(
                {"kind": "discount", "steps": [{"percent": percent}]},
                ends_at=clock.now() + timedelta(hours=1),
            )
            row = shop_order_fixtures.submit(shop, member, (tea, 1), key=f"before-{days}")
            shop_order_fixtures.pay(row)
            assert bool(discount) == (row.order.discount_fen > 0)
    promotion_fixtures.run(special("P-TEA", 4_000))
    row = shop_order_fixtures.submit(shop, member, (tea, 1), key="after")
    shop_order_fixtures.pay(row)
    assert row.order.total_fen == 4_000
    assert goods_offers.read_of_skus(shop, [tea.id], None)[tea.id].former_fen == 4_500


def test_goods_that_promotions_name_are_listed_around_a_place(shop):
    publish_sku(shop, "TEA")
    publish_sku(shop, "MILK")
    promotion_fixtures.run(special("P-TEA", 1))
    promotion_fixtures.run(name="全场")
    rows, total = nearby_offers.list_promoted(HERE)
    assert ([(row.shop, row.metres, row.product.code) for row in rows], total) == ([(shop, 0, "P-TEA")], 1)
    position = nearby_offers.get_position(rows[0])
    assert nearby_offers.list_promoted(HERE, after=position) == ([], 1)
    assert nearby_offers.list_promoted(Coordinates(110.0, 20.0)) == ([], 0)
