"""A missed day is filled once, for its price and within the limits; its rewards cannot be farmed."""

from datetime import UTC, datetime

import pytest
import time_machine

from store.check_ins import check_ins, make_ups
from store.check_ins.check_ins import CheckIn, CheckInSettings
from store.check_ins.make_ups import MakeUp, MakeUpSettings
from store.core import errors
from store.core.events import Event
from store.customers import members
from store.customers.customers import Customer
from store.customers.merging import merges
from store.points import points
from store.points.ledger import PointEntry
from store.tenants import settings
from tests.support import database
from tests.support.races import with_barrier, without_index, without_write_queue

pytestmark = pytest.mark.usefixtures("verify_afterwards")
FIRST_MOMENT = datetime(2026, 3, 1, 4, tzinfo=UTC)  # noon in Shanghai
STREAKS = {"3": 5, "7": 15}


@pytest.fixture
def now(acme):
    with time_machine.travel(FIRST_MOMENT, tick=False) as moment:
        yield moment


@pytest.fixture
def lu(now, create_follower) -> Customer:
    """A follower since the first of March, at a tenant where three days a month may be made up for nothing."""
    settings.change(MakeUpSettings, enabled=True)
    settings.change(CheckInSettings, streaks=STREAKS)
    return create_follower("o-lu")


@pytest.fixture
def check_in_on(now, lu):
    """Checks in on days of March."""

    def done(*days: int) -> None:
        for number in days:
            now.move_to(FIRST_MOMENT.replace(day=number))
            check_ins.check_in(customer=lu, source="menu")

    return done


def make_up(customer, number, month=3):
    return make_ups.make_up(customer=customer, day=day(number, month), source="h5")


def day(number, month=3):
    return FIRST_MOMENT.replace(day=number, month=month).date()


def streaks(customer):
    rows = CheckIn.select().where(CheckIn.member == members.get_or_create(customer)).order_by(CheckIn.day)
    return [row.streak for row in rows]


def streak_rewards(customer):
    return sum(row.extra for row in CheckIn.select())


def test_a_filled_day_joins_the_days_around_it(lu, check_in_on, now):
    check_in_on(1, 2, 4, 5)
    assert check_ins.current_streak(lu) == 2
    outcome = make_up(lu, 3)
    assert (outcome.already_done, outcome.streak, outcome.points, outcome.extra) == (False, 5, 10, 5)
    assert streaks(lu) == [1, 2, 3, 4, 5]
    assert points.balance(members.get_or_create(lu)) == outcome.balance == 30
    (event,) = Event.select().where(Event.kind == "make_ups.created")
    assert event.properties["day"] == "2026-03-03"


def test_asked_twice_is_once_and_tells_the_same(lu, check_in_on):
    settings.change(MakeUpSettings, price=2)
    check_in_on(1, 3)
    first, second = make_up(lu, 2), make_up(lu, 2)
    assert (first.already_done, second.already_done) == (False, True)
    assert (second.points, second.price, second.balance, second.remaining) == (10, 2, first.balance, 2)
    assert MakeUp.select().count() == 1
    assert PointEntry.select().where(PointEntry.kind == "behaviour_decrease").count() == 1


def test_a_day_that_was_done_costs_nothing(lu, check_in_on):
    settings.change(MakeUpSettings, price=2)
    check_in_on(1, 2)
    assert make_up(lu, 1).already_done
    assert (MakeUp.select().count(), points.balance(members.get_or_create(lu))) == (0, 10)


def test_a_day_between_two_runs_reaches_the_next_reward_and_no_more_than_their_due(lu, check_in_on):
    """Days 1–3 and 5–7 have each had the 5 of three days; as one run of seven they are due 5 + 15.

    So the fourth day brings 15 − 5 = 10: in all 20 extra, as for someone who left no day out.
    """
    check_in_on(1, 2, 3, 5, 6, 7)
    assert streak_rewards(lu) == 10
    assert make_up(lu, 4).extra == 10
    assert streak_rewards(lu) == 20
    assert streaks(lu) == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("left_out", [(4,), (2, 6), (3, 5), (4, 8), (2, 4, 6), (3, 6, 9), (1,)])
