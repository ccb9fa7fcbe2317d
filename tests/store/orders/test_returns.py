"""Returns: each share the way it came, the same number once, and numbers that hold to the fen."""

import pytest

from store.core.errors import DomainError
from store.core.events import Event
from store.coupons.coupons import Coupon
from store.orders import orders, returns
from store.orders.requests import ReturnLine, ReturnRequest
from store.orders.returns import OrderReturn
from store.orders.tables import Order
from store.payments.refunds import Refund
from store.points import points
from store.pricing.request import StaffDiscount
from store.stored_value import accounts as stored_value_accounts
from store.stored_value.ledger import StoredValueAccount
from tests.support.coupon_fixtures import error_code_of
from tests.support.order_fixtures import (
    create_rich_member,
    issue_coupon,
    line,
    pay_cash,
    place,
    settle,
    start_attempt,
    top_up,
    value_of,
)


def give_back(order: Order, *lines: ReturnLine, number: str = "R1", **more) -> OrderReturn:
    request = ReturnRequest(number=number, order_number=order.number, lines=lines, **more)
    price = returns.preview(request)
    done = returns.give_back(request=request, expected_fen=price.refund_fen)
    assert (done.refund_fen, done.money_by_attempt) == (price.refund_fen, price.money_by_attempt)
    return done


def refunded(order: Order) -> list[int]:
    numbers = [row.number for row in Order.select().where(Order.original == order.id).order_by(Order.id)]
    rows = Refund.select().order_by(Refund.id)
    return [row.amount_fen for row in rows if any(row.number.startswith(number) for number in numbers)]


def test_units_come_back_one_at_a_time_the_way_they_were_paid(shop, mei):
    coupon = issue_coupon(mei, benefit={"kind": "amount_off", "off_fen": 100}, return_days=30)
    order = place(
        shop,
        line(1000, 3),
        member=mei,
        coupon_codes=frozenset({coupon.code}),
        points=500,
        stored_value_fen=1000,
    )
    pay_cash(order)
    expected = [(167, 333, 466, 34), (167, 333, 467, 33), (166, 334, 467, 33)]
    for number, (points_fen, value, money, discount) in enumerate(expected):
        done = give_back(order, ReturnLine("1", units=1), number=f"R{number}")
        assert (done.points_fen, done.stored_value_fen, sum(done.money_by_attempt.values())) == (
            points_fen, value, money
        )  # fmt: skip
        assert (done.order.list_fen, done.order.discount_fen) == (1000, discount)
        assert Coupon.get_by_id(coupon.id).state == ("issued" if number == 2 else "used")
    assert (points.balance(mei), value_of(mei), refunded(order)) == (10_000, 10_000, [466, 467, 467])


def test_a_return_repeated_is_the_same_return(shop, mei):
    order = place(shop, line(1000, 2), member=mei, points=400, stored_value_fen=1000)
    pay_cash(order)
    first, again = (give_back_once(order) for _ in range(2))
    assert (first.order.id, first.refund_fen) == (again.order.id, again.refund_fen)
    assert Event.select().where(Event.kind == "orders.returned").count() == 1
    assert (points.balance(mei), value_of(mei)) == (9800, 9500)
    other = ReturnRequest(number="R1", order_number=order.number, lines=(ReturnLine("1", units=2),))
    assert error_code_of(lambda: returns.give_back(request=other)) == "key_reused"
    assert returns.get(order_number=order.number, number="R1").refund_fen == first.refund_fen


def give_back_once(order: Order) -> OrderReturn:
    request = ReturnRequest(number="R1", order_number=order.number, lines=(ReturnLine("1", units=1),))
    return returns.give_back(request=request)


def test_ret_1_lines_give_what_was_paid_for_them(shop):
    order = pay_cash(place(shop, line(15_000), line(6000), lowered=(StaffDiscount("d", "活动", percent=20),)))
    assert give_back(order, ReturnLine("1", units=1)).refund_fen == 12_000
    assert give_back(order, ReturnLine("2", units=1), number="R2").refund_fen == 4800


