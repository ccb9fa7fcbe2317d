"""Promotions in the price of an order: the cases by name, what they combine with, and random baskets."""

import random
from dataclasses import replace
from typing import Any

import pytest

from store.core import clock
from store.pricing.calculation import price
from store.pricing.price import Price
from store.pricing.promotions import BundlePart, Gift, Promotion, SpecialPrice, Step
from store.pricing.request import Buyer, Freight, PointTerms, PriceLine, PriceRequest, StaffDiscount
from tests.store.pricing import promotion_reference
from tests.support.coupon_fixtures import WEDNESDAY_NOON, make_snapshot

GOLD = Buyer(tier="金卡", discount_percent=10)
TOY = Gift(product="toy", name="玩偶", value_fen=500)


def goods(line: str, list_fen: int, quantity: int = 1, product: str = "tea", **more: Any) -> PriceLine:
    return PriceLine(line=line, product=product, quantity=quantity, list_fen=list_fen, **more)


def price_of(*lines: PriceLine, promotions: tuple[Promotion, ...] = (), **changes: Any) -> Price:
    values = {"local_time": clock.to_local(WEDNESDAY_NOON), "shop": "S1"} | changes
    result = price(PriceRequest(lines=lines, promotions=promotions, **values))
    assert_adds_up(result)
    return result


def promotion(kind: Any, code: str = "p", **more: Any) -> Promotion:
    return Promotion(kind=kind, code=code, name=more.pop("name", "活动"), **more)


def reduction(code: str = "p", *steps: tuple[int, int], **more: Any) -> Promotion:
    wanted = tuple(Step(from_fen=begin, off_fen=off) for begin, off in steps or ((10_000, 1000),))
    return promotion("reduction", code, steps=wanted, **more)


def percent_off(percent: int, code: str = "p", **more: Any) -> Promotion:
    return promotion("discount", code, steps=(Step(percent=percent),), **more)


def give(*gifts: Gift, code: str = "g", from_fen: int = 0, **more: Any) -> Promotion:
    return promotion("gift", code, steps=(Step(from_fen=from_fen, gifts=gifts or (TOY,)),), **more)


def assert_adds_up(result: Price) -> None:
    """Check that on every line the list amount is discounts, tenders and what is due, and nothing is below 0."""
    for line in result.lines:
        taken = [one.shares.get(line.line, 0) for one in (*result.discounts, *result.tenders)]
        due = result.due_shares.get(line.line, 0)
        assert min((due, line.goods_fen, *taken)) >= 0
        assert line.list_fen == sum(taken) + due
    for one in (*result.discounts, *result.tenders):
        assert one.fen == sum(one.shares.values()) > 0
        assert one.sentence
    assert result.list_fen == result.total_fen + result.discount_fen
    assert result.total_fen >= result.due_fen >= 0


