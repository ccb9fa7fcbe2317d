"""Many customers and many taps at one moment: what there is once is had once, and without the lock it would not be."""

from collections import Counter
from typing import Any

import pytest

from store.core.errors import DomainError
from store.coupons.coupons import Coupon
from store.orders import fulfilments, locks, orders
from store.orders.fulfilments import Fulfilment, FulfilmentStep
from store.orders.requests import ReturnLine
from store.orders.tables import Order
from store.points import points
from store.shop_orders import moves, refunds
from tests.support import database, order_fixtures
from tests.support.order_fixtures import create_rich_member, issue_coupon, value_of
from tests.support.races import with_barrier, without_write_queue
from tests.support.shop_order_fixtures import pay, publish_sku, reload, submit
from tests.support.stock_fixtures import units_of

ROUNDS = range(5)


def outcome(work: Any, *args: Any, **kwargs: Any) -> str:
    try:
        work(*args, **kwargs)
    except DomainError as error:
        return error.code
    return "ok"


@pytest.mark.parametrize("round_number", ROUNDS)
def test_ord_2_the_last_unit_is_sold_once(shop, tea, milk, round_number):
    """Eight customers want the two units of milk, with tea before or after it."""
    members = [create_rich_member(number, value_fen=0) for number in range(1, 9)]

    def order(number: int) -> str:
        wanted = [(tea, 1), (milk, 1)]
        return outcome(
            submit, shop, members[number], *(wanted if (number + round_number) % 2 else wanted[::-1])
        )

    assert Counter(database.run_concurrently(8, order)) == {"ok": 2, "stock_short": 6}
    assert (units_of(shop, milk), units_of(shop, tea)) == ((2, 2, 0), (10, 2, 0))


@pytest.mark.parametrize("round_number", ROUNDS)
def test_a_coupon_is_used_by_one_of_many_orders(shop, mei, tea, round_number):
    code = issue_coupon(mei).code

    def order(number: int) -> str:
        return outcome(submit, shop, mei, (tea, 2 + number % 2), coupon_codes=frozenset({code}))

    answers = Counter(database.run_concurrently(6, order))
    assert (answers["ok"], sum(answers.values())) == (1, 6)
    assert Coupon.get(Coupon.code == code).state == "held"


@pytest.mark.parametrize("round_number", ROUNDS)
def test_points_are_not_spent_twice(shop, tea, round_number):
    """1 200 points, of which each order wants 500."""
    member = create_rich_member(9, point_count=1_200, value_fen=0)
    answers = Counter(
        database.run_concurrently(6, lambda _: outcome(submit, shop, member, (tea, 1), points=500))
    )
    assert answers == {"ok": 2, "payment_cut": 4}
    assert points.balance(member) == 200


@pytest.mark.parametrize("round_number", ROUNDS)
def test_sv_5_two_checkouts_do_not_share_stored_value(shop, tea, round_number):
    member = create_rich_member(9, point_count=0, value_fen=5_000)
    order = [submit(shop, member, (tea, 4)) for _ in range(2)]

    def work(number: int) -> str:
        return outcome(orders.hold_stored_value, number=order[number].order.number, amount_fen=4_000)

    answers = Counter(database.run_concurrently(2, work))
    assert answers["ok"] == 1
    assert value_of(member) == 1_000


@pytest.mark.parametrize("round_number", ROUNDS)
def test_a_total_of_yesterday_buys_nothing(shop, mei, tea, round_number):
    """A price that was changed is never charged at the old total, nor at one the customer made up."""
    answers = Counter(
        database.run_concurrently(
            4,
            lambda number: outcome(submit, shop, mei, (tea, 1), expected_total_fen=(1, 999, 1001, 0)[number]),
        )
    )
    assert answers == {"price_changed": 4}
    assert (Order.select().count(), units_of(shop, tea)) == (0, (10, 0, 0))


@pytest.mark.parametrize("round_number", ROUNDS)
def test_one_key_at_once_is_one_order(shop, mei, tea, round_number):
    rows = database.run_concurrently(6, lambda _: submit(shop, mei, (tea, 1), key=f"K{round_number}").id)
    assert len(set(rows)) == 1
    assert units_of(shop, tea) == (10, 1, 0)


@pytest.mark.parametrize("round_number", ROUNDS)
def test_an_order_is_accepted_or_cancelled_not_both(shop, mei, tea, round_number):
    row = pay(submit(shop, mei, (tea, 1)))
    number = row.order.number

    def work(index: int) -> str:
        if (index + round_number) % 2:
            return outcome(moves.accept, number=number)
        return outcome(moves.cancel, number=number, reason="不要了")

    database.run_concurrently(4, work)
    state = reload(row).state
    assert state in ("accepted", "refunded")
    assert units_of(shop, tea) == ((10, 1, 0) if state == "accepted" else (10, 0, 0))


def test_without_the_lock_an_order_is_accepted_and_cancelled(acme, monkeypatch):
    """The control: both have read that the order waits for the shop before one of them writes."""
    shop = order_fixtures.create_shop()
    row = pay(submit(shop, create_rich_member(), (publish_sku(shop, "tea"), 1)))
    number = row.order.number
    monkeypatch.setattr(locks, "lock", locks.get)
    monkeypatch.setattr(refunds, "get_row", with_barrier(refunds.get_row))
    with without_write_queue():
        database.run_concurrently(
            2,
            lambda index: outcome(moves.accept, number=number) if index else outcome(
                moves.cancel, number=number, reason="不要了"
            ),
        )  # fmt: skip
    states = [step.state for step in FulfilmentStep.select().order_by(FulfilmentStep.id)]
    assert {"accepted", "refunded"} <= set(states)


def test_goods_are_refunded_once_by_taps_at_once(shop, mei, tea):
    row = pay(submit(shop, mei, (tea, 2)))

    def work(index: int) -> str:
        return outcome(
            refunds.refund_lines, number=row.order.number, return_number=f"R{index}",
            lines=[ReturnLine("1", units=2)], reason="不要了",
        )  # fmt: skip

    answers = Counter(database.run_concurrently(4, work))
    assert answers["ok"] == 1
    assert (Fulfilment.get_by_id(row.id).state, units_of(shop, tea)) == ("refunded", (10, 0, 0))
    assert [step.action for step in fulfilments.list_steps(row)].count("refund") == 1
