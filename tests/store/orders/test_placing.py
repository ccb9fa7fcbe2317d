"""Placing: one transaction for price, rows and holds; what is refused changes nothing."""

from dataclasses import replace

import pytest

from store.core.errors import DomainError
from store.core.events import Event
from store.coupons.coupons import Coupon
from store.orders import orders
from store.orders.tables import Order, OrderDiscount, OrderTender
from store.points import points
from store.pricing.request import StaffDiscount
from store.shops import shops
from store.tiers import tiers
from tests.support.coupon_fixtures import error_code_of
from tests.support.order_fixtures import (
    create_rich_member,
    create_shop,
    issue_coupon,
    line,
    list_lines,
    make_request,
    place,
    value_of,
)


def test_ord_1_an_order_placed_twice_is_one_order(shop):
    first, again = place(shop, line(3000), key="K"), place(shop, line(3000), key="K")
    assert (first.id, first.number) == (again.id, again.number)
    assert Order.select().count() == 1
    assert Event.select().where(Event.kind == "orders.placed").count() == 1
    assert error_code_of(lambda: place(shop, line(4000), key="K")) == "key_reused"


def test_all_that_pays_is_held_in_one_transaction(shop, mei):
    coupon = issue_coupon(mei)
    order = place(
        shop,
        line(1000, 3),
        member=mei,
        coupon_codes=frozenset({coupon.code}),
        points=500,
        stored_value_fen=1000,
    )
    assert (order.list_fen, order.discount_fen, order.total_fen, order.due_fen) == (3000, 500, 2500, 1000)
    assert Coupon.get_by_id(coupon.id).state == "held"
    assert (points.balance(mei), value_of(mei)) == (9500, 9000)
    assert order.state == "placed"


def test_what_cannot_be_held_holds_nothing(shop, mei):
    coupon = issue_coupon(mei)
    code = error_code_of(
        lambda: place(
            shop, member=mei, coupon_codes=frozenset({coupon.code}), points=500, stored_value_fen=90_000_00
        )
    )
    assert code == "payment_cut"
    other = create_rich_member(2, value_fen=0)
    assert error_code_of(lambda: place(shop, member=other, points=500, stored_value_fen=100)) != "ok"
    assert Coupon.get_by_id(coupon.id).state == "issued"
    assert (points.balance(mei), points.balance(other), Order.select().count()) == (10_000, 10_000, 0)


def test_price_changed_names_the_new_price(shop):
    with pytest.raises(DomainError) as refused:
        place(shop, line(3000), expected_total_fen=2500)
    assert (refused.value.code, refused.value.status) == ("price_changed", 409)
    assert refused.value.details["total_fen"] == 3000
    assert Order.select().count() == 0
    assert place(shop, line(3000), expected_total_fen=3000).total_fen == 3000


def test_an_order_of_nothing_is_paid_at_once(shop):
    order = place(shop, line(0))
    assert (order.state, order.due_fen) == ("paid", 0)
    assert Event.select().where(Event.kind == "orders.paid").count() == 1


def test_sv_3_an_order_paid_by_stored_value_is_paid_at_once(shop, mei):
    order = place(shop, line(4000), member=mei, stored_value_fen=4000)
    assert (order.state, order.due_fen, order.money_fen, value_of(mei)) == ("paid", 0, 0, 6000)
    assert [tender.kind for tender in order.tenders] == ["stored_value"]


def test_sv_1_stored_value_does_not_shrink_a_discount(shop, mei):
    ten_percent = StaffDiscount("d1", "活动", percent=10)
    order = place(shop, member=mei, stored_value_fen=5000, lowered=(ten_percent,))
    assert (order.discount_fen, order.total_fen, order.due_fen) == (1000, 9000, 4000)


def test_price_1_a_coupon_applies_to_the_special_price(shop, mei):
    coupon = issue_coupon(mei, benefit={"kind": "percent_off", "percent": 70})
    special = line(10_000, special_price_fen=6000)
    order = place(shop, special, member=mei, coupon_codes=frozenset({coupon.code}))
    assert order.total_fen == 1800


def test_price_2_the_price_of_a_unit_is_rounded_half_up(shop):
    order = place(shop, line(1999), lowered=(StaffDiscount("d1", "活动", percent=25),))
    assert order.total_fen == 1499


def test_price_3_the_shares_of_a_discount_sum_to_it(shop):
    many = [line(2057, product=f"p{number}") for number in range(60)]
    order = place(shop, *many, lowered=(StaffDiscount("d1", "活动", percent=10),))
    discount = OrderDiscount.get(OrderDiscount.order == order.id)
    assert (order.total_fen, discount.fen, sum(discount.shares.values())) == (111_078, 12_342, 12_342)