def test_ret_2_units_give_their_part(shop):
    order = pay_cash(place(shop, line(10_000, 3), lowered=(StaffDiscount("d", "活动", percent=10),)))
    assert give_back(order, ReturnLine("1", units=2)).refund_fen == 18_000
    order = pay_cash(place(shop, line(5000, 6), lowered=(StaffDiscount("d", "活动", amount_fen=6000),)))
    assert give_back(order, ReturnLine("1", units=5)).refund_fen == 20_000
    assert give_back(order, ReturnLine("1", units=1), number="R2").refund_fen == 4000


def test_ret_4_the_discount_of_the_lines_that_stay_does_not_change(shop):
    lowered = (StaffDiscount("d", "活动", amount_fen=600),)
    order = pay_cash(place(shop, line(1000), line(2000), line(3000), lowered=lowered))
    done = give_back(order, ReturnLine("2", units=1))
    assert (done.order.discount_fen, done.refund_fen) == (200, 1800)
    assert give_back(order, ReturnLine("3", units=1), number="R2").order.discount_fen == 300


def test_ret_5_a_fee_is_deducted(shop):
    order = pay_cash(place(shop))
    done = give_back(order, ReturnLine("1", units=1), fee_fen=800)
    assert (done.refund_fen, done.deducted_fen) == (9200, 800)


def test_a_voucher_comes_back_with_its_last_line(shop, mei):
    voucher = issue_coupon(mei, benefit={"kind": "voucher", "worth_fen": 3000}, return_days=30)
    order = place(shop, line(2000), line(3000), member=mei, coupon_codes=frozenset({voucher.code}))
    pay_cash(order)
    assert give_back(order, ReturnLine("1", units=1)).refund_fen == 800
    assert Coupon.get_by_id(voucher.id).state == "used"
    assert give_back(order, ReturnLine("2", units=1), number="R2").refund_fen == 1200
    assert Coupon.get_by_id(voucher.id).state == "issued"


def test_a_gift_that_is_kept_is_paid_by_money_first(shop, mei):
    gift = line(0, product="gift", gift_for=("1",), gift_value_fen=2000)
    order = place(shop, line(12_000), gift, member=mei, points=6000)
    pay_cash(order)
    done = give_back(order, ReturnLine("1", units=1))
    assert (done.points_fen, sum(done.money_by_attempt.values()), done.deducted_fen) == (6000, 4000, 2000)
    assert give_back(order, ReturnLine("2", units=1), number="R2").refund_fen == 2000


def test_after_an_amount_the_units_count_anew(shop):
    order = pay_cash(place(shop, line(1000, 3)))
    assert give_back(order, ReturnLine("1", amount_fen=600)).refund_fen == 600
    assert [give_back(order, ReturnLine("1", units=1), number=f"U{n}").refund_fen for n in range(3)] == [
        800
    ] * 3
    assert Event.select().where(Event.kind == "orders.returned").count() == 4
    parts = [
        (event.properties["lines"][0]["part"], event.properties["lines"][0]["whole"])
        for event in Event.select().where(Event.kind == "orders.returned").order_by(Event.id)
    ]
    assert parts == [(600, 3000), (800, 3000), (800, 3000), (800, 3000)]


def test_more_than_was_sold_is_refused_and_changes_nothing(shop):
    order = pay_cash(place(shop, line(1000, 2)))
    wrong = (
        ReturnLine("1", units=3), ReturnLine("1", amount_fen=2001), ReturnLine("9", units=1), ReturnLine("1"),
        ReturnLine("1", units=1, amount_fen=1),
    )  # fmt: skip
    for one in wrong:
        request = ReturnRequest(number="R1", order_number=order.number, lines=(one,))
        with pytest.raises(DomainError):
            returns.give_back(request=request)
    assert (Order.select().count(), Refund.select().count()) == (1, 0)