def test_leaving_days_out_to_fill_them_later_never_brings_more(lu, check_in_on, now, left_out):
    """Ten days with holes that are filled at the end: never more than ten days in a row."""
    settings.change(MakeUpSettings, days_back=31)
    check_in_on(*(number for number in range(1, 11) if number not in left_out))
    now.move_to(FIRST_MOMENT.replace(day=10))
    for number in left_out:
        make_up(lu, number)
    assert streaks(lu) == list(range(1, 11))
    assert streak_rewards(lu) == 25, "20 of the first cycle of seven days, 5 of the second"


def test_the_days_after_a_filled_one_bring_no_more_than_their_due(lu, check_in_on):
    """Two runs of seven had 20 each and are joined with the 8th; at 15 days 60 were due, at 30 days 160.

    The 16th is left out as well, and the next run had its 20 before it was joined: 80, so 30 days bring 80 more.
    """
    settings.change(CheckInSettings, streaks=STREAKS | {"15": 40, "30": 100})
    check_in_on(*range(1, 8), *range(9, 16))
    make_up(lu, 8)
    assert streak_rewards(lu) == 60
    check_in_on(*range(17, 24))
    make_up(lu, 16)
    assert streak_rewards(lu) == 80
    check_in_on(*range(24, 31))
    assert (check_ins.current_streak(lu), streak_rewards(lu)) == (30, 160)


def test_after_a_filled_day_the_next_reward_is_paid_in_full(lu, check_in_on):
    """Who forgot the 4th and filled it the next day has what seven days bring."""
    check_in_on(1, 2, 3, 5)
    make_up(lu, 4)
    check_in_on(6, 7)
    assert streak_rewards(lu) == 20


def test_without_a_filled_day_the_reward_is_what_the_rules_say_today(lu, check_in_on):
    """The third day brought 5 and would bring 1 by now; the seventh brings its 6 all the same."""
    check_in_on(1, 2, 3)
    settings.change(CheckInSettings, streaks={"3": 1, "7": 6})
    check_in_on(4, 5, 6, 7)
    assert streak_rewards(lu) == 11


def test_rewards_that_were_raised_since_are_not_paid_for_what_was_reached_before(lu, check_in_on):
    check_in_on(1, 2, 3, 5)
    settings.change(CheckInSettings, streaks={"3": 500})
    assert make_up(lu, 4).extra == 0


def test_the_price_is_paid_first_and_not_out_of_what_it_brings(lu, check_in_on):
    settings.change(MakeUpSettings, price=8)
    check_in_on(2)
    with pytest.raises(errors.DomainError) as refused:
        make_up(lu, 1)
    assert refused.value.code == "points_short"
    assert (MakeUp.select().count(), CheckIn.select().count()) == (0, 1)
    check_in_on(3)
    outcome = make_up(lu, 1)
    assert (outcome.price, outcome.balance) == (8, 10 - 8 + 10)


def test_a_month_has_its_limit_and_the_next_begins_anew(lu, check_in_on, now):
    check_in_on(1)
    now.move_to(FIRST_MOMENT.replace(day=31))
    assert [make_up(lu, number).remaining for number in (28, 29, 30)] == [2, 1, 0]
    with pytest.raises(errors.DomainError) as refused:
        make_up(lu, 27)
    assert refused.value.code == "make_up_limit"
    now.move_to(FIRST_MOMENT.replace(month=4))
    assert make_up(lu, 31).remaining == 2


@pytest.mark.parametrize("number", [1, 9, 10, 11])
def test_only_missed_days_of_the_last_week_are_filled(lu, now, number):
    """On the 10th the 3rd is the first day that can be filled; the running day is checked in."""
    now.move_to(FIRST_MOMENT.replace(day=10))
    if number == 9:
        assert make_up(lu, number).points == 5
    else:
        with pytest.raises(errors.DomainError) as refused:
            make_up(lu, number)
        assert refused.value.code == "invalid"
        assert MakeUp.select().count() == 0


