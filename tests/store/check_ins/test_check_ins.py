"""A check-in counts once a business day, and days in a row are rewarded as the rules say."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from store.check_ins import check_ins
from store.check_ins.check_ins import CheckIn, CheckInSettings
from store.core import actors
from store.core.events import Event
from store.customers import members
from store.customers.customers import Customer
from store.customers.merging import merges
from store.customers.merging import undo as merge_undo
from store.points import points
from store.points.ledger import PointEntry, PointLot
from store.tenants import settings
from store.tenants.business_days import BusinessDaySettings
from tests.support import database
from tests.support.races import with_barrier, without_index, without_write_queue


@pytest.fixture
def now(acme):
    """Ten in the morning of 30 January in Shanghai."""
    with time_machine.travel(datetime(2026, 1, 30, 2, tzinfo=UTC), tick=False) as moment:
        yield moment


def check_in(customer: Customer) -> check_ins.CheckInResult:
    return check_ins.check_in(customer=customer, source="menu")


def in_tenant(number: int, customer_id: int) -> list[bool]:
    customer = Customer.get_by_id(customer_id)
    return [outcome.already_done for outcome in database.run_concurrently(16, lambda _: check_in(customer))]


def test_thirty_two_copies_in_two_processes_are_one_check_in(
    process_group, create_follower, verify_afterwards
):
    customer = create_follower("o1")
    already = [one for part in process_group.run_together(2, in_tenant, customer.id) for one in part]
    assert (len(already), already.count(False)) == (32, 1)
    assert CheckIn.select().count() == PointEntry.select().count() == 1
    assert points.balance(members.get_or_create(customer)) == 5


def test_without_lock_and_index_two_copies_are_two(create_follower, monkeypatch):
    customer = create_follower("o1")
    member = members.get_or_create(customer)
    monkeypatch.setattr(check_ins.members, "lock_for", with_barrier(lambda customer: member))
    monkeypatch.setattr(check_ins.CheckIn, "find", with_barrier(CheckIn.find))
    monkeypatch.setattr(check_ins.points, "earn", lambda **result: None)
    with without_index("check_in_member_id_day"), without_write_queue():
        database.run_concurrently(2, lambda number: check_in(customer))
        assert CheckIn.select().count() == 2


def test_the_same_day_again_tells_what_the_first_gave(create_follower, now, verify_afterwards):
    customer = create_follower("o1")
    first, second = check_in(customer), check_in(customer)
    assert (first.already_done, second.already_done) == (False, True)
    assert (second.streak, second.points, second.balance) == (1, 5, 5)
    assert Event.select().where(Event.kind == "check_ins.created").count() == 1


def test_days_in_a_row_go_on_over_the_end_of_a_month(create_follower, now, verify_afterwards):
    customer, outcomes = create_follower("o1"), []
    for _ in range(4):
        outcomes.append(check_in(customer))
        now.shift(timedelta(days=1))
    assert [outcome.streak for outcome in outcomes] == [1, 2, 3, 4]
    assert [outcome.extra for outcome in outcomes] == [0, 0, 5, 0]
    assert (outcomes[2].next_streak, outcomes[2].next_extra) == (7, 15)
    assert [row.day.day for row in check_ins.list_month(customer, date(2026, 1, 1))] == [30, 31]
    assert [row.day.day for row in check_ins.list_month(customer, date(2026, 2, 28))] == [1, 2]


def test_a_day_left_out_begins_anew(create_follower, now, verify_afterwards):
    customer = create_follower("o1")
    check_in(customer)
    now.shift(timedelta(days=1))
    assert check_ins.current_streak(customer) == 1, "today is still open"
    now.shift(timedelta(days=1))
    assert check_ins.current_streak(customer) == 0
    assert check_in(customer).streak == 1


def test_the_day_turns_at_midnight_of_the_companys_zone(create_follower, now):
    customer = create_follower("o1")
    now.move_to(datetime(2026, 1, 30, 15, 59, 59, tzinfo=UTC))
    assert check_in(customer).streak == 1
    now.move_to(datetime(2026, 1, 30, 16, 0, 0, tzinfo=UTC))
    assert check_in(customer).streak == 2
    settings.change(BusinessDaySettings, zone="UTC")
    assert check_in(customer).already_done, "in UTC it is still the thirtieth"


def test_chosen_rules_apply_at_once(create_follower, now, verify_afterwards):
    settings.change(CheckInSettings, points=2, streaks={"2": 100}, valid_days=1)
    customer = create_follower("o1")
    assert check_in(customer).points == 2
    lot = PointLot.get()
    assert lot.expires_at == datetime(2026, 1, 31, 16, tzinfo=UTC), "the end of the next day in Shanghai"
    now.shift(timedelta(days=1))
    outcome = check_in(customer)
    assert (outcome.points, outcome.extra, outcome.next_streak) == (102, 100, 4)


def test_a_check_in_without_points_still_counts(create_follower, now, verify_afterwards):
    settings.change(CheckInSettings, points=0)
    assert check_in(create_follower("o1")).streak == 1
    assert PointEntry.select().count() == 0


def test_joined_days_are_counted_anew_and_points_of_second_ones_go_back(
    create_follower, now, verify_afterwards
):
    left, right = create_follower("o1"), create_follower("o2")
    for customers in ((left,), (right,), (left, right), (left,)):
        for customer in customers:
            check_in(customer)
        now.shift(timedelta(days=1))
    before = points.balance(members.get_or_create(left)) + points.balance(members.get_or_create(right))
    merges.merge(survivor=left, duplicate=right, proof="test")
    member = members.get_or_create(left)
    rows = CheckIn.select().where(CheckIn.member == member).order_by(CheckIn.day)
    assert [row.streak for row in rows] == [1, 2, 3, 4]
    assert points.balance(member) == before - 5, "both checked in on the third day"
    assert check_in(left).streak == 5


def test_a11_ten_followers_of_one_day_keep_one_check_in(create_follower, now, verify_afterwards):
    people = [create_follower(f"o{number}") for number in range(10)]
    for person in people:
        check_in(person)
    for person in people[1:]:
        merges.merge(survivor=people[0], duplicate=person, proof="phone")
    member = members.get_or_create(people[0])
    account = points.get_or_create_account(member)
    assert (account.available, account.accumulated, account.debt) == (5, 5, 0)
    assert CheckIn.select().count() == 1


def test_a11_what_is_spent_is_not_taken_back(create_follower, now, verify_afterwards):
    kept, lost = create_follower("o1"), create_follower("o2")
    check_in(kept), check_in(lost)
    points.spend(member=members.get_or_create(lost), kind="gift_redemption", value=3, key="gift")
    merges.merge(survivor=kept, duplicate=lost, proof="phone")
    account = points.get_or_create_account(members.get_or_create(kept))
    assert (account.available, account.debt) == (5, 0)


def test_a11_expired_points_are_not_taken_back(create_follower, now, verify_afterwards):
    settings.change(CheckInSettings, valid_days=1)
    kept, lost = create_follower("o1"), create_follower("o2")
    check_in(kept), check_in(lost)
    now.shift(timedelta(days=3))
    merges.merge(survivor=kept, duplicate=lost, proof="phone")
    assert PointEntry.select().where(PointEntry.kind == "merge_reversal").count() == 0


def test_a11_a_chain_of_merges_takes_each_check_in_back_once(create_follower, now, verify_afterwards):
    first, second, third = (create_follower(f"o{number}") for number in range(3))
    for person in (first, second, third):
        check_in(person)
    merges.merge(survivor=second, duplicate=third, proof="phone")
    merges.merge(survivor=first, duplicate=second, proof="phone")
    assert points.balance(members.get_or_create(first)) == 5


def test_a11_the_undo_returns_the_points_and_the_day(create_follower, now, verify_afterwards):
    kept, lost = create_follower("o1"), create_follower("o2")
    check_in(kept), check_in(lost)
    before = database.dump_rows()
    for _ in range(2):
        merges.merge(survivor=kept, duplicate=lost, proof="phone")
        merge = merges.list_merges()[0]
        points.spend(
            member=members.get_or_create(kept), kind="gift_redemption", value=1, key=f"gift-{merge.id}"
        )
        with actors.acting_as(actors.Actor(kind="staff", name="小李")):
            merge_undo.unmerge(merge=merge, reason="不是同一人")
    assert points.balance(members.get_or_create(kept)) == 5 - 2
    assert points.balance(members.get_or_create(lost)) == 5
    after = database.dump_rows()
    assert after["check_in"] == before["check_in"]
    assert [row for row in after["point_entry"] if row[2] != "gift_redemption"] == before["point_entry"]


def test_a11_the_undo_of_a_chain_returns_every_check_in(create_follower, now, verify_afterwards):
    first, second, third = (create_follower(f"o{number}") for number in range(3))
    for person in (first, second, third):
        check_in(person)
    before = database.dump_rows()
    merges.merge(survivor=second, duplicate=third, proof="phone")
    merges.merge(survivor=first, duplicate=second, proof="phone")
    with actors.acting_as(actors.Actor(kind="staff", name="小李")):
        for merge in merges.list_merges():
            merge_undo.unmerge(merge=merge, reason="不是同一人")
    after = database.dump_rows()
    for table in ("check_in", "point_entry", "point_lot", "lot_allocation", "point_account"):
        assert after[table] == before[table], table


def test_a11_merges_at_once_keep_one_check_in(create_follower, now, verify_afterwards):
    people = [create_follower(f"o{number}") for number in range(5)]
    for person in people:
        check_in(person)
    database.run_concurrently(
        4, lambda number: merges.merge(survivor=people[0], duplicate=people[number + 1], proof="phone")
    )
    assert points.balance(members.get_or_create(people[0])) == 5
    assert CheckIn.select().count() == 1
