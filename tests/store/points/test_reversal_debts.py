"""Returns of points that were spent or have ended: debts, late returns, expiry."""

import pytest

from store.core.errors import DomainError
from store.points import expiry as point_expiry
from store.points import payments as point_payments
from store.points import reversals as point_reversals
from store.points.ledger import LotAllocation, PointEntry
from store.tenants import settings

pytestmark = pytest.mark.usefixtures("verify_afterwards")


def test_what_is_spent_already_is_owed_and_the_next_points_pay_it(earn, redeem, balances, lots):
    """Earn 100, spend 80, return all: 20 taken, 80 owed. Earn 50: 30 still owed. Earn 40: 10 to spend."""
    earn(100, "A")
    redeem(80, "gift")
    back = point_reversals.reverse_earned(key="A", number="R1", numerator=1, denominator=1)
    assert balances() == (0, -80, 0, 80)
    earn(50, "B")
    assert balances() == (50, -30, 0, 30)
    with pytest.raises(DomainError):
        redeem(1, "too much")
    earn(40, "C")
    assert balances() == (90, 10, 0, 0)
    assert lots() == [0, 0, 10]
    debt = PointEntry.get(PointEntry.reverses == back.entry)
    assert [row.value for row in debt.allocations.order_by(LotAllocation.id)] == [20, 50, 30]


def test_the_tenant_may_waive_instead(earn, redeem, balances):
    settings.change(point_reversals.PointReversalSettings, waive_spent=True)
    earn(100, "A")
    redeem(80, "gift")
    back = point_reversals.reverse_earned(key="A", number="R1", numerator=1, denominator=1)
    assert (back.posted_points, back.waived_points) == (20, 80)
    assert balances() == (80, 0, 0, 0)


def test_points_that_ended_unspent_are_not_taken_twice(earn, redeem, balances, days):
    """Earn 100 until day 5, spend 60, 40 end. Returned by halves: 40 are gone already, 60 are owed."""
    earn(100, "A", last_day=5)
    redeem(60, "gift")
    days.go(6)
    point_reversals.reverse_earned(key="A", number="R1", numerator=1, denominator=2)  # before the daily close
    assert balances() == (90, 30, 0, 10)
    point_expiry.expire(day=days.day(5))
    assert balances() == (90, -10, 40, 10)
    point_reversals.reverse_earned(key="A", number="R2", numerator=1, denominator=2)
    assert balances() == (40, -60, 40, 60)


def test_points_that_came_back_late_and_ended_are_not_taken_again(mei, earn, balances, days):
    """Earn 100 until day 5, held for an order that is never paid; they come back for a day and end unspent."""
    earn(100, "A", last_day=5)
    point_payments.hold(member=mei, order_number="O", points=100, amount_fen=100, limit_fen=100_000)
    days.go(6)
    point_payments.release(order_number="O")
    days.go(8)
    point_expiry.expire(day=days.day(7))
    back = point_reversals.reverse_earned(key="A", number="R", numerator=1, denominator=1)
    assert (back.expired_points, balances()) == (100, (100, 0, 100, 0))


@pytest.mark.parametrize("first", ["A", "B"])
def test_of_what_came_back_late_of_two_each_point_ends_once(earn, redeem, balances, days, first):
    """A 60 and B 40 until day 5, spent together, come back late as B 40 and A 60; 50 are spent, A's last 50 end.

    Both are returned: 50 are gone already, and the other 50, which were used, are owed.
    """
    earn(60, "A", last_day=5), earn(40, "B", last_day=5)
    redeem(100, "gift")
    days.go(6)
    point_reversals.refund_redeemed(key="gift", number="R")
    redeem(50, "another")
    days.go(8)
    returned = {
        key: point_reversals.reverse_earned(key=key, number="R", numerator=1, denominator=1).expired_points
        for key in (first, "B" if first == "A" else "A")
    }
    assert returned == {"A": 50, "B": 0}
    assert balances() == (50, 0, 0, 50)
    point_expiry.expire(day=days.day(7))
    assert balances() == (50, -50, 50, 50)


def test_points_that_came_back_late_twice_are_not_taken_again(earn, redeem, balances, days):
    """What came back late is spent again, and comes back when that has ended too."""
    earn(100, "A", last_day=5)
    for spent_on, back_on, key in ((5, 6, "first"), (7, 9, "second")):
        days.go(spent_on)
        redeem(100, key)
        days.go(back_on)
        point_reversals.refund_redeemed(key=key, number="R")
    days.go(11)
    point_expiry.expire(day=days.day(10))
    back = point_reversals.reverse_earned(key="A", number="R", numerator=1, denominator=1)
    assert (back.expired_points, balances()) == (100, (100, 0, 100, 0))


def test_spent_points_go_back_where_they_came_from(earn, redeem, lots, balances):
    """120 spent as 50 of B and 70 of A. A third returned (40) goes to A; the rest 30 to A, 50 to B."""
    earn(100, "A", last_day=30), earn(50, "B", last_day=10)
    redeem(120, "gift")
    point_reversals.refund_redeemed(key="gift", number="R1", numerator=1, denominator=3)
    assert lots() == [70, 0]
    point_reversals.refund_redeemed(key="gift", number="R2", numerator=2, denominator=3)
    assert lots() == [100, 50]
    assert balances() == (150, 150, 0, 0)


def test_an_ended_lot_comes_back_until_the_end_of_tomorrow(earn, redeem, lots, days, balances):
    """A 100 until day 5, all spent; cancelled on day 8: a new lot of 100 that ends with day 9."""
    earn(100, "A", last_day=5)
    redeem(100, "gift")
    days.go(8)
    point_reversals.refund_redeemed(key="gift", number="R1")
    assert lots() == [0, 100]
    days.go(10)
    assert point_expiry.expire(day=days.day(8)) == 0
    assert point_expiry.expire(day=days.day(9)) == 1
    assert balances() == (100, 0, 100, 0)


def test_points_that_come_back_pay_what_is_owed(earn, redeem, balances, lots):
    """Earn 100, redeem 80, return: 80 owed. The redemption is cancelled: 80 come back and pay."""
    earn(100, "A")
    redeem(80, "gift")
    point_reversals.reverse_earned(key="A", number="R1", numerator=1, denominator=1)
    point_reversals.refund_redeemed(key="gift", number="R2")
    assert balances() == (0, 0, 0, 0)
    assert lots() == [0]


def test_a_lot_may_pay_the_same_debt_twice(earn, redeem, balances):
    """A 10 is spent and returned: 10 owed. The spending comes back in halves: A pays 5, and 5 again."""
    earn(10, "A")
    redeem(10, "first")
    point_reversals.reverse_earned(key="A", number="R1", numerator=1, denominator=1)
    point_reversals.refund_redeemed(key="first", number="R2", numerator=1, denominator=2)
    point_reversals.refund_redeemed(key="first", number="R3", numerator=1, denominator=2)
    assert balances() == (0, 0, 0, 0)