class TestCases:
    @pytest.mark.parametrize(("pieces", "free"), [(2, 0), (3, 1), (4, 1), (5, 1), (6, 2)])
    def test_price_5_buy_two_get_one_free(self, pieces, free):
        one = promotion("buy_get", buy=2)
        assert price_of(goods("1", 1000, pieces), promotions=(one,)).discount_fen == free * 1000
        once = replace(one, max_times=1)
        assert price_of(goods("1", 1000, pieces), promotions=(once,)).discount_fen == min(free, 1) * 1000

    def test_price_7_no_total_is_below_zero(self):
        ten_get_twenty = promotion("buy_get", buy=10, get=20)
        assert price_of(goods("1", 1000, 10), promotions=(ten_get_twenty,)).total_fen == 10_000
        coupons = tuple(
            make_snapshot(code, benefit={"kind": "amount_off", "off_fen": 3000}, stacking={"others": "any"})
            for code in "ab"
        )
        assert price_of(goods("1", 5000), coupons=coupons).total_fen == 0
        twice = (reduction("a", (1, 3000)), reduction("b", (1, 3000)))
        assert price_of(goods("1", 5000), promotions=twice, coupons=coupons).total_fen == 0

    def test_price_8_of_two_shirts_the_cheaper_is_free(self):
        shirts = (goods("1", 2000, product="white"), goods("2", 1000, product="blue"))
        result = price_of(*shirts, promotions=(promotion("buy_get"),))
        assert result.total_fen == 2000
        assert result.discounts[0].shares == {"1": 667, "2": 333}

    def test_price_10_a_gift_takes_part_in_nothing_else(self):
        cheapest = promotion("buy_get", percent=20)
        lines = (goods("1", 5000), goods("2", 3000, product="cake"))
        result = price_of(*lines, promotions=(cheapest, give()))
        assert [(one.reference, one.fen) for one in result.discounts] == [("p", 600)]
        gift = result.lines[-1]
        assert (gift.line, gift.list_fen, gift.goods_fen) == ("G1", 0, 0)
        assert gift.gift
        assert (gift.gift.gift_for, gift.gift.value_fen) == (("1", "2"), 500)
        added = goods("3", 0, product="toy")  # a gift that the caller added
        assert price_of(*lines, added, promotions=(cheapest,)).discount_fen == 600

    def test_price_11_units_on_two_rows_count_together(self):
        ten = promotion("discount", steps=(Step(from_units=10, percent=10),))
        assert price_of(goods("1", 1000, 6), goods("2", 1000, 4), promotions=(ten,)).discount_fen == 1000
        assert price_of(goods("1", 1000, 6), goods("2", 1000, 3), promotions=(ten,)).discount_fen == 0


class TestNumbersThatHold:
    def test_ten_yuan_off_and_twenty_percent(self):
        both = (reduction("a", (1, 1000), priority=1), percent_off(20, "b", priority=2))
        assert price_of(goods("1", 10_000), promotions=both).total_fen == 7200

    def test_a_percentage_is_rounded_half_up_once_a_discount(self):
        assert price_of(goods("1", 1999), promotions=(percent_off(25),)).total_fen == 1499
        assert price_of(goods("1", 2057, 60), promotions=(percent_off(10),)).total_fen == 111_078

    def test_price_4_the_shares_sum_to_the_discount_of_the_order(self):
        lines = [goods(str(number), 3995) for number in range(1, 8)]
        result = price_of(*lines, promotions=(percent_off(10),))
        assert result.discounts[0].fen == 2797
        assert sorted(result.discounts[0].shares.values()) == [399] * 3 + [400] * 4


class TestLinePromotions:
    def test_the_second_at_half_counts_over_rows(self):
        half = promotion("second_half", name="第二件半价", per_product=True, cost_centre="mkt")
        lines = (goods("1", 1001), goods("2", 1001), goods("3", 900, product="cake"))
        result = price_of(*lines, promotions=(half,))
        (discount,) = result.discounts
        assert (discount.fen, discount.shares, discount.cost_centre) == (501, {"1": 251, "2": 250}, "mkt")
        assert discount.sentence == "第二件半价：第 2 件半价（1 件）"

    def test_a_bundle_has_its_price_as_often_as_it_is_there(self):
        parts = (BundlePart(frozenset({"tea"}), 2), BundlePart(frozenset({"cake", "pie"})))
        bundle = promotion("bundle", parts=parts, price_fen=2500)
        lines = (goods("1", 1000, 5), goods("2", 900, 2, product="cake"), goods("3", 1200, product="pie"))
        result = price_of(*lines, promotions=(bundle,))
        assert result.discount_fen == 5 * 0 + (2000 + 1200 - 2500) + (2000 + 900 - 2500)
        assert result.total_fen == 2 * 2500 + 1000 + 900
        dear = replace(bundle, price_fen=3000)
        assert price_of(*lines, promotions=(dear,)).discount_fen == 200

    def test_a_unit_takes_part_in_one_of_them(self):
        first = promotion("buy_get", "a", priority=1, max_times=1)
        second = promotion("second_half", "b", priority=2)
        result = price_of(goods("1", 1000, 5), promotions=(second, first))
        assert [(one.reference, one.fen) for one in result.discounts] == [("a", 1000), ("b", 500)]

    def test_two_orders_never_cost_less_than_one(self):
        one_of_two = (promotion("buy_get"),)
        dear, cheap = goods("1", 2000, 2), goods("2", 1000, 2, product="cake")
        apart = (
            price_of(dear, promotions=one_of_two).total_fen + price_of(cheap, promotions=one_of_two).total_fen
        )
        assert price_of(dear, cheap, promotions=one_of_two).total_fen == apart == 3000

    def test_a_million_units_are_counted_without_a_list_of_them(self):
        result = price_of(goods("1", 100, 1_000_000), promotions=(promotion("buy_get", buy=2),))
        assert result.discount_fen == 333_333 * 100


