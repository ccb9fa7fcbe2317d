"""Reasons for coupons that are not applied when the search ended before all combinations were compared."""

import os
import random

import pytest

from store.coupons import best_combination as coupon_best_combination
from store.coupons import quotes as coupon_quotes
from tests.support.coupon_fixtures import WEDNESDAY_NOON, make_basket, make_line, make_snapshot

NOT_COMPARED = "可用的券较多，未逐一比较"


def amount_off(code, off_fen, **terms):
    return make_snapshot(
        code, code, benefit={"kind": "amount_off", "off_fen": off_fen}, name=f"{code} 券", **terms
    )


def reason_of(quote, code):
    return quote.reasons[code].code, quote.reasons[code].message


@pytest.fixture
def goods():
    return make_basket(make_line("1", 10_000), at=WEDNESDAY_NOON)


def test_a05_a_conflict_with_a_coupon_beyond_the_group_limit_is_reported_as_not_compared(goods, monkeypatch):
    """Two are compared. The third is exclusive like them, but no combination with it was explored."""
    monkeypatch.setattr(coupon_best_combination, "MAX_GROUPS", 2)
    quote = coupon_quotes.best_quote(
        goods, [amount_off("a", 300), amount_off("b", 200), amount_off("c", 100)]
    )
    assert ([one.coupon.code for one in quote.applied_coupons], quote.is_optimal) == (["a"], False)
    assert reason_of(quote, "b") == ("stacking", "不能与「a 券」同时使用")
    assert reason_of(quote, "c") == ("not_compared", f"不能与「a 券」同时使用，{NOT_COMPARED}")


def test_a05_a_conflict_is_reported_as_not_compared_when_the_node_budget_is_exhausted(goods, monkeypatch):
    monkeypatch.setattr(coupon_best_combination, "MAX_NODES", 0)
    coupons = [amount_off("a", 300), amount_off("b", 200)]
    extra = amount_off("a2", 300)
    extra = make_snapshot("a2", "a", benefit=extra.terms.benefit.model_dump(), name="a 券", days=60)
    quote = coupon_quotes.best_quote(goods, [*coupons, extra])
    assert ([one.coupon.code for one in quote.applied_coupons], quote.is_optimal) == (["a"], False)
    assert reason_of(quote, "b") == ("not_compared", f"不能与「a 券」同时使用，{NOT_COMPARED}")
    assert reason_of(quote, "a2") == ("per_order", "每单限用 1 张")


def test_a05_a_proven_quote_never_says_not_compared(goods):
    rng = random.Random(int(os.environ["SEED"]))
    for _ in range(30):
        coupons = [
            amount_off(str(number), rng.randint(1, 5000), stacking={"others": rng.choice(("any", "none"))})
            for number in range(rng.randint(1, 6))
        ]
        quote = coupon_quotes.best_quote(goods, coupons)
        assert quote.is_optimal
        assert "not_compared" not in {one.code for one in quote.reasons.values()}
