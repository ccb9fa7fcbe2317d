"""The display of a coupon: its terms in the words of a shop."""

import pytest

from store.coupons import display as coupon_display
from store.coupons.display import CouponDisplay
from store.coupons.terms import Terms
from tests.support import coupon_fixtures


def display(**changes) -> CouponDisplay:
    return coupon_display.describe(Terms.model_validate(coupon_fixtures.rule_values(**changes)))


@pytest.mark.parametrize(
    ("terms", "worth", "headline", "threshold"),
    [
        ({}, "¥5", "立减 5 元", "无门槛"),
        ({"threshold_fen": 5000}, "¥5", "满 50 元减 5 元", "满 50 元可用"),
        ({"benefit": {"kind": "amount_off", "off_fen": 550}}, "¥5.50", "立减 5.50 元", "无门槛"),
        ({"benefit": {"kind": "percent_off", "percent": 20, "max_fen": 3000}}, "8 折", "8 折，最多减 30 元", "无门槛"),
        ({"benefit": {"kind": "percent_off", "percent": 15}}, "8.5 折", "8.5 折", "无门槛"),
        ({"benefit": {"kind": "exchange", "products": ["tea"]}}, "兑换", "免费兑换 1 件", "无门槛"),
        (
            {"benefit": {"kind": "exchange", "products": ["tea"], "quantity": 2, "price_fen": 100}},
            "兑换", "1 元换购 2 件", "无门槛",
        ),
        ({"benefit": {"kind": "voucher", "worth_fen": 2000}}, "¥20", "可抵 20 元，不找零", "无门槛"),
    ],
)  # fmt: skip
def test_what_a_coupon_is_worth(terms, worth, headline, threshold):
    shown = display(**terms)
    assert (shown.value_text, shown.headline, shown.threshold) == (worth, headline, threshold)


@pytest.mark.parametrize(
    ("validity", "words"),
    [
        ({"kind": "fixed", "first_day": "2026-12-01", "last_day": "2026-12-31"}, "2026-12-01 至 2026-12-31"),
        ({"kind": "days", "days": 30}, "领取后 30 天内有效"),
        ({"kind": "days", "days": 1}, "领取当天有效"),
        ({"kind": "days", "after_days": 2, "days": 7}, "领取 2 天后起 7 天内有效"),
        ({"kind": "until", "last_day": "2026-12-31"}, "有效期至 2026-12-31"),
        (
            {"kind": "until", "after_days": 1, "last_day": "2026-12-31"},
            "领取 1 天后可用，有效期至 2026-12-31",
        ),
    ],
)
def test_how_long_it_is_good(validity, words):
    assert display(validity=validity).validity == words


def test_every_condition_is_a_sentence_of_its_own():
    shown = display(
        weekdays=[6, 7], hours=[{"begins": "11:00", "ends": "14:00"}], shops=["S1"], products=["tea"],
        stacking={"others": "chosen", "rules": ["cpr_x"], "promotions": False, "per_order": 2},
        gift_hours=None, return_days=None,
    )  # fmt: skip
    assert shown.conditions == (
        "限周六、周日 11:00–14:00 使用", "限指定门店", "限指定商品", "每单限用 2 张", "仅与指定优惠券同用",
        "不与促销同享", "不可转赠", "退款后不退券",
    )  # fmt: skip


def test_what_limits_nothing_is_not_mentioned():
    shown = display(stacking={"others": "any"}, return_days=0)
    assert shown.conditions == ("可转赠好友", "使用当天退款可退券")


@pytest.mark.parametrize(
    ("weekdays", "condition"),
    [([1, 2, 3, 4, 5], "限周一至周五 使用"), ([6, 7], "限周六、周日 使用"), ([1, 2, 3, 4, 5, 6, 7], None)],
)
def test_n22_weekdays_are_shown_as_ranges(weekdays, condition):
    conditions = display(weekdays=weekdays).conditions
    assert [one for one in conditions if one.endswith(" 使用")] == ([condition] if condition else [])
