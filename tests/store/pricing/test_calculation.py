"""The price of an order: the numbers of the rules, random orders against the reference, and what is refused."""

import random
from dataclasses import replace
from typing import Any

import pytest

from store.core import clock
from store.core.errors import DomainError
from store.pricing.calculation import price
from store.pricing.price import Price
from store.pricing.request import Buyer, PointTerms, PriceLine, PriceRequest, StaffDiscount
from tests.store.pricing import reference
from tests.support.coupon_fixtures import WEDNESDAY_NOON, make_snapshot

ANY = {"others": "any"}
GOLD = Buyer(tier="金卡", discount_percent=10)


def request_of(*lines: PriceLine, **changes: Any) -> PriceRequest:
    values = {"local_time": clock.to_local(WEDNESDAY_NOON), "shop": "S1"} | changes
    return PriceRequest(lines=lines, **values)


def goods(line: str, list_fen: int, quantity: int = 1, **more: Any) -> PriceLine:
    return PriceLine(
        line=line, product=more.pop("product", "tea"), quantity=quantity, list_fen=list_fen, **more
    )


def coupon(code: str, kind: str, **benefit: Any) -> Any:
    more = {name: benefit.pop(name) for name in ("products", "threshold_fen", "stacking") if name in benefit}
    return make_snapshot(code, benefit={"kind": kind, **benefit}, **{"stacking": ANY, **more})


def assert_lines_sum_up(result: Price) -> None:
    """On every line the list amount is discounts, tenders and what is due; no share is negative."""
    for line in result.lines:
        taken = [one.shares.get(line.line, 0) for one in (*result.discounts, *result.tenders)]
        assert min(taken, default=0) >= 0
        assert line.list_fen == sum(taken) + result.due_shares.get(line.line, 0)
    assert result.due_fen == sum(result.due_shares.values())
    assert result.total_fen == sum(line.goods_fen for line in result.lines)
    assert result.list_fen == result.total_fen + result.discount_fen


class TestNumbersThatHold:
    def test_shares_of_coupon_points_and_stored_value(self):
        result = price(
            request_of(
                goods("1", 1000), goods("2", 1000), goods("3", 1000),
                coupons=(coupon("c", "amount_off", off_fen=100),), point_terms=PointTerms(100, 50),
                points_available=900, points_wanted=500, stored_value_fen=1000,
            )
        )  # fmt: skip
        assert result.discounts[0].shares == {"1": 34, "2": 33, "3": 33}
        points, stored_value = result.tenders
        assert sorted(points.shares.values()) == [166, 167, 167]
        assert (stored_value.fen, result.due_fen) == (1000, 1400)
        assert_lines_sum_up(result)

    def test_ten_yuan_off_and_twenty_percent(self):
        cards = (coupon("a", "amount_off", off_fen=1000), coupon("b", "percent_off", percent=20))
        assert price(request_of(goods("1", 10_000), coupons=cards)).due_fen == 7200

    def test_a_percentage_takes_off_what_is_rounded_half_up(self):
        result = price(request_of(goods("1", 1999), coupons=(coupon("a", "percent_off", percent=25),)))
        assert result.due_fen == 1499

    def test_a_tier_discount_is_rounded_per_unit_an_order_discount_once(self):
        lines = goods("1", 2057, 60)
        assert price(request_of(lines, buyer=GOLD)).due_fen == 111_060
        lowered = (StaffDiscount("d1", "老顾客", percent=10),)
        assert price(request_of(lines, lowered=lowered)).due_fen == 111_078


class TestUnitPrices:
    def test_the_lowest_price_counts_and_says_why(self):
        result = price(
            request_of(
                goods("1", 1000, member_fen=950), goods("2", 1000, member_fen=850), goods("3", 1000, special_fen=800),
                goods("4", 1000, takes_tier_discount=False), buyer=GOLD,
            )
        )  # fmt: skip
        assert [line.unit_fen for line in result.lines] == [900, 850, 800, 1000]
        assert [(one.kind, one.sentence, one.shares) for one in result.discounts] == [
            ("special_price", "特价", {"3": 200}), ("member_price", "会员价", {"2": 150}),
            ("tier", "金卡 9 折", {"1": 100}),
        ]  # fmt: skip

    def test_a_stranger_pays_no_member_price(self):
        assert price(request_of(goods("1", 1000, member_fen=1))).due_fen == 1000

    def test_only_special_prices_make_a_line_promoted(self):
        not_promoted = coupon("a", "amount_off", off_fen=100, stacking={"others": "any", "promotions": False})
        lines = (goods("1", 1000, special_fen=900), goods("2", 1000, member_fen=900))
        result = price(request_of(*lines, buyer=GOLD, coupons=(not_promoted,)))
        assert [line.promoted for line in result.lines] == [True, False]
        assert result.discounts[-1].shares == {"2": 100}


