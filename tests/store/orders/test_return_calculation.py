"""The calculation of returns: the table "Numbers that hold", thresholds, gifts and fees, and sums to the fen."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.core import money
from store.core.errors import DomainError
from store.orders import return_calculation, sold_orders
from store.orders.requests import ReturnLine
from store.orders.return_calculation import ReturnShares
from store.orders.sold_orders import PastReturn, SoldLine, SoldOrder, SoldPart

CASH = 9


def sold(
    quantities: Mapping[str, int], discounts: Sequence[SoldPart] = (), tenders: Sequence[SoldPart] = ()
) -> SoldOrder:
    lines = tuple(SoldLine(line, quantity) for line, quantity in quantities.items())
    return SoldOrder(lines, tuple(discounts), tuple(tenders))


def cash(**shares: int) -> SoldPart:
    return SoldPart(CASH, "cash", shares)


def after(order: SoldOrder, given_back: ReturnShares) -> SoldOrder:
    past = PastReturn(
        {line.line: line.units for line in given_back.lines},
        given_back.discounts,
        given_back.tenders,
        tuple(move for one in given_back.deductions for move in one.moves),
    )
    return replace(order, returns=(*order.returns, past))


def give_back(order: SoldOrder, *lines: ReturnLine, fee_fen: int = 0) -> tuple[SoldOrder, ReturnShares]:
    shares = return_calculation.calculate(order, lines, fee_fen, "退货费")
    return after(order, shares), shares


def refunds(order: SoldOrder, shares: ReturnShares) -> dict[str, int]:
    return {part.kind: shares.refund_fen(part.id) for part in order.tenders if shares.refund_fen(part.id)}


def test_units_of_a_line_come_back_one_at_a_time_to_the_fen():
    order = sold(
        {"A": 3},
        [SoldPart(1, "coupon", {"A": 100})],
        [SoldPart(2, "points", {"A": 500}), SoldPart(3, "stored_value", {"A": 1000}), cash(A=1400)],
    )
    expected = [(34, 167, 333, 466), (33, 167, 333, 467), (33, 166, 334, 467)]
    for discount, points, value, money_fen in expected:
        order, shares = give_back(order, ReturnLine("A", units=1))
        assert refunds(order, shares) == {"points": points, "stored_value": value, "cash": money_fen}
        assert sum(shares.discounts[1].values()) == discount
        assert shares.lines[0].list_fen == 1000


def test_a_voucher_is_never_paid_out_and_comes_back_with_the_last_line():
    voucher = SoldPart(1, "voucher", {"A": 1200, "B": 1800})
    order = sold({"A": 1, "B": 1}, tenders=[voucher, cash(A=800, B=1200)])
    order, shares = give_back(order, ReturnLine("A", units=1))
    assert shares.refund_fen(CASH) == 800
    assert shares.lines_back == {"A"}
    order, shares = give_back(order, ReturnLine("B", units=1))
    assert shares.refund_fen(CASH) == 1200
    assert shares.lines_back == {"A", "B"}


@pytest.mark.parametrize("quantities", [{"A": 2}, {"A": 1, "B": 1}])
def test_a_lost_threshold_set_to_recalculate_is_deducted_and_comes_back_later(quantities):
    each = 2 // len(quantities)
    shares_of = {line: each * 5000 for line in quantities}
    discount = SoldPart(
        1, "promotion", shares_of, threshold_fen=20000, bases={line: each * 10000 for line in quantities}
    )
    order = sold(quantities, [discount], [SoldPart(CASH, "cash", shares_of)])
    first, *rest = [line for line in quantities for _ in range(each)]
    order, shares = give_back(order, ReturnLine(first, units=1))
    assert (shares.refund_fen(CASH), shares.deductions[0].fen) == (0, 5000)
    order, shares = give_back(order, ReturnLine(rest[0], units=1))
    assert (shares.refund_fen(CASH), shares.deductions) == (10000, ())
    assert not shares.discounts


def test_without_recalculation_nothing_is_claimed_back():
    order = sold({"A": 2}, [SoldPart(1, "promotion", {"A": 10000})], [cash(A=10000)])
    _, shares = give_back(order, ReturnLine("A", units=1))
    assert shares.refund_fen(CASH) == 5000


def test_a_gift_that_is_kept_is_deducted_from_money_first():
    goods, gift = SoldLine("A", 1), SoldLine("G", 1, gift_for=("A",), gift_value_fen=2000)
    paid = (SoldPart(1, "points", {"A": 6000}), SoldPart(2, "wechat_code", {"A": 4000}))
    order = SoldOrder((goods, gift), (), paid)
    order, shares = give_back(order, ReturnLine("A", units=1))
    assert refunds(order, shares) == {"points": 6000, "wechat_code": 2000}
    order, shares = give_back(order, ReturnLine("G", units=1))
    assert refunds(order, shares) == {"wechat_code": 2000}
    order = SoldOrder((goods, gift), (), paid)
    order, shares = give_back(order, ReturnLine("A", units=1), ReturnLine("G", units=1))
    assert refunds(order, shares) == {"points": 6000, "wechat_code": 4000}


def test_after_an_amount_without_goods_the_units_count_anew():
    order = sold({"A": 3}, tenders=[cash(A=3000)])
    order, shares = give_back(order, ReturnLine("A", amount_fen=600))
    assert shares.refund_fen(CASH) == 600
    for _ in range(3):
        order, shares = give_back(order, ReturnLine("A", units=1))
        assert shares.refund_fen(CASH) == 800


def test_ret_1_lines_with_an_order_discount_give_what_was_paid_for_them():
    order = sold(
        {"A": 1, "B": 1}, [SoldPart(1, "promotion", {"A": 3000, "B": 1200})], [cash(A=12000, B=4800)]
    )
    order, first = give_back(order, ReturnLine("A", units=1))
    order, second = give_back(order, ReturnLine("B", units=1))
    assert (first.refund_fen(CASH), second.refund_fen(CASH)) == (12000, 4800)


def test_ret_2_units_give_their_part_and_the_last_one_the_rest():
    order = sold({"A": 3}, [SoldPart(1, "promotion", {"A": 3000})], [cash(A=27000)])
    assert give_back(order, ReturnLine("A", units=2))[1].refund_fen(CASH) == 18000
    order = sold({"A": 6}, [SoldPart(1, "promotion", {"A": 6000})], [cash(A=24000)])
    order, shares = give_back(order, ReturnLine("A", units=5))
    assert shares.refund_fen(CASH) == 20000
    assert give_back(order, ReturnLine("A", units=1))[1].refund_fen(CASH) == 4000


def test_ret_4_the_discount_of_the_lines_that_stay_does_not_change():
    discount = SoldPart(1, "promotion", {"A": 100, "B": 200, "C": 300})
    order = sold({"A": 1, "B": 1, "C": 1}, [discount], [cash(A=900, B=1800, C=2700)])
    order, shares = give_back(order, ReturnLine("B", units=1))
    assert shares.discounts == {1: {"B": 200}}
    left = sold_orders.replay(order)
    assert (left["A"].discounts, left["C"].discounts) == ({1: 100}, {1: 300})


def test_ret_5_a_fee_is_deducted():
    order = sold({"A": 1}, tenders=[cash(A=10000)])
    _, shares = give_back(order, ReturnLine("A", units=1), fee_fen=800)
    assert shares.refund_fen(CASH) == 9200


def test_a_fee_above_what_goes_back_takes_only_that():
    order = sold({"A": 1}, tenders=[cash(A=500)])
    _, shares = give_back(order, ReturnLine("A", units=1), fee_fen=800)
    assert (shares.refund_fen(CASH), shares.deductions[0].fen) == (0, 500)


def test_more_than_was_sold_does_not_come_back():
    order = sold({"A": 2}, tenders=[cash(A=1000)])
    for line in (ReturnLine("A", units=3), ReturnLine("A", amount_fen=1001), ReturnLine("B", units=1)):
        with pytest.raises(DomainError):
            give_back(order, line)


@st.composite
def orders(draw: st.DrawFn) -> SoldOrder:
    quantities = draw(st.lists(st.integers(1, 5), min_size=1, max_size=3))
    lines = tuple(SoldLine(str(place), quantity) for place, quantity in enumerate(quantities))
    left = {line.line: draw(st.integers(0, 700)) * line.quantity for line in lines}
    parts = []
    for part, kind in enumerate(("coupon", "points", "stored_value", "cash")):
        total = sum(left.values())
        fen = total if kind == "cash" else draw(st.integers(0, total))
        shares = dict(zip(left, money.split(fen, list(left.values())), strict=True))
        left = {line: left[line] - shares[line] for line in left}
        threshold = draw(st.sampled_from((0, 500))) if kind == "coupon" else 0
        parts.append(SoldPart(part, kind, shares, threshold_fen=threshold, bases=shares))
    return SoldOrder(lines, (parts[0],), tuple(parts[1:]))


@given(orders(), st.data())
def test_all_returns_together_give_back_all_that_was_paid(order: SoldOrder, data: st.DataObject):
    paid = {part.id: sum(part.shares.values()) for part in order.tenders}
    back = dict.fromkeys(paid, 0)
    while True:
        left = {line: state for line, state in sold_orders.replay(order).items() if state.units_left}
        if not left:
            break
        line, state = data.draw(st.sampled_from(sorted(left.items(), key=lambda item: item[0])))
        by_amount = state.fen_left and data.draw(st.booleans())
        wanted = (
            ReturnLine(line, amount_fen=data.draw(st.integers(1, state.fen_left)))
            if by_amount
            else ReturnLine(line, units=data.draw(st.integers(1, state.units_left)))
        )
        order, shares = give_back(order, wanted)
        for returned in shares.lines:
            parts = [*shares.discounts.values(), *shares.tenders.values()]
            assert returned.list_fen == sum(part.get(returned.line, 0) for part in parts)
            assert returned.list_fen >= 0
        for part in paid:
            assert shares.refund_fen(part) >= 0
            back[part] += shares.refund_fen(part)
    assert back == paid