class TestOrderPromotions:
    def test_the_highest_step_counts_and_the_next_is_announced(self):
        steps = reduction("p", (5000, 300), (10_000, 1000), name="满减")
        result = price_of(goods("1", 9200), promotions=(steps,))
        assert result.discounts[0].sentence == "满减：满 50 元减 3 元"
        assert [(one.sentence, one.missing_fen) for one in result.progress] == [("还差 8.00 元减 10 元", 800)]
        assert price_of(goods("1", 4200), promotions=(reduction("p", (5000, 500)),)).progress[0].sentence == (
            "还差 8.00 元减 5 元"
        )
        assert price_of(goods("1", 10_000), promotions=(steps,)).progress == ()

    def test_every_hundred_yuan_takes_off_again(self):
        every = reduction("p", (10_000, 1000), repeats=True)
        assert price_of(goods("1", 35_000), promotions=(every,)).discount_fen == 3000
        assert price_of(goods("1", 35_000), promotions=(replace(every, max_times=2),)).discount_fen == 2000

    def test_thresholds_count_what_line_promotions_left(self):
        promotions = (promotion("second_half", "a"), reduction("b", (2000, 100)), reduction("c", (1500, 100)))
        result = price_of(goods("1", 1000, 2), promotions=promotions)
        assert [one.reference for one in result.discounts] == ["a", "c"]

    def test_an_earlier_order_promotion_does_not_lower_a_threshold(self):
        both = (reduction("a", (10_000, 1000), priority=1), reduction("b", (10_000, 500), priority=2))
        assert price_of(goods("1", 10_000), promotions=both).discount_fen == 1500

    def test_the_lower_priority_comes_first_and_the_newest_on_a_tie(self):
        old, new = percent_off(10, "old", created=1), percent_off(20, "new", created=2)
        late = percent_off(30, "late", created=3, priority=200)
        result = price_of(goods("1", 10_000), promotions=(late, old, new))
        assert [(one.reference, one.fen) for one in result.discounts] == [
            ("new", 2000),
            ("old", 800),
            ("late", 2160),
        ]

    @pytest.mark.parametrize("priority", [1, 3])
    def test_an_exclusive_promotion_applies_alone_to_its_goods(self, priority):
        alone = percent_off(10, "alone", exclusive=True, priority=priority, products=frozenset({"tea"}))
        other = percent_off(20, "other", priority=2)
        result = price_of(goods("1", 1000), goods("2", 1000, product="cake"), promotions=(alone, other))
        shares = {one.reference: one.shares for one in result.discounts}
        expected = (
            {"alone": {"1": 100}, "other": {"2": 200}} if priority == 1 else {"other": {"1": 200, "2": 200}}
        )
        assert shares == expected

    def test_member_day_and_tiers_are_for_members(self):
        day = promotion("member_day", name="会员日", steps=(Step(percent=12),))
        assert price_of(goods("1", 1000), promotions=(day,)).total_fen == 1000
        result = price_of(goods("1", 1000), promotions=(day,), buyer=Buyer())
        assert [one.sentence for one in result.discounts] == ["会员日：打 8.8 折"]
        gold = percent_off(10, tiers=frozenset({"金卡"}))
        silver = Buyer(tier="银卡")
        assert price_of(goods("1", 1000), promotions=(gold,), buyer=silver).total_fen == 1000
        assert (
            price_of(goods("1", 1000), promotions=(gold,), buyer=replace(GOLD, discount_percent=0)).total_fen
            == 900
        )


