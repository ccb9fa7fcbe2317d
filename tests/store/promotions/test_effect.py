"""What promotions have brought, the lowest price before them, and their words."""

from datetime import timedelta

import pytest

from store.core import cache, clock
from store.orders.tables import Order
from store.promotions import effect, former_prices, words
from store.promotions.effect import PromotionEffect
from store.shop_orders import moves
from store.tenants import business_days
from tests.support import order_fixtures
from tests.support.promotion_fixtures import THIRTY_LESS_FIVE, create_draft, run
from tests.support.shop_order_fixtures import pay, publish_sku, submit


def test_the_effect_counts_paid_orders(shop, mei, tea, milk):
    promotion = run(THIRTY_LESS_FIVE)
    lin = order_fixtures.create_rich_member(2)
    pay(submit(shop, mei, (tea, 3)))
    pay(submit(shop, lin, (tea, 3), (milk, 1)))
    submit(shop, lin, (tea, 3))
    assert effect.read_effect(promotion.id) == PromotionEffect(2, 2, 7, 1_000, 6_600)
    gone = pay(submit(shop, mei, (milk, 1), points=0))
    moves.cancel(number=gone.order.number, reason="不要了")
    today = business_days.today()
    days = effect.list_days(promotion.id, first_day=today, last_day=today)
    assert [(one.day, one.orders, one.off_fen, one.list_fen) for one in days] == [(today, 2, 1_000, 6_600)]
    yesterday = today - timedelta(days=1)
    assert effect.read_effect(promotion.id, last_day=yesterday) == effect.NOTHING
    assert effect.read_effect(promotion.id, first_day=today, shop_ids=[shop.id]).orders == 2
    assert effect.read_effect(promotion.id, shop_ids=[shop.id + 99]) == effect.NOTHING


def test_a_refunded_order_is_left_out(shop, mei, tea):
    promotion = run(THIRTY_LESS_FIVE)
    row = pay(submit(shop, mei, (tea, 3)))
    moves.cancel(number=row.order.number, reason="不要了")
    assert effect.read_effects([promotion.id]) == {promotion.id: effect.NOTHING}


def test_gifts_have_an_effect_too(shop, mei, tea):
    publish_sku(shop, "cup", price_fen=500)
    promotion = run({"kind": "gift", "steps": [{"from_fen": 1_000, "gifts": [{"sku": "cup"}]}]})
    pay(submit(shop, mei, (tea, 2)))
    assert effect.read_effect(promotion.id) == PromotionEffect(1, 1, 2, 0, 2_000)


def test_the_former_price_is_the_lowest_paid_in_seven_days(shop, mei, tea, milk):
    other = order_fixtures.create_shop("S2")
    sold = pay(submit(shop, mei, (tea, 1)))
    promotion = run({"kind": "special_price", "prices": [{"product": "P-tea", "price_fen": 900}]})
    assert former_prices.read_former_prices(shop=shop, sku_ids=[tea.id, milk.id]) == {tea.id: 1_000}
    pay(submit(shop, mei, (tea, 2)))
    cache.clear()
    assert former_prices.read_former_prices(shop=shop, sku_ids=[tea.id]) == {tea.id: 900}
    begun = Order.get_by_id(sold.order_id).paid_at + timedelta(microseconds=1)
    assert former_prices.read_former_prices(shop=shop, sku_ids=[tea.id], before=begun) == {tea.id: 1_000}
    later = clock.now() + timedelta(days=7, seconds=1)
    assert former_prices.read_former_prices(shop=shop, sku_ids=[tea.id], before=later) == {}
    assert former_prices.read_former_prices(shop=other, sku_ids=[tea.id]) == {}
    assert promotion.draft.kind == "special_price"


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"kind": "special_price", "prices": [{"product": "P-tea", "price_fen": 850}]}, "特价 8.50 元"),
        ({"kind": "second_half"}, "第二件半价"),
        ({"kind": "buy_get", "buy": 2}, "买 2 送 1"),
        ({"kind": "buy_get", "buy": 1, "percent": 20}, "第 2 件 8 折"),
        ({"kind": "bundle", "parts": [{"products": ["P-tea"], "quantity": 2}], "price_fen": 1_500}, "2 件组合价 15 元"),
        ({"kind": "reduction", "steps": [{"from_fen": 3_000, "off_fen": 500}, {"from_fen": 5_000, "off_fen": 1_050}]},
         "满 30 减 5，满 50 减 10.50"),
        ({"kind": "reduction", "steps": [{"from_units": 3, "off_fen": 500}], "repeats": True}, "每满 3 件减 5"),
        ({"kind": "discount", "steps": [{"percent": 5}]}, "9.5 折"),
        ({"kind": "member_day", "steps": [{"from_fen": 10_000, "percent": 20}]}, "满 100 打 8 折"),
        ({"kind": "gift", "steps": [{"from_fen": 5_000, "gifts": [{"sku": "milk"}]}]}, "满 50 送赠品"),
    ],
)  # fmt: skip
def test_each_kind_has_one_sentence(shop, tea, milk, parameters, sentence):
    assert words.describe(create_draft(parameters=parameters).draft, product="P-tea") == sentence


def test_limits_are_said(acme):
    draft = create_draft(
        members_only=True, limit_per_member=2, weekdays=[2], month_days=[1, 15], with_coupons=False,
        hours={"begins": "09:00", "ends": "12:00"},
    ).draft  # fmt: skip
    assert words.describe_limits(draft) == [
        "限会员", "每人限 2 次", "周二", "每月 1、15 日", "09:00–12:00", "不与优惠券同享",
    ]  # fmt: skip