def test_days_before_the_first_visit_are_not_filled(lu, now):
    now.move_to(FIRST_MOMENT.replace(day=2))
    assert make_ups.find_available(lu).days == [day(1)]
    with pytest.raises(errors.DomainError):
        make_up(lu, 28, month=2)


def test_a_tenant_that_says_nothing_has_no_make_ups(now, create_follower):
    customer = create_follower("o-lu")
    now.move_to(FIRST_MOMENT.replace(day=4))
    assert make_ups.find_available(customer) is None
    with pytest.raises(errors.DomainError) as refused:
        make_up(customer, 3)
    assert refused.value.code == "make_ups_off"


def test_the_offer_names_the_missed_days_and_none_when_the_month_is_used_up(lu, check_in_on):
    settings.change(MakeUpSettings, max_per_month=1, days_back=3, price=4)
    check_in_on(1, 3, 5)
    assert make_ups.find_available(lu) == make_ups.AvailableMakeUps(
        days=[day(2), day(4)], remaining=1, price=4
    )
    make_up(lu, 4)
    assert make_ups.find_available(lu) == make_ups.AvailableMakeUps(days=[], remaining=0, price=4)


def test_merged_people_keep_one_make_up_of_a_day(lu, check_in_on, now, create_follower):
    other = create_follower("o-lu2")
    now.move_to(FIRST_MOMENT.replace(day=4))
    make_up(lu, 2), make_up(lu, 3), make_up(other, 3)
    merges.merge(survivor=lu, duplicate=other, proof="test")
    assert sorted(row.day.day for row in MakeUp.select()) == [2, 3]
    assert streaks(lu) == [1, 2]


def test_one_day_at_once_is_filled_once(lu, check_in_on):
    settings.change(MakeUpSettings, price=2)
    check_in_on(1, 3)
    done = database.run_concurrently(8, lambda _: make_up(lu, 2))
    assert sorted(outcome.already_done for outcome in done) == [False] + [True] * 7
    assert points.balance(members.get_or_create(lu)) == 10 - 2 + 10


def test_different_days_at_once_stay_within_the_limit(lu, check_in_on, now):
    check_in_on(1)
    now.move_to(FIRST_MOMENT.replace(day=8))
    done = database.run_concurrently(6, lambda number: make_up(lu, number + 2))
    refused = [one for one in done if isinstance(one, Exception)]
    assert (len(refused), MakeUp.select().count()) == (3, 3)
    assert {one.code for one in refused} == {"make_up_limit"}
    assert set(points.balance(members.get_or_create(lu)) for _ in "x") == {
        5 + sum(one.points for one in done if one not in refused)
    }


def test_control_without_the_lock_the_limit_is_passed(lu, now, monkeypatch):
    """Both have counted before either writes."""
    settings.change(MakeUpSettings, max_per_month=1)
    now.move_to(FIRST_MOMENT.replace(day=4))
    member = members.get_or_create(lu)
    monkeypatch.setattr(make_ups.members, "lock", lambda member_id: member)
    monkeypatch.setattr(make_ups, "_ensure_allowed", with_barrier(make_ups._ensure_allowed))
    monkeypatch.setattr(
        make_ups, "_insert_day", lambda member, day, source: CheckIn(day=day, points=0, extra=0)
    )
    with without_write_queue():
        database.run_concurrently(2, lambda number: make_up(lu, number + 2))
        assert MakeUp.select().count() == 2
    MakeUp.delete().execute()


def test_control_without_lock_and_index_a_day_is_filled_twice(lu, now, monkeypatch):
    now.move_to(FIRST_MOMENT.replace(day=4))
    member = members.get_or_create(lu)
    monkeypatch.setattr(make_ups.members, "lock", lambda member_id: member)
    monkeypatch.setattr(make_ups, "_ensure_allowed", with_barrier(make_ups._ensure_allowed))
    monkeypatch.setattr(
        make_ups, "_insert_day", lambda member, day, source: CheckIn(day=day, points=0, extra=0)
    )
    with without_index("make_up_member_id_day"), without_write_queue():
        database.run_concurrently(2, lambda _: make_up(lu, 2))
        assert MakeUp.select().count() == 2
        MakeUp.delete().execute()
