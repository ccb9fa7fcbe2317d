"""A check-in counts once a business day, and days in a row are rewarded as the rules say."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from store.company import settings
from store.company.calendar import Calendar
from store.kernel.events import Event
from store.loyalty import check_ins, points
from store.loyalty.check_ins import CheckIn, CheckInRules
from store.loyalty.point_accounts import PointEntry, PointLot
from store.people import members, merges
from store.people.customers import Customer
from tests import world
from tests.store.races import meeting, without_index, without_turns


@pytest.fixture
def now(acme):
    """Ten in the morning of 30 January in Shanghai."""
    with time_machine.travel(datetime(2026, 1, 30, 2, tzinfo=UTC), tick=False) as moment:
        yield moment


def check_in(customer: Customer) -> check_ins.Outcome:
    return check_ins.check_in(customer=customer, source="menu")


def in_company(number: int, customer_id: int) -> list[bool]:
    customer = Customer.get_by_id(customer_id)
    return [outcome.already for outcome in world.at_once(16, lambda _: check_in(customer))]


def test_thirty_two_copies_in_two_processes_are_one_check_in(house, fan, sound):
    customer = fan("o1")
    already = [one for part in house.together(2, in_company, customer.id) for one in part]
    assert (len(already), already.count(False)) == (32, 1)
    assert CheckIn.select().count() == PointEntry.select().count() == 1
    assert points.balance(members.of_customer(customer)) == 5


def test_without_lock_and_index_two_copies_are_two(fan, monkeypatch):
    customer = fan("o1")
    member = members.of_customer(customer)
    monkeypatch.setattr(check_ins.members, "locked_of", meeting(lambda customer: member))
    monkeypatch.setattr(check_ins.CheckIn, "find", meeting(CheckIn.find))
    monkeypatch.setattr(check_ins.points, "earn", lambda **told: None)
    with without_index("check_in_member_id_day"), without_turns():
        world.at_once(2, lambda number: check_in(customer))
        assert CheckIn.select().count() == 2


def test_the_same_day_again_tells_what_the_first_gave(fan, now, sound):
    customer = fan("o1")
    first, second = check_in(customer), check_in(customer)
    assert (first.already, second.already) == (False, True)
    assert (second.streak, second.points, second.balance) == (1, 5, 5)
    assert Event.select().where(Event.kind == "check_ins.done").count() == 1


def test_days_in_a_row_go_on_over_the_end_of_a_month(fan, now, sound):
    customer, outcomes = fan("o1"), []
    for _ in range(4):
        outcomes.append(check_in(customer))
        now.shift(timedelta(days=1))
    assert [outcome.streak for outcome in outcomes] == [1, 2, 3, 4]
    assert [outcome.extra for outcome in outcomes] == [0, 0, 5, 0]
    assert (outcomes[2].next_streak, outcomes[2].next_extra) == (7, 15)
    assert [row.day.day for row in check_ins.month(customer, date(2026, 1, 1))] == [30, 31]
    assert [row.day.day for row in check_ins.month(customer, date(2026, 2, 28))] == [1, 2]


def test_a_day_left_out_begins_anew(fan, now, sound):
    customer = fan("o1")
    check_in(customer)
    now.shift(timedelta(days=1))
    assert check_ins.streak(customer) == 1, "today is still open"
    now.shift(timedelta(days=1))
    assert check_ins.streak(customer) == 0
    assert check_in(customer).streak == 1


def test_the_day_turns_at_midnight_of_the_companys_zone(fan, now):
    customer = fan("o1")
    now.move_to(datetime(2026, 1, 30, 15, 59, 59, tzinfo=UTC))
    assert check_in(customer).streak == 1
    now.move_to(datetime(2026, 1, 30, 16, 0, 0, tzinfo=UTC))
    assert check_in(customer).streak == 2
    settings.change(Calendar, zone="UTC")
    assert check_in(customer).already, "in UTC it is still the thirtieth"


def test_chosen_rules_apply_at_once(fan, now, sound):
    settings.change(CheckInRules, points=2, streaks={"2": 100}, valid_days=1)
    customer = fan("o1")
    assert check_in(customer).points == 2
    lot = PointLot.get()
    assert lot.expires_at == datetime(2026, 1, 31, 16, tzinfo=UTC), "the end of the next day in Shanghai"
    now.shift(timedelta(days=1))
    outcome = check_in(customer)
    assert (outcome.points, outcome.extra, outcome.next_streak) == (102, 100, None)


def test_a_check_in_without_points_still_counts(fan, now, sound):
    settings.change(CheckInRules, points=0)
    assert check_in(fan("o1")).streak == 1
    assert PointEntry.select().count() == 0


def test_joined_days_are_counted_anew_and_points_stay(fan, now, sound):
    left, right = fan("o1"), fan("o2")
    for customers in ((left,), (right,), (left, right), (left,)):
        for customer in customers:
            check_in(customer)
        now.shift(timedelta(days=1))
    before = points.balance(members.of_customer(left)) + points.balance(members.of_customer(right))
    merges.merge(keep=left, lose=right, proof="test")
    member = members.of_customer(left)
    rows = CheckIn.select().where(CheckIn.member == member).order_by(CheckIn.day)
    assert [row.streak for row in rows] == [1, 2, 3, 4]
    assert points.balance(member) == before
    assert check_in(left).streak == 5
