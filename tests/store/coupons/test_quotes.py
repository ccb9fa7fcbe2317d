"""Quotes: the best set of coupons for a basket, to the fen, and in words why the others do not apply."""

from datetime import UTC, datetime, timedelta

import pytest

from store.coupons import quotes as coupon_quotes
from tests.store.coupons.conftest import ANY, basket
from tests.support.coupon_fixtures import (
    FIVE_OFF,
    TWENTY_PERCENT,
    WEDNESDAY_NOON,
    error_code_of,
    make_line,
    make_snapshot,
)

VOUCHER = {"kind": "voucher", "worth_fen": 3000}


def reason(one, goods):
    return coupon_quotes.best_quote(goods, [one]).reasons["c"]


def test_amount_percent_and_cap():
    """50.00: five off is 45.00, twenty percent off is 40.00, and capped at 8.00 it is 42.00."""
    goods = basket()
    for benefit, payable in (
        (FIVE_OFF, 4500), (TWENTY_PERCENT, 4000), (TWENTY_PERCENT | {"max_fen": 800}, 4200),
    ):  # fmt: skip
        assert coupon_quotes.best_quote(goods, [make_snapshot(benefit=benefit)]).payable_fen == payable


def test_an_exchange_takes_the_dearest_units_for_its_price():
    """Two of three cakes (20.00 and 12.00 × 2) for 1.00 each: 19.00 + 11.00 off."""
    goods = basket(
        make_line("1", 2000, product="cake"),
        make_line("2", 2400, product="cake", quantity=2),
        make_line("3", 900),
    )
    swap = {"kind": "exchange", "products": ["cake"], "quantity": 2, "price_fen": 100}
    quote = coupon_quotes.best_quote(goods, [make_snapshot(benefit=swap)])
    assert quote.applied_coupons[0].amounts_by_line == (1900, 1100, 0)


@pytest.mark.parametrize(
    ("at_once", "price_fen", "payable"),
    [(3, 0, [0]), (3, 100, [300]), (2, 0, [334, 0]), (1, 0, [667, 334, 0])],
)
def test_exchanged_to_the_last_unit_no_fen_is_left(at_once, price_fen, payable):
    """Three for 10.00: the fen that three times 3.33 leave over go with the last one."""
    swap = {"kind": "exchange", "products": ["tea"], "quantity": at_once, "price_fen": price_fen}
    terms = {"benefit": swap, "stacking": ANY | {"per_order": 3}}
    goods, cards = (
        basket(make_line(total_fen=1000, quantity=3)),
        [make_snapshot(code, "r", **terms) for code in "123"],
    )
    assert [
        coupon_quotes.best_quote(goods, cards[:count]).payable_fen for count in range(1, len(payable) + 1)
    ] == payable


def test_a_voucher_pays_what_is_left_and_is_no_discount():
    """50.00 less 20 % is 40.00; a voucher of 30.00 pays of that, and 10.00 are left."""
    cards = [
        make_snapshot("v", benefit=VOUCHER, stacking=ANY),
        make_snapshot("p", benefit=TWENTY_PERCENT, stacking=ANY),
    ]
    quote = coupon_quotes.best_quote(basket(), cards)
    assert (quote.discount_fen, quote.paid_fen, quote.payable_fen) == (1000, 3000, 1000)
    assert [taken.is_payment for taken in quote.applied_coupons] == [False, True]


def test_what_is_off_is_divided_over_the_lines_to_the_fen():
    """1.00 over 3.33, 3.33 and 3.34: 33, 33 and 34."""
    goods = basket(make_line("1", 333), make_line("2", 333), make_line("3", 334))
    quote = coupon_quotes.best_quote(goods, [make_snapshot(benefit={"kind": "amount_off", "off_fen": 100})])
    assert quote.applied_coupons[0].amounts_by_line == (33, 33, 34)


@pytest.mark.parametrize(
    ("total_fen", "percent", "payable"), [(1999, 25, 1499), (1000, 33, 670), (1, 50, 0), (333, 50, 166)]
)
def test_f15_a_percentage_is_rounded_half_up(total_fen, percent, payable):
    """25 % of 19.99 is 4.9975: 5.00 off, 14.99 to pay."""
    card = make_snapshot(benefit={"kind": "percent_off", "percent": percent})
    assert coupon_quotes.best_quote(basket(make_line(total_fen=total_fen)), [card]).payable_fen == payable


@pytest.mark.parametrize(
    ("one", "goods", "code", "words"),
    [
        ({"state": "used"}, {}, "state", "该券已使用"),
        ({"state": "gifting"}, {}, "state", "该券转赠中"),
        ({}, {"at": WEDNESDAY_NOON - timedelta(days=2)}, "not_yet", "2026-12-01 起可用"),
        ({}, {"at": WEDNESDAY_NOON + timedelta(days=30)}, "ended", "该券已过期"),
        ({"weekdays": [6, 7]}, {}, "hours", "限周六、周日 使用"),
        ({"hours": [{"begins": "14:00", "ends": "17:00"}]}, {}, "hours", "限14:00–17:00 使用"),
        ({"shops": ["S2"]}, {}, "shop", "本门店不可用"),
        ({"products": ["cake"]}, {}, "products", "没有可用商品"),
        ({"threshold_fen": 6000}, {}, "threshold", "满 60.00 元可用，还差 10.00 元"),
    ],
)
def test_each_reason_is_reported_in_words(one, goods, code, words):
    found = reason(make_snapshot(**one), basket(**goods))
    assert (found.code, found.message) == (code, words)


