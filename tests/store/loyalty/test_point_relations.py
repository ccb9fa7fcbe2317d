"""Where points came from and went to, and what of them ends soon."""

import pytest

from store.kernel.refusals import Refused
from store.loyalty import point_endings, point_payments, point_relations, point_returns, points
from store.loyalty.point_endings import Ending

pytestmark = pytest.mark.usefixtures("sound")


def told(parts):
    return [(part.entry.key, part.value) for part in parts]


def test_a_spending_and_its_lots_tell_the_same_from_both_sides(mei, earn, redeem):
    first, second = earn(100, "a", last_day=10), earn(100, "b", last_day=20)
    spent = redeem(150, "gift")
    assert told(point_relations.of(spent).taken_from) == [("a", -100), ("b", -50)]
    assert told(point_relations.of(first).given_to) == [("gift", -100)]
    assert told(point_relations.of(second).given_to) == [("gift", -50)]
    assert point_relations.of(second).lot.left == 50
    assert point_relations.of(spent).lot is None


def test_what_comes_back_fills_the_lots_again(mei, earn, redeem):
    first = earn(100, "a", last_day=10)
    redeem(60, "gift")
    back = point_returns.give_back(key="gift", number="r")
    entry = points.entries(points.account(mei), limit=1)[0]
    assert back.value == 60
    assert told(point_relations.of(entry).taken_from) == [("a", 60)]
    assert [value for _, value in told(point_relations.of(first).given_to)] == [-60, 60]


def test_what_ends_soon_is_summed_by_day(mei, earn, redeem, days):
    for key, value, last_day in (("a", 10, 0), ("b", 20, 30), ("c", 30, 30), ("d", 40, 31)):
        earn(value, key, last_day=last_day)
    earn(50, "e")
    held = points.account(mei)
    assert point_endings.ahead(held) == [Ending(days.day(0), 10), Ending(days.day(30), 50)]
    redeem(15, "gift")
    assert point_endings.ahead(held) == [Ending(days.day(30), 45)]
    days.go(31)
    assert point_endings.ahead(held) == [Ending(days.day(31), 40)]


def test_points_with_unpaid_orders_are_counted(mei, earn):
    earn(1000, "a")
    assert point_payments.held(mei) == 0
    for number in ("1", "2"):
        point_payments.hold(member=mei, order_number=number, value=100, total_fen=1000)
    point_payments.commit(order_number="2")
    assert point_payments.held(mei) == 100


def test_only_an_entry_of_the_member_is_found(mei, register, earn):
    mine = earn(10, "a")
    other = register("13900139000")
    assert points.entry_of(mei, lambda row_id: row_id == mine.id) == mine
    with pytest.raises(Refused) as no:
        points.entry_of(other, lambda row_id: row_id == mine.id)
    assert no.value.code == "not_found"