class TestGifts:
    def test_a_gift_is_left_out_with_a_notice(self):
        short = give(replace(TOY, available=1), from_fen=1000, repeats=True)
        result = price_of(goods("1", 3000), promotions=(short,))
        assert (result.lines[-1].quantity, result.notices[0].sentence) == (1, "赠品“玩偶”库存不足，仅送 1 件")
        gone = give(replace(TOY, available=0))
        result = price_of(goods("1", 3000), promotions=(gone,))
        assert len(result.lines) == 1
        assert result.notices[0].sentence == "赠品“玩偶”已送完，本单不含该赠品"
        assert not result.lines[0].promoted

    def test_two_promotions_share_the_stock_of_a_gift(self):
        one = replace(TOY, available=1)
        result = price_of(goods("1", 3000), promotions=(give(one, code="a", priority=1), give(one, code="b")))
        assert [line.gift.promotion for line in result.lines if line.gift] == ["a"]


class TestSpecialPrices:
    def special(self, limit: int | None = 2, **more: Any) -> Promotion:
        return promotion("special_price", "s", prices=(SpecialPrice("tea", 700, limit),), **more)

    def test_units_above_the_limit_are_a_line_of_their_own(self):
        result = price_of(goods("1", 1000), goods("2", 1000, 3), promotions=(self.special(),))
        assert [(line.line, line.source, line.quantity, line.unit_fen) for line in result.lines] == [
            ("1", "1", 1, 700), ("2", "2", 1, 700), ("2-2", "2", 2, 1000),
        ]  # fmt: skip
        assert [(one.kind, one.reference, one.fen) for one in result.discounts] == [
            ("special_price", "s", 600)
        ]
        assert [line.promoted for line in result.lines] == [True, True, False]

    def test_the_lowest_price_counts_unless_a_setting_keeps_the_tier_off(self):
        buyer = Buyer("金卡", 40)
        assert price_of(goods("1", 1000), promotions=(self.special(),), buyer=buyer).total_fen == 600
        kept = self.special(with_member_prices=False)
        assert price_of(goods("1", 1000), promotions=(kept,), buyer=buyer).total_fen == 700

    def test_staff_lower_all_units_of_a_line_that_was_split(self):
        lowered = (StaffDiscount("d", "临期", percent=50, lines=frozenset({"1"})),)
        assert price_of(goods("1", 1000, 3), promotions=(self.special(),), lowered=lowered).total_fen == 1200


