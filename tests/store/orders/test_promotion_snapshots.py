"""Orders with promotions: gifts and split lines are written, come back, and lost thresholds are recalculated."""

from dataclasses import replace

import pytest

from store.orders import pricing_requests, snapshots
from store.orders.requests import ReturnLine, ReturnRequest
from store.orders.returns import OrderReturn, give_back
from store.orders.tables import Order
from store.pricing.promotions import Gift, Promotion, SpecialPrice, Step
from tests.support.order_fixtures import line, pay_cash, place


@pytest.fixture
def use_promotions(monkeypatch):
    """Add promotions to what decides the price of every order."""

    def add(*promotions: Promotion) -> None:
        build = pricing_requests.build
        monkeypatch.setattr(
            pricing_requests, "build", lambda *given: replace(build(*given), promotions=promotions)
        )

    return add


def come_back(order: Order, number: str, units: int = 1, line_number: str = "1") -> OrderReturn:
    lines = (ReturnLine(line_number, units=units),)
    return give_back(request=ReturnRequest(number=number, order_number=order.number, lines=lines))


def test_a_gift_is_a_line_that_is_kept_at_its_value(shop, use_promotions):
    toy = Gift(product="toy", name="玩偶", value_fen=2000)
    use_promotions(Promotion("gift", "g", "满赠", steps=(Step(from_fen=5000, gifts=(toy,)),)))
    order = pay_cash(place(shop, line(12_000)))
    gift = snapshots.list_lines(order)[-1]
    assert (gift.line, gift.name, gift.list_fen, gift.gift_for, gift.gift_value_fen) == (
        "G1",
        "玩偶",
        0,
        ["1"],
        2000,
    )
    assert come_back(order, "R1").refund_fen == 10_000
    assert come_back(order, "R2", line_number="G1").refund_fen == 2000


def test_units_above_the_limit_of_a_special_price_are_a_line_of_their_own(shop, use_promotions):
    special = Promotion("special_price", "s", "秒杀", prices=(SpecialPrice("tea", 700, 1),))
    use_promotions(special)
    order = pay_cash(place(shop, line(1000, 3, product="tea")))
    rows = snapshots.list_lines(order)
    assert [(row.line, row.quantity, row.unit_fen, row.goods_fen) for row in rows] == [
        ("1", 1, 700, 700), ("1-2", 2, 1000, 2000),
    ]  # fmt: skip
    assert [come_back(order, "R1").refund_fen, come_back(order, "R2", 2, "1-2").refund_fen] == [700, 2000]


def test_two_hundred_less_a_hundred_is_recalculated(shop, use_promotions):
    steps = (Step(from_fen=20_000, off_fen=10_000),)
    use_promotions(Promotion("reduction", "p", "满减", steps=steps, recalculates=True))
    order = pay_cash(place(shop, line(10_000), line(10_000)))
    assert order.total_fen == 10_000
    assert come_back(order, "R1").refund_fen == 0
    assert come_back(order, "R2", line_number="2").refund_fen == 10_000


def test_returns_of_what_promotions_lowered_sum_to_what_was_paid(shop, use_promotions):
    use_promotions(Promotion("buy_get", "p", "买二送一", buy=2))
    order = pay_cash(place(shop, line(1000, 3)))
    assert [come_back(order, f"R{number}").refund_fen for number in range(3)] == [666, 667, 667]