class TestCoupons:
    def test_the_best_are_chosen_and_the_others_say_why(self):
        cards = (
            coupon("a", "amount_off", off_fen=100, stacking={}),
            coupon("b", "amount_off", off_fen=300, stacking={}),
        )
        result = price(request_of(goods("1", 1000), coupons=cards))
        assert [one.reference for one in result.discounts] == ["b"]
        assert set(result.unused) == {"a"}

    def test_a_code_that_is_not_there_is_refused(self):
        with pytest.raises(DomainError, match="没有找到该优惠券"):
            price(request_of(goods("1", 1000), coupon_choice=frozenset({"x"})))

    def test_a_chosen_coupon_below_its_threshold_is_refused(self):
        card = coupon("a", "amount_off", off_fen=100, threshold_fen=2000)
        with pytest.raises(DomainError) as refused:
            price(request_of(goods("1", 1000), coupons=(card,), coupon_choice=frozenset({"a"})))
        assert refused.value.code == "coupon_not_applicable"

    def test_no_coupon_at_all_can_be_chosen(self):
        card = coupon("a", "amount_off", off_fen=100)
        result = price(request_of(goods("1", 1000), coupons=(card,), coupon_choice=frozenset()))
        assert (result.due_fen, result.discounts) == (1000, ())

    def test_a_voucher_pays_what_staff_left_and_gives_no_change(self):
        cards = (coupon("v", "voucher", worth_fen=900),)
        result = price(
            request_of(goods("1", 1000), coupons=cards, lowered=(StaffDiscount("d", "破损", amount_fen=400),))
        )
        assert (result.total_fen, result.tenders[0].fen, result.due_fen) == (600, 600, 0)


class TestStaffDiscountsAndRounding:
    def test_a_line_is_lowered_and_the_order_rounded_down(self):
        lowered = (StaffDiscount("d", "临期", percent=50, lines=frozenset({"2"})),)
        result = price(request_of(goods("1", 1003), goods("2", 500), lowered=lowered, round_down_to_fen=10))
        assert [(one.kind, one.fen) for one in result.discounts] == [("staff", 250), ("rounding", 3)]
        assert [one.sentence for one in result.discounts] == ["5 折：临期", "抹零"]
        assert result.due_fen == 1250

    def test_no_more_is_taken_off_than_is_left(self):
        result = price(request_of(goods("1", 100), lowered=(StaffDiscount("d", "赔付", amount_fen=500),)))
        assert (result.total_fen, result.due_fen) == (0, 0)


class TestPoints:
    @pytest.mark.parametrize(
        ("per_yuan", "available", "wanted", "points", "fen"),
        [(100, 900, 300, 300, 300), (100, 900, "most", 500, 500), (100, 200, "most", 200, 200),
         (1000, 55, "most", 50, 5), (3, 100, "most", 15, 500), (3, 100, 4, 3, 100),
         (0, 100, "most", 0, 0), (100, 900, 0, 0, 0)],
    )  # fmt: skip
    def test_whole_fen_at_most_the_share_and_what_is_there(self, per_yuan, available, wanted, points, fen):
        result = price(
            request_of(
                goods("1", 1000), point_terms=PointTerms(per_yuan, 50), points_available=available,
                points_wanted=wanted,
            )
        )  # fmt: skip
        paid = [(tender.points, tender.fen) for tender in result.tenders]
        assert paid == ([(points, fen)] if fen else [])

    def test_what_is_wanted_above_that_is_cut_and_reported(self):
        result = price(
            request_of(
                goods("1", 1000), point_terms=PointTerms(100, 50), points_available=900, points_wanted=600,
                stored_value_fen=600,
            )
        )  # fmt: skip
        assert [(cut.kind, cut.wanted, cut.taken) for cut in result.cuts] == [
            ("points", 600, 500), ("stored_value", 600, 500),
        ]  # fmt: skip
        assert result.cuts[0].sentence == "本单最多可用 500 积分"