def test_price_4_the_order_of_the_lines_does_not_change_a_discount(shop):
    lines = [line(3995, product=f"p{number}") for number in range(7)]
    for some in (lines, lines[::-1]):
        order = place(shop, *some, lowered=(StaffDiscount("d1", "活动", percent=10),))
        discount = OrderDiscount.get(OrderDiscount.order == order.id)
        assert discount.fen == sum(discount.shares.values()) == 2797


def test_price_7_totals_are_never_below_zero(shop, mei):
    codes = set()
    for _ in range(2):
        terms = {"benefit": {"kind": "amount_off", "off_fen": 3000}, "stacking": {"others": "any"}}
        codes.add(issue_coupon(mei, **terms).code)
    order = place(shop, line(5000), member=mei, coupon_codes=frozenset(codes))
    assert (order.total_fen, order.state) == (0, "paid")


def test_the_discount_of_the_tier_is_the_price_of_the_unit(shop, mei):
    programme = mei.programme
    tiers.Tier.update(discount_percent=10).where(tiers.Tier.programme == programme).execute()
    tiers.cache.clear()
    order = place(shop, *[line(2057, product=f"p{number}") for number in range(60)], member=mei)
    assert order.total_fen == 111_060
    assert list_lines(order)[0].unit_fen == 1851
    assert place(shop, line(2057, takes_tier_discount=False), member=mei).total_fen == 2057


def test_the_best_coupon_is_held(shop, mei):
    small = issue_coupon(mei)
    large = issue_coupon(mei, benefit={"kind": "amount_off", "off_fen": 900})
    order = place(shop, member=mei, coupon_codes="best")
    states = {coupon.code: Coupon.get_by_id(coupon.id).state for coupon in (small, large)}
    assert (order.discount_fen, states) == (900, {small.code: "issued", large.code: "held"})


def test_a_coupon_lies_with_one_order_at_a_time(shop, mei):
    coupon = issue_coupon(mei)
    first = place(shop, member=mei, coupon_codes=frozenset({coupon.code}))
    with pytest.raises(DomainError) as refused:
        place(shop, member=mei, coupon_codes=frozenset({coupon.code}))
    assert (refused.value.code, refused.value.details["order_number"]) == ("coupon_held", first.number)
    assert place(shop, member=mei, coupon_codes="best").discount_fen == 0


def test_the_most_points_are_taken(shop, mei):
    order = place(shop, line(4000), member=mei, points="most")
    tender = OrderTender.get(OrderTender.order == order.id)
    assert (tender.points, tender.fen, order.due_fen) == (2000, 2000, 2000)


def test_a_source_number_is_placed_once(shop):
    first = place(shop, source="pos", source_number="A1")
    with pytest.raises(DomainError) as refused:
        place(shop, source="pos", source_number="A1")
    assert (refused.value.code, refused.value.details["number"]) == ("order_exists", first.number)


def test_a_preview_holds_nothing(shop, mei):
    coupon = issue_coupon(mei)
    price = orders.preview(make_request(shop, member=mei, coupon_codes="best", points=99_999))
    assert (price.discount_fen, price.due_fen, [cut.kind for cut in price.cuts]) == (500, 4750, ["points"])
    assert Coupon.get_by_id(coupon.id).state == "issued"


def test_values_out_of_bounds_are_refused(shop, mei):
    request = make_request(shop)
    for changes in (
        {"lines": ()},
        {"kind": "gift"},
        {"remark": "x" * 201},
        {"points": 5},
        {"stored_value_fen": 5},
        {"round_down_to_fen": 0},
        {"lines": (line(10**10, 2),)},
        {"lowered": (StaffDiscount("d", "r", percent=5, lines=frozenset({"7"})),)},
        {"lines": (line(100, gift_for=("1",)),)},
    ):
        wrong = replace(request, **changes)
        assert error_code_of(lambda wrong=wrong: orders.place(request=wrong, key="K")) == "invalid", changes
    for changes in ({"shop_id": 10**6}, {"member_id": 10**6}):
        wrong = replace(request, **changes)
        assert error_code_of(lambda wrong=wrong: orders.place(request=wrong, key="K")) == "not_found"
    assert Order.select().count() == 0


def test_a_closed_shop_takes_no_order(shop):
    gone = create_shop("S2")
    shops.close(gone)
    assert error_code_of(lambda: place(gone)) == "shop_closed"