class TestCombination:
    def test_without_coupons_means_that_its_lines_take_none(self):
        coupon = make_snapshot(
            "c", benefit={"kind": "percent_off", "percent": 50}, stacking={"others": "any"}
        )
        alone = percent_off(10, with_coupons=False, products=frozenset({"tea"}))
        lines = (goods("1", 1000), goods("2", 1000, product="cake"))
        result = price_of(*lines, promotions=(alone,), coupons=(coupon,))
        assert [(one.kind, dict(one.shares)) for one in result.discounts] == [
            ("discount", {"1": 100}), ("coupon", {"2": 500}),
        ]  # fmt: skip
        assert price_of(lines[0], promotions=(alone,), coupons=(coupon,)).total_fen == 900

    def test_a_coupon_may_leave_promoted_lines_out(self):
        coupon = make_snapshot(
            "c",
            benefit={"kind": "percent_off", "percent": 50},
            stacking={"others": "any", "promotions": False},
        )
        result = price_of(goods("1", 1000), promotions=(percent_off(10),), coupons=(coupon,))
        assert (result.total_fen, result.unused["c"].code) == (900, "promotions")

    def test_without_points_means_that_its_lines_take_none(self):
        alone = percent_off(10, with_points=False, products=frozenset({"tea"}))
        result = price_of(
            goods("1", 1000), goods("2", 1000, product="cake"), promotions=(alone,), point_terms=PointTerms(100, 50),
            points_available=9000, points_wanted="most",
        )  # fmt: skip
        assert [(one.kind, dict(one.shares)) for one in result.tenders] == [("points", {"2": 500})]

    def test_without_member_prices_goods_at_such_a_price_are_left_out(self):
        alone = percent_off(10, with_member_prices=False)
        lines = (goods("1", 1000), goods("2", 1000, takes_tier_discount=False))
        result = price_of(*lines, promotions=(alone,), buyer=GOLD)
        assert [dict(one.shares) for one in result.discounts] == [{"1": 100}, {"2": 100}]

    def test_a_recalculated_discount_says_what_counted(self):
        found = price_of(goods("1", 20_000), promotions=(reduction(recalculates=True),)).discounts[0]
        assert (found.threshold_fen, found.bases) == (10_000, {"1": 20_000})

    def test_freight_takes_part_in_nothing(self):
        result = price_of(goods("1", 1000), promotions=(percent_off(10),), freight=Freight(600, 1000))
        assert (result.total_fen, result.discount_fen) == (1500, 100)


@pytest.mark.parametrize(
    "wrong",
    [lambda: Step(), lambda: Step(off_fen=1, percent=1), lambda: Step(from_fen=1, from_units=1, off_fen=1),
     lambda: Step(percent=101), lambda: promotion("reduction"), lambda: promotion("bundle"),
     lambda: promotion("special_price"), lambda: promotion("second_half", buy=2), lambda: promotion("buy_get", get=0),
     lambda: Gift("toy", "玩偶", -1), lambda: SpecialPrice("tea", -1), lambda: BundlePart(frozenset()),
     lambda: promotion("discount", steps=(Step(from_fen=1, percent=1), Step(from_units=1, percent=1))),
     lambda: promotion("bundle", parts=(BundlePart(frozenset({"a"})), BundlePart(frozenset({"a"})))),
     lambda: price_of(goods("1", 1), promotions=(percent_off(1), percent_off(2)))],
)  # fmt: skip
def test_what_makes_no_sense_is_an_error_of_the_caller(wrong):
    with pytest.raises(ValueError):
        wrong()


PRODUCTS = ("tea", "cake", "pie")


def draw_promotion(rng: random.Random, code: str, created: int) -> Promotion:
    kind = rng.choice(
        ("special_price", "second_half", "buy_get", "bundle", "reduction", "discount", "member_day", "gift")
    )
    more: dict[str, Any] = {
        "priority": rng.randint(1, 3), "created": created, "exclusive": rng.random() < 0.2,
        "with_member_prices": rng.random() < 0.8, "members_only": rng.random() < 0.1,
        "tiers": rng.choice((frozenset(),) * 5 + (frozenset({"金卡"}),)),
        "max_times": rng.choice((None, None, 1, 2)), "per_product": rng.random() < 0.5,
    }  # fmt: skip
    if kind == "special_price":
        chosen = rng.sample(PRODUCTS, rng.randint(1, 2))
        prices = (SpecialPrice(one, rng.randint(0, 4000), rng.choice((None, 0, 1, 3))) for one in chosen)
        return promotion(kind, code, **more, prices=tuple(prices))
    if kind == "bundle":
        first, second = rng.sample(PRODUCTS, 2)
        parts = (BundlePart(frozenset({first}), rng.randint(1, 2)), BundlePart(frozenset({second})))
        return promotion(kind, code, **more, parts=parts, price_fen=rng.randint(0, 9000))
    scope = rng.choice((frozenset(), frozenset({rng.choice(PRODUCTS)})))
    more |= {"products": scope, "categories": rng.choice((frozenset(), frozenset({"hot"})))}
    if kind == "second_half":
        return promotion(kind, code, **more)
    if kind == "buy_get":
        sizes = {"buy": rng.randint(1, 3), "get": rng.randint(1, 2), "percent": rng.choice((100, 50, 20, 33))}
        return promotion(kind, code, **more, **sizes)
    more["max_times"] = rng.choice((None, 1, 2))
    return promotion(kind, code, **more, steps=draw_steps(rng, kind), repeats=rng.random() < 0.4)