def test_an_unpaid_order_is_not_returned(shop):
    order = place(shop)
    request = ReturnRequest(number="R1", order_number=order.number, lines=(ReturnLine("1", units=1),))
    assert error_code_of(lambda: returns.give_back(request=request)) == "order_unpaid"
    orders.close(number=order.number, reason="")
    assert error_code_of(lambda: returns.preview(request)) == "order_closed"


def test_what_was_previewed_is_given_or_refused(shop):
    order = pay_cash(place(shop, line(1000, 2)))
    request = ReturnRequest(number="R1", order_number=order.number, lines=(ReturnLine("1", units=1),))
    assert error_code_of(lambda: returns.give_back(request=request, expected_fen=900)) == "price_changed"
    assert returns.give_back(request=request, expected_fen=1000).refund_fen == 1000


def test_sv_3_an_order_paid_by_stored_value_is_returnable(shop, mei):
    order = place(shop, line(4000), member=mei, stored_value_fen=4000)
    done = give_back(order, ReturnLine("1", units=1))
    assert (done.stored_value_fen, done.money_by_attempt, value_of(mei)) == (4000, {}, 10_000)


def test_an_order_of_nothing_is_returnable(shop):
    order = place(shop, line(0))
    assert give_back(order, ReturnLine("1", units=1)).refund_fen == 0
    assert Refund.select().count() == 0


def test_the_spend_of_all_returns_is_the_spend_of_the_order(shop, mei):
    order = place(shop, line(1000, 3), member=mei, points=500, stored_value_fen=700)
    order = pay_cash(order)
    for number in range(3):
        give_back(order, ReturnLine("1", units=1), number=f"R{number}")
    spent = [event.properties["spend_fen"] for event in Event.select().where(Event.kind == "orders.returned")]
    assert (sum(spent), order.spend_fen) == (2500, 2500)


def test_a_part_returned_before_the_order_counts_is_left_out(shop, mei):
    order = pay_cash(place(shop, line(1000, 3), member=mei, kind="pickup"))
    give_back(order, ReturnLine("1", units=1))
    orders.complete(number=order.number)
    counted = Event.get(Event.kind == "orders.completed").properties["lines"][0]
    assert (counted["quantity"], counted["spend_fen"]) == (2, 2000)
    give_back(order, ReturnLine("1", units=1), number="R2")
    events = Event.select().where(Event.kind == "orders.returned").order_by(Event.id)
    assert [event.properties["counts"] for event in events] == [False, True]
    assert events[1].properties["lines"] == [{"line": "1", "part": 1, "whole": 2}]


def test_a_rich_member_of_another_order_gets_nothing(shop, mei):
    other = create_rich_member(2)
    order = pay_cash(place(shop, member=mei, points=500))
    give_back(order, ReturnLine("1", units=1))
    assert (points.balance(other), value_of(other)) == (10_000, 10_000)


def test_sv_6_a_return_to_an_account_at_its_limit_lands(shop, mei):
    order = place(shop, line(4000), member=mei, stored_value_fen=4000)
    top_up(mei, 4000)
    account = stored_value_accounts.find_by_member(mei)
    StoredValueAccount.update(limit_fen=10_000).where(StoredValueAccount.id == account.id).execute()
    assert give_back(order, ReturnLine("1", units=1)).stored_value_fen == 4000
    assert value_of(mei) == 14_000


def test_money_of_a_platform_goes_back_against_its_attempt(shop):
    order = place(shop, line(1000, 2))
    pay_cash(order, 500)
    attempt = start_attempt(order, "A1")
    settle(attempt, "succeeded")
    done = give_back(order, ReturnLine("1", units=1))
    assert sorted(done.money_by_attempt.values()) == [250, 750]
    methods = {row.method: row.amount_fen for row in Refund.select()}
    assert methods == {"cash": 250, "original": 750}
    give_back(order, ReturnLine("1", units=1), number="R2", money_by="cash")
    assert [row.method for row in Refund.select().order_by(Refund.id)][2:] == ["cash", "cash"]
