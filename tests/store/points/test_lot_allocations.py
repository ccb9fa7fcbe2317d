"""Where points came from and went to, and what of them ends soon."""

import pytest

from store.core.errors import DomainError
from store.points import expiring_soon as point_expiring_soon
from store.points import lot_allocations as point_lot_allocations
from store.points import payments as point_payments
from store.points import points
from store.points import reversals as point_reversals
from store.points.expiring_soon import ExpiringPoints

pytestmark = pytest.mark.usefixtures("verify_afterwards")


def to_pairs(parts):
    return [(part.entry.key, part.value) for part in parts]


def test_a_spending_and_its_lots_tell_the_same_from_both_sides(mei, earn, redeem):
    first, second = earn(100, "a", last_day=10), earn(100, "b", last_day=20)
    spent = redeem(150, "gift")
    assert to_pairs(point_lot_allocations.get_for_entry(spent).source_lines) == [("a", -100), ("b", -50)]
    assert to_pairs(point_lot_allocations.get_for_entry(first).lot_lines) == [("gift", -100)]
    assert to_pairs(point_lot_allocations.get_for_entry(second).lot_lines) == [("gift", -50)]
    assert point_lot_allocations.get_for_entry(second).lot.remaining == 50
    assert point_lot_allocations.get_for_entry(spent).lot is None


def test_what_comes_back_fills_the_lots_again(mei, earn, redeem):
    first = earn(100, "a", last_day=10)
    redeem(60, "gift")
    back = point_reversals.refund_redeemed(key="gift", number="r")
    entry = points.list_entries(points.get_or_create_account(mei), limit=1)[0]
    assert back.value == 60
    assert to_pairs(point_lot_allocations.get_for_entry(entry).source_lines) == [("a", 60)]
    assert [value for _, value in to_pairs(point_lot_allocations.get_for_entry(first).lot_lines)] == [-60, 60]


def test_what_ends_soon_is_summed_by_day(mei, earn, redeem, days):
    for key, value, last_day in (("a", 10, 0), ("b", 20, 30), ("c", 30, 30), ("d", 40, 31)):
        earn(value, key, last_day=last_day)
    earn(50, "e")
    held = points.get_or_create_account(mei)
    assert point_expiring_soon.list_expiring(held) == [
        ExpiringPoints(days.day(0), 10),
        ExpiringPoints(days.day(30), 50),
    ]
    redeem(15, "gift")
    assert point_expiring_soon.list_expiring(held) == [ExpiringPoints(days.day(30), 45)]
    days.go(31)
    assert point_expiring_soon.list_expiring(held) == [ExpiringPoints(days.day(31), 40)]


def test_points_with_unpaid_orders_are_counted(mei, earn):
    earn(1000, "a")
    assert point_payments.held_points(mei) == 0
    for number in ("1", "2"):
        point_payments.hold(member=mei, order_number=number, points=100, amount_fen=100, limit_fen=1000)
    point_payments.commit(order_number="2")
    assert point_payments.held_points(mei) == 100


def test_only_an_entry_of_the_member_is_found(mei, register, earn):
    mine = earn(10, "a")
    other = register("13900139000")
    assert points.get_entry(mei, mine.id) == mine
    with pytest.raises(DomainError) as no:
        points.get_entry(other, mine.id)
    assert no.value.code == "not_found"