def test_the_fingerprint_follows_price_and_goods_only():
    first = request_of(goods("1", 1000))
    later = replace(first, local_time=clock.to_local(WEDNESDAY_NOON.replace(hour=6)))
    dearer = request_of(goods("1", 1001))
    assert price(first).fingerprint == price(later).fingerprint != price(dearer).fingerprint


@pytest.mark.parametrize(
    "wrong",
    [lambda: request_of(), lambda: request_of(goods("1", 1), goods("1", 2)), lambda: goods("1", -1),
     lambda: goods("1", 1, 0), lambda: request_of(goods("1", 1), stored_value_fen=-1), lambda: Buyer("", 101),
     lambda: StaffDiscount("d", "x"), lambda: StaffDiscount("d", "x", percent=5, amount_fen=5),
     lambda: request_of(goods("1", 1), lowered=(StaffDiscount("d", "x", percent=5, lines=frozenset("2")),))],
)  # fmt: skip
def test_what_makes_no_sense_is_an_error_of_the_caller(wrong):
    with pytest.raises(ValueError):
        wrong()


def draw_request(rng: random.Random) -> PriceRequest:
    lines = tuple(
        goods(
            str(number), rng.randint(0, 9000), rng.randint(1, 5), product=rng.choice(("tea", "cake")),
            member_fen=rng.choice((None, rng.randint(0, 9000))),
            special_fen=rng.choice((None, None, rng.randint(0, 9000))), takes_tier_discount=rng.random() < 0.7,
        )
        for number in range(1, rng.randint(2, 7))
    )  # fmt: skip
    cards = [
        coupon("a", "amount_off", off_fen=rng.randint(1, 4000), products=rng.choice(((), ("tea",)))),
        coupon("p", "percent_off", percent=rng.randint(1, 60), max_fen=rng.choice((None, 700))),
        coupon("v", "voucher", worth_fen=rng.randint(1, 3000), products=rng.choice(((), ("cake",)))),
    ]
    lowered = (StaffDiscount("d", "临期", percent=rng.randint(1, 40), lines=frozenset({"1"})),)
    return request_of(
        *lines,
        buyer=rng.choice((None, Buyer("金卡", rng.randint(0, 30)))),
        coupons=tuple(cards),
        lowered=rng.choice(((), lowered, (StaffDiscount("e", "赔付", amount_fen=rng.randint(1, 900)),))),
        round_down_to_fen=rng.choice((1, 10, 100)),
        point_terms=PointTerms(rng.choice((0, 3, 100, 250, 1000)), rng.randint(0, 100)),
        points_available=rng.randint(0, 20_000),
        points_wanted=rng.choice(("most", rng.randint(0, 20_000))),
        stored_value_fen=rng.choice((0, rng.randint(0, 20_000))),
    )


def due_in_money(request: PriceRequest) -> int:
    """What is due without points, whose number for a whole fen may be rounded."""
    return price(replace(request, points_wanted=0, stored_value_fen=0)).due_fen


@pytest.mark.parametrize("seed", range(20))
def test_random_orders_cost_what_the_reference_says(seed):
    rng = random.Random(seed)
    for _ in range(10):
        asked = draw_request(rng)
        best = price(asked)
        assert_lines_sum_up(best)
        used = {
            one.reference for one in (*best.discounts, *best.tenders) if one.kind in ("coupon", "voucher")
        }
        asked = replace(asked, coupon_choice=frozenset(used))
        assert due_in_money(asked) <= due_in_money(replace(asked, coupon_choice=frozenset())), used
        expected = reference.calculate(asked)
        result = price(asked)
        assert (result.total_fen, result.due_fen) == (expected["total"], expected["due"])
        assert [result.due_shares.get(line.line, 0) for line in asked.lines] == expected["left"]
        for kind, reference_name, amounts in expected["steps"]:
            found = [
                one.shares for one in (*result.discounts, *result.tenders)
                if one.kind == kind and one.reference == reference_name
            ]  # fmt: skip
            if kind != "unit":
                taken = found[0] if found else {}
                assert [taken.get(line.line, 0) for line in asked.lines] == amounts, kind