def draw_steps(rng: random.Random, kind: str) -> tuple[Step, ...]:
    by_units = rng.random() < 0.3
    begins = sorted(rng.sample(range(8), 2)) if by_units else sorted(rng.sample(range(0, 20_000, 500), 2))
    steps = []
    for begin in begins:
        gives: dict[str, Any] = {"percent": rng.randint(1, 40)}
        if kind == "reduction":
            gives = {"off_fen": rng.randint(1, 5000)}
        if kind == "gift":
            available = rng.choice((None, 0, 1, 5))
            gives = {"gifts": (Gift(f"toy{available}", "玩偶", 500, rng.randint(1, 2), available=available),)}
        steps.append(Step(**{"from_units" if by_units else "from_fen": begin}, **gives))
    return tuple(steps)


def draw_request(rng: random.Random) -> PriceRequest:
    lines = tuple(
        goods(
            str(number), rng.choice((0, rng.randint(1, 5000), 1000, 1000)), rng.randint(1, 6),
            product=rng.choice(PRODUCTS), categories=rng.choice(((), ("hot",))),
            member_fen=rng.choice((None, None, rng.randint(0, 5000))),
            special_fen=rng.choice((None, None, None, rng.randint(0, 5000))), takes_tier_discount=rng.random() < 0.5,
        )
        for number in range(1, rng.randint(2, 6))
    )  # fmt: skip
    promotions = tuple(draw_promotion(rng, f"p{number}", number) for number in range(rng.randint(1, 6)))
    return PriceRequest(
        lines=lines, promotions=promotions, local_time=clock.to_local(WEDNESDAY_NOON), shop="S1",
        buyer=rng.choice((None, Buyer("金卡", rng.randint(0, 30)), Buyer())),
    )  # fmt: skip


def assert_equals_reference(request: PriceRequest) -> None:
    result, expected = price(request), promotion_reference.calculate(request)
    assert_adds_up(result)
    source = {line.line: line.source for line in result.lines}
    left = dict.fromkeys((line.line for line in request.lines), 0)
    for line in result.lines:
        if not line.gift:
            left[line.source] += line.goods_fen
    assert list(left.values()) == expected["left"]
    assert result.total_fen == expected["total"]
    found = []
    for one in result.discounts:
        if one.kind not in ("special_price", "member_price", "tier"):
            shares = dict.fromkeys(left, 0)
            for number, fen in one.shares.items():
                shares[source[number]] += fen
            found.append((one.reference, list(shares.values())))
    assert found == expected["discounts"]
    places = {line.line: place for place, line in enumerate(request.lines)}
    gifts = [
        (line.product, line.quantity, tuple(sorted({places[source[one]] for one in line.gift.gift_for})))
        for line in result.lines if line.gift
    ]  # fmt: skip
    assert gifts == expected["gifts"]


def test_random_baskets_cost_what_the_reference_says():
    rng = random.Random(16)
    for _ in range(200):
        assert_equals_reference(draw_request(rng))


@pytest.mark.deep
def test_two_thousand_random_baskets_cost_what_the_reference_says():
    rng = random.Random(17)
    for _ in range(2000):
        assert_equals_reference(draw_request(rng))
