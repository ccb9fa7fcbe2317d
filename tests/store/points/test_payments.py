"""Points pay part of an order, once, and come back with what does not go through."""

import pytest

from store.core.errors import DomainError
from store.points import expiry as point_expiry
from store.points import payments as point_payments
from store.points.payments import PointPaymentSettings, Quote
from store.tenants import settings
from tests.support import database

pytestmark = pytest.mark.usefixtures("verify_afterwards")


def hold(member, number="O1", value=2000, limit_fen=5_000):
    return point_payments.hold(
        member=member, order_number=number, points=value, amount_fen=value, limit_fen=limit_fen
    )


def refund(number, amount_fen):
    return point_payments.refund(order_number="O1", return_number=number, amount_fen=amount_fen)


def test_the_quote_is_what_is_there_and_what_the_order_allows(mei, earn):
    """100 points a yuan, half of the order: 2,999 points pay 29.99 yuan, of an order of 20 yuan 10."""
    earn(2999, "A")
    assert point_payments.quote(member=mei, total_fen=10_000) == Quote(2999, 2999)
    assert point_payments.quote(member=mei, total_fen=2000) == Quote(1000, 1000)
    settings.change(PointPaymentSettings, points_per_yuan=30)
    assert point_payments.quote(member=mei, total_fen=2000) == Quote(300, 1000)
    settings.change(PointPaymentSettings, points_per_yuan=0)
    assert point_payments.quote(member=mei, total_fen=2000) == Quote(0, 0)


def test_what_is_held_cannot_be_spent_elsewhere(mei, earn, redeem, balances):
    earn(3000, "A")
    assert hold(mei).amount_fen == 2000
    with pytest.raises(DomainError):
        redeem(1001, "gift")
    assert balances()[1] == 1000


def test_held_twice_is_once_and_committed_twice_as_well(mei, earn, balances):
    earn(3000, "A")
    assert hold(mei) == hold(mei)
    point_payments.commit(order_number="O1")
    assert point_payments.commit(order_number="O1").state == "committed"
    assert balances()[1] == 1000


def test_released_points_are_where_they_were(mei, earn, lots):
    earn(3000, "A", last_day=9)
    hold(mei)
    assert [row.state for row in point_payments.release(order_number="O1")] == ["released"]
    assert point_payments.release(order_number="O1") == []
    assert lots() == [3000]
    with pytest.raises(DomainError) as refused:
        point_payments.commit(order_number="O1")
    assert refused.value.code == "hold_released"


def test_points_are_held_again_after_a_release(mei, earn, balances):
    earn(3000, "A")
    first = hold(mei)
    point_payments.release(order_number="O1")
    again = hold(mei)
    assert (again.sequence, again.state, balances()[1]) == (first.sequence + 1, "held", 1000)
    assert point_payments.commit(order_number="O1").id == again.id


def test_another_number_for_the_same_order_is_a_change(mei, earn, balances):
    earn(3000, "A")
    hold(mei)
    with pytest.raises(DomainError) as refused:
        hold(mei, value=500)
    assert refused.value.code == "hold_differs"
    for _ in range(2):
        row = point_payments.change(order_number="O1", points=500, amount_fen=500, limit_fen=5_000)
    assert (row.points, row.sequence, balances()[1]) == (500, 2, 2500)
    with pytest.raises(DomainError):
        point_payments.change(order_number="O1", points=3001, amount_fen=3001, limit_fen=5_000)
    assert (point_payments.find_live("O1").points, balances()[1]) == (500, 2500)


def test_nothing_held_is_released_quietly():
    assert point_payments.release(order_number="none") == []


def test_what_has_paid_is_not_released(mei, earn):
    earn(3000, "A")
    hold(mei)
    point_payments.commit(order_number="O1")
    with pytest.raises(DomainError) as refused:
        point_payments.release(order_number="O1")
    assert refused.value.code == "wrong_state"


def test_a_return_gives_back_its_share(mei, earn, balances):
    """2,000 points paid 20 yuan; 6.67 of them come back: 667 points, then the rest; each return counts once."""
    earn(2000, "A")
    hold(mei)
    with pytest.raises(DomainError):
        refund("R1", 667)
    point_payments.commit(order_number="O1")
    assert refund("R0", 0) is None
    for _ in range(2):
        refund("R1", 667)
    assert balances()[1] == 667
    refund("R2", 1333)
    assert balances()[1] == 2000
    with pytest.raises(DomainError):
        refund("R3", 1)


def test_points_of_less_than_a_fen_come_back_rounded_down_in_all(mei, earn, balances):
    """A point is 2 fen: 5 points paid 10 fen; 3 + 3 + 4 fen back are 1, 2 and 2 points."""
    settings.change(PointPaymentSettings, points_per_yuan=50)
    earn(5, "A")
    point_payments.hold(member=mei, order_number="O1", points=5, amount_fen=10, limit_fen=10)
    point_payments.commit(order_number="O1")
    assert [refund(f"R{fen}{n}", fen).value for n, fen in enumerate((3, 3, 4))] == [1, 2, 2]
    assert balances()[1] == 5


@pytest.mark.parametrize("value", [0, -1, 5001])
def test_more_than_the_share_of_the_order_is_refused(mei, earn, value):
    earn(9000, "A")
    with pytest.raises(DomainError):
        hold(mei, value=value)


def test_a_night_does_not_end_what_is_held(mei, earn, days, balances):
    earn(2000, "A", last_day=5)
    hold(mei)
    days.go(6)
    assert point_expiry.expire(day=days.day(5)) == 0
    point_payments.release(order_number="O1")
    assert balances()[1] == 2000


def test_the_same_points_at_two_tills_pay_once(mei, earn, balances):
    earn(2500, "A")
    done = database.run_concurrently(6, lambda number: hold(mei, number=f"O{number}"))
    assert sum(isinstance(row, DomainError) and row.code == "points_short" for row in done) == 5
    assert balances()[1] == 500


def test_paid_and_released_at_once_is_one_of_them(mei, earn, balances):
    earn(2000, "A")
    hold(mei)
    verbs = (point_payments.commit, point_payments.release)
    done = database.run_concurrently(2, lambda number: verbs[number](order_number="O1"))
    (refused,) = (row for row in done if isinstance(row, Exception))
    assert refused.code in ("wrong_state", "hold_released")
    (state,) = (
        (row[0] if isinstance(row, list) else row).state for row in done if not isinstance(row, Exception)
    )
    assert balances()[1] == {"committed": 0, "released": 2000}[state]
