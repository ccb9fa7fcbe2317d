"""What a purchase earns and why, counted on paper."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.core.errors import DomainError
from store.points import accrual as point_accrual
from store.points.accrual import BuyerContext, OrderLine, Payment
from store.points.rules import PointMultiplier, PointRule

DAY = date(2026, 5, 20)


def rule(row_id: int, **about) -> PointRule:
    """One point a yuan in group 1, unless the test says otherwise."""
    return PointRule(
        id=row_id,
        **{"group": 1, "name": f"规则{row_id}", "basis": "amount", "points": 1, "per_units": 100, **about},
    )


def multiplier(row_id: int, **about) -> PointMultiplier:
    return PointMultiplier(id=row_id, **{"group": 1, "name": f"多倍{row_id}", "percent": 200, **about})


def line(number: str = "1", paid_fen: int = 1000, **about) -> OrderLine:
    return OrderLine(**{"line": number, "product": "milk", "quantity": 1, "paid_fen": paid_fen, **about})


def proposals(lines, rules, *, payments=None, buyer=None, multipliers=(), day=DAY):
    total = sum(row.paid_fen for row in lines)
    found = point_accrual.calculate(
        lines=lines, payments=payments or [Payment("wechat", total)], buyer=buyer or BuyerContext(), rules=rules,
        multipliers=multipliers, day=day,
    )  # fmt: skip
    return [(row.line, row.kind, row.rule.id, row.value) for row in found]


def test_one_point_a_yuan_and_the_odd_fen_earn_nothing():
    assert proposals([line(paid_fen=1999)], [rule(1)]) == [("1", "transaction", 1, 19)]


def test_pieces_earn_by_quantity():
    assert proposals([line(quantity=7)], [rule(1, basis="quantity", points=3, per_units=2)]) == [
        ("1", "transaction", 1, 10)
    ]


def test_what_points_paid_earns_nothing_and_is_shared_by_amount():
    """Lines of 10, 20 and 0.01 yuan, 10 yuan of it paid in points: 3.33, 6.67 and 0 by largest remainder."""
    lines = [line("1", 1000), line("2", 2000), line("3", 1)]
    payments = [Payment("points", 1000, earns=False), Payment("wechat", 2001)]
    assert point_accrual.eligible_amounts(lines, payments) == {"1": 667, "2": 1333, "3": 1}


def test_freight_earns_nothing():
    assert point_accrual.eligible_amounts(
        [line(paid_fen=1800, freight_fen=800)], [Payment("wechat", 1800)]
    ) == {"1": 1000}


def test_payments_that_do_not_add_up_are_refused():
    with pytest.raises(DomainError):
        point_accrual.eligible_amounts([line(paid_fen=1000)], [Payment("wechat", 999)])


def test_the_most_specific_rule_applies_and_the_newest_of_equals():
    """Product before category before shop group before tier before all; a rule of two scopes beats one of them."""
    rules = [
        rule(1), rule(2, tier="gold"), rule(3, shop_group="east"), rule(4, category="dairy"),
        rule(5, product="milk"), rule(6, product="milk"), rule(7, category="dairy", tier="gold"),
    ]  # fmt: skip
    gold = BuyerContext(tier="gold", shop_groups=frozenset({"east"}))
    dairy = line(categories=frozenset({"dairy"}))
    left = list(rules)
    applied = []
    while left:
        (found,) = proposals([dairy], left, buyer=gold)
        applied.append(found[2])
        left = [row for row in left if row.id != found[2]]
    assert applied == [6, 5, 7, 4, 3, 2, 1]
    assert proposals([line()], rules[1:4]) == []


def test_each_group_has_its_own_rule():
    assert proposals([line()], [rule(1), rule(2, group=2, points=5)]) == [
        ("1", "transaction", 1, 10), ("1", "transaction", 2, 50),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("occasion", "birthday", "day", "given"),
    [
        ("birthday_day", (5, 20), DAY, True),
        ("birthday_day", (5, 21), DAY, False),
        ("birthday_day", (2, 29), date(2026, 2, 28), True),
        ("birthday_day", (2, 29), date(2028, 2, 28), False),
        ("birthday_month", (5, 1), DAY, True),
        ("birthday_month", None, DAY, False),
        ("period", None, DAY, True),
    ],
)
def test_multipliers_add_a_promotion_of_their_own(occasion, birthday, day, given):
    found = proposals(
        [line()],
        [rule(1)],
        buyer=BuyerContext(birthday=birthday),
        multipliers=[multiplier(1, occasion=occasion)],
        day=day,
    )
    assert found == [("1", "transaction", 1, 10)] + [("1", "promotion", 1, 10)] * given


def test_multipliers_add_up_and_do_not_multiply_one_another():
    """10 points: doubled for gold adds 10, three and a half times in the period adds 25."""
    many = [multiplier(1, occasion="tier", tier="gold"), multiplier(2, occasion="period", percent=350)]
    found = proposals([line()], [rule(1)], buyer=BuyerContext(tier="gold"), multipliers=many)
    assert [value for *_, value in found] == [10, 10, 25]


def test_each_line_says_why():
    (row,) = point_accrual.calculate(
        lines=[line(paid_fen=1250)], payments=[Payment("wechat", 1250)], buyer=BuyerContext(), rules=[rule(1)],
        multipliers=[], day=DAY,
    )  # fmt: skip
    assert row.explanation == "规则1：计积分金额 12.50 元，每 1.00 元 1 分，得 12 分"


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=20), st.integers(0, 100))
def test_the_lines_share_what_does_not_earn_to_the_fen(paid, percent):
    lines = [line(str(number), fen) for number, fen in enumerate(paid)]
    barren = sum(paid) * percent // 100
    amounts = point_accrual.eligible_amounts(
        lines, [Payment("points", barren, earns=False), Payment("cash", sum(paid) - barren)]
    )
    assert sum(amounts.values()) == sum(paid) - barren
    assert all(0 <= amounts[row.line] <= row.paid_fen for row in lines)


def test_f08_a_rule_is_applied_to_the_sum_of_its_lines():
    """Ten lines of 0.90 at one point a yuan: nine points, one for each of the first nine lines."""
    lines = [line(str(number), 90) for number in range(10)]
    found = proposals(lines, [rule(1)])
    assert found == [(str(number), "transaction", 1, 1) for number in range(9)]


def test_f08_by_quantity_and_multipliers_are_rounded_once():
    """Ten lines of one piece at one point for two pieces: five points, and half of them on top: two."""
    lines = [line(str(number), 90) for number in range(10)]
    half = multiplier(1, occasion="period", percent=150)
    found = proposals(lines, [rule(1, basis="quantity", per_units=2)], multipliers=[half])
    assert sum(value for _, kind, _, value in found if kind == "transaction") == 5
    assert sum(value for _, kind, _, value in found if kind == "promotion") == 2


def test_f08_lines_of_different_rules_are_summed_apart():
    lines = [line("1", 90), line("2", 90, product="tea"), line("3", 90, product="tea")]
    assert proposals(lines, [rule(1), rule(2, product="tea")]) == [("2", "transaction", 2, 1)]


def test_a_rule_by_quantity_passes_over_lines_that_earn_nothing():
    lines = [line("1", 0), line("2", 100)]
    assert proposals(lines, [rule(1, basis="quantity")]) == []
    assert proposals(lines, [rule(1, basis="quantity", per_units=1)]) == [("2", "transaction", 1, 1)]


@given(
    st.lists(st.integers(0, 10**6), min_size=1, max_size=30),
    st.integers(1, 20),
    st.integers(1, 500),
)
def test_f08_the_points_of_the_lines_sum_to_those_of_the_order(paid, points, per_units):
    lines = [line(str(number), fen) for number, fen in enumerate(paid)]
    found = proposals(lines, [rule(1, points=points, per_units=per_units)])
    assert sum(value for *_, value in found) == sum(paid) * points // per_units
    for number, _, _, value in found:
        exact = paid[int(number)] * points / per_units
        assert abs(value - exact) < 2