def test_shops_and_products_are_also_meant_by_their_groups():
    scope = {"shop_groups": ["east"], "product_groups": ["drinks"]}
    meant = basket(make_line("1", 5000, groups=("drinks",)), make_line("2", 1000), groups=("east", "new"))
    quote = coupon_quotes.best_quote(meant, [make_snapshot(benefit=TWENTY_PERCENT, **scope)])
    assert quote.applied_coupons[0].amounts_by_line == (1000, 0)
    assert reason(make_snapshot(**scope), basket(groups=("west",))).code == "shop"


def test_the_threshold_counts_only_what_the_coupon_covers():
    goods = basket(make_line("1", 5000), make_line("2", 5000, product="cake"))
    assert reason(make_snapshot(products=["tea"], threshold_fen=6000), goods).code == "threshold"


def test_a_coupon_that_does_not_join_promotions_leaves_promoted_lines_alone():
    mixed = basket(make_line("1", 5000, promoted=True), make_line("2", 1000))
    alone = {"promotions": False}
    quote = coupon_quotes.best_quote(mixed, [make_snapshot(benefit=TWENTY_PERCENT, stacking=alone)])
    assert quote.applied_coupons[0].amounts_by_line == (0, 200)
    assert (
        reason(make_snapshot(stacking=alone), basket(make_line("1", 5000, promoted=True))).code
        == "promotions"
    )


@pytest.mark.parametrize(
    ("hour", "weekday_of_2nd", "is_open"),
    [(13, 3, False), (14, 3, True), (17, 3, True), (18, 3, False), (14, 4, False), (17, 4, False)],
)
def test_hours_over_midnight_belong_to_the_evening(hour, weekday_of_2nd, is_open):
    """22:00–02:00 on Wednesdays: Shanghai's 22:00 on the 2nd is 14:00 UTC, 01:59 on the 3rd is 17:59."""
    late = make_snapshot(hours=[{"begins": "22:00", "ends": "02:00"}], weekdays=[weekday_of_2nd])
    moment = datetime(2026, 12, 2, hour, tzinfo=UTC)
    assert (not coupon_quotes.best_quote(basket(at=moment), [late]).reasons) == is_open


def test_coupons_that_stand_alone_give_way_to_the_best_one():
    five, ten = (
        make_snapshot("a"),
        make_snapshot("b", benefit={"kind": "amount_off", "off_fen": 1000}, name="十元券"),
    )
    quote = coupon_quotes.best_quote(basket(), [five, ten])
    assert [taken.coupon for taken in quote.applied_coupons] == [ten]
    assert quote.reasons["a"].message == "不能与「十元券」同时使用"


def test_two_join_only_when_both_agree():
    a = make_snapshot("a", "ra", stacking={"others": "chosen", "rules": ["rb"]})
    b = make_snapshot("b", "rb", stacking={"others": "chosen", "rules": ["ra"]})
    loner = make_snapshot("c", "rc")
    assert len(coupon_quotes.best_quote(basket(), [a, b]).applied_coupons) == 2
    assert len(coupon_quotes.best_quote(basket(), [a, loner]).applied_coupons) == 1


def test_several_of_one_rule_up_to_its_number_the_first_to_end_first():
    cards = [make_snapshot(f"c{days}", "r", days=days, stacking={"per_order": 2}) for days in (30, 10, 20)]
    quote = coupon_quotes.best_quote(basket(), cards)
    assert [taken.coupon.code for taken in quote.applied_coupons] == ["c10", "c20"]
    assert quote.reasons["c30"].message == "每单限用 2 张"


def test_no_coupon_is_wasted():
    """8.00 to pay: a voucher of 30.00 pays it all, so the five yuan stay in the wallet."""
    cards = [make_snapshot("v", benefit=VOUCHER, stacking=ANY), make_snapshot("f", stacking=ANY, days=60)]
    quote = coupon_quotes.best_quote(basket(make_line(total_fen=800)), cards)
    assert [taken.coupon.code for taken in quote.applied_coupons] == ["v"]
    assert quote.reasons["f"].code == "nothing_left"


def test_an_empty_basket_and_an_empty_wallet():
    assert (
        coupon_quotes.best_quote(basket(make_line(total_fen=0)), [make_snapshot()]).reasons["c"].code
        == "products"
    )
    assert coupon_quotes.best_quote(basket(), []).payable_fen == 5000


def test_asked_for_these_they_all_apply_or_the_first_reason_rejects():
    a, b = make_snapshot("a"), make_snapshot("b")
    assert coupon_quotes.quote_exactly(basket(), [a]).payable_fen == 4500
    assert error_code_of(lambda: coupon_quotes.quote_exactly(basket(), [a, b])) == "coupon_not_applicable"
    assert (
        error_code_of(lambda: coupon_quotes.quote_exactly(basket(), [make_snapshot(state="used")]))
        == "coupon_not_applicable"
    )
