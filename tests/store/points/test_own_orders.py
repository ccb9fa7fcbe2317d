"""Orders of our own tell spend and earning of each line; points and spend follow them."""

import pytest

from store.core import clock, events
from store.core.database import db
from store.points import order_events as point_order_events
from store.purchases import Purchase
from tests.support import database

pytestmark = pytest.mark.usefixtures("verify_afterwards")

LINES = [
    {"line": "1", "product": "milk", "categories": [], "quantity": 2, "paid_fen": 3_000, "spend_fen": 2_500,
     "earning_fen": 2_000, "gift": False},
    {"line": "2", "product": "milk", "categories": [], "quantity": 1, "paid_fen": 0, "spend_fen": 0,
     "earning_fen": 0, "gift": True},
]  # fmt: skip
TENDERS = [
    {"kind": "cash", "method": "cash", "amount_fen": 2_500, "received": True, "earns": True},
    {"kind": "points", "method": "", "amount_fen": 500, "received": False, "earns": False},
]


@db.transactional
def record_paid(member, kind="orders.paid", **changes):
    facts = {
        "number": "9" * 20, "kind": "till", "source": "", "paid_at": clock.now().isoformat(), "shop_groups": [],
        "freight_fen": 0, "lines": LINES, "tenders": TENDERS, "counts": True, **changes,
    }  # fmt: skip
    return events.record(
        kind,
        customer_id=member.customer_id if member else None,
        member_id=member.id if member else None,
        unique_key="9" * 20,
        **facts,
    )


@db.transactional
def record_returned(member, part, whole, spend_fen):
    return events.record(
        "orders.returned", customer_id=member.customer_id, member_id=member.id, unique_key=f"R{part}",
        number="9" * 20, return_number=f"R{part}", spend_fen=spend_fen, counts=True,
        lines=[{"line": "1", "part": part, "whole": whole}],
    )  # fmt: skip


def test_a_line_earns_by_its_own_amount_and_a_gift_earns_nothing(mei, rule, balances):
    paid = record_paid(mei)
    for _ in range(2):
        point_order_events.post_order(paid)
    assert balances()[1] == 20
    assert Purchase.get().paid_fen == 2_500


def test_an_order_that_does_not_count_yet_earns_when_it_is_completed(mei, rule, balances):
    point_order_events.post_order(record_paid(mei, counts=False))
    assert (balances()[1], Purchase.select().count()) == (0, 0)
    point_order_events.post_order(record_paid(mei, "orders.completed"))
    assert balances()[1] == 20


def test_without_a_member_order_and_return_are_passed_over(mei, rule, balances):
    paid = record_paid(None)
    before = database.dump_rows()
    point_order_events.post_order(paid)
    point_order_events.post_orders([paid])
    assert database.dump_rows() == before
    point_order_events.post_order(record_paid(mei, "orders.member_attached"))
    assert balances()[1] == 20


def test_a_return_takes_back_points_and_spend_by_its_part(mei, rule, balances):
    point_order_events.post_order(record_paid(mei))
    returned = record_returned(mei, 1, 2, 1_250)
    for _ in range(2):
        point_order_events.post_return(returned)
    assert balances()[1] == 10
    assert Purchase.get().returned_fen == 1_250
