"""Members are reported before points and coupons end: once, of what is left, by the accounts they follow."""

from datetime import timedelta

import pytest

from store import daily_close
from store.core import events, outbox
from store.core.database import db
from store.core.errors import DomainError
from store.core.events import Event, EventDelivery
from store.coupons import coupons
from store.customers import members
from store.customers.merging import merges
from store.membership import registration
from store.messages import expiry_reminders, messages
from store.messages.expiry_reminders import ExpiryReminderSettings, Reminder
from store.points import points
from store.tenants import settings
from tasks import relay
from tests.support import coupon_fixtures, database, message_records
from tests.support.member_fixtures import end_of_day
from tests.support.races import with_barrier, without_index, without_write_queue

pytestmark = pytest.mark.usefixtures("verify_afterwards")


def close_day(days, number):
    """The morning of a day: what is given then, of the daily close before."""
    days.go(number)
    return daily_close.close_day(day=days.day(number - 1))["reminders"]


def list_reminders(kind="points.ending_soon"):
    """Of what was reported: the day it ends, how far ahead, how much."""
    found = Event.select().where(Event.kind == kind).order_by(Event.id)
    return [(row.properties["day"], row.properties["days_ahead"], row.properties["count"]) for row in found]


def list_messages():
    """The texts that members can read."""
    return message_records.list_texts(kind="points_expiring")


def test_thirty_and_seven_days_ahead_with_what_is_left(earn, redeem, days):
    earn(100, "A", last_day=40), earn(50, "B", last_day=40), earn(9, "C", last_day=41), earn(5, "D")
    assert [close_day(days, number) for number in (9, 10, 11, 12)] == [0, 1, 1, 0]
    redeem(30, "gift")
    assert [close_day(days, number) for number in (32, 33, 34, 35)] == [0, 1, 1, 0]
    assert list_reminders() == [
        ("2026-04-10", 30, 150), ("2026-04-11", 30, 9), ("2026-04-10", 7, 120), ("2026-04-11", 7, 9),
    ]  # fmt: skip


def test_a_night_repeated_tells_nothing_again(earn, days):
    earn(100, "A", last_day=7)
    assert (close_day(days, 0), close_day(days, 0), close_day(days, 1)) == (1, 0, 0)
    earn(1, "B", last_day=7)
    assert close_day(days, 0) == 0, "the member was reminded of that day at that distance"


def test_what_was_spent_is_not_reminded_of(earn, redeem, days):
    earn(100, "A", last_day=7)
    redeem(100, "gift")
    assert close_day(days, 0) == 0


def test_what_has_ended_by_now_is_not_reminded_of_when_an_old_night_is_repeated(earn, days):
    earn(100, "A", last_day=7)
    days.go(8)
    assert daily_close.close_day(day=days.day(-1))["reminders"] == 0
    assert list_reminders() == []


def test_coupons_that_end_on_a_day_are_one_reminder(mei, days):
    rule = coupon_fixtures.create_listed_rule(validity={"kind": "days", "days": 5})
    first = coupons.issue(rule=rule, member=mei, key="a")
    coupons.issue(rule=rule, member=mei, key="b")
    coupons.void(coupons.issue(rule=rule, member=mei, key="c"), reason="误发")
    assert [close_day(days, number) for number in (0, 1, 2)] == [0, 1, 0]
    assert list_reminders("coupons.ending_soon") == [("2026-03-05", 3, 2)]
    coupons.void(first, reason="误发")
    (event,) = Event.select().where(Event.kind == "coupons.ending_soon")
    assert expiry_reminders.count_remaining([event]) == {event.id: 1}


def test_each_kind_is_switched_off_and_set_by_itself(mei, earn, days):
    earn(100, "A", last_day=7)
    coupons.issue(
        rule=coupon_fixtures.create_listed_rule(validity={"kind": "days", "days": 2}), member=mei, key="a"
    )
    settings.change(ExpiryReminderSettings, points=False, coupons_days=[1])
    assert close_day(days, 0) == 1
    assert (list_reminders(), list_reminders("coupons.ending_soon")) == ([], [("2026-03-02", 1, 1)])


@pytest.mark.parametrize("wrong", [[0], [366], ["soon"], [1, 2, 3, 4, 5, 6], 7])
def test_distances_that_make_no_sense_are_refused(acme, wrong):
    with pytest.raises(DomainError):
        settings.change(ExpiryReminderSettings, points_days=wrong)


def test_each_group_of_points_is_reported_of_by_itself(mei, days):
    for group in points.list_groups(mei.programme):
        points.earn(
            member=mei, group=group, kind="promotion", value=8, key=group.code, expires_at=end_of_day(7)
        )
    assert close_day(days, 0) == 2
    assert {row.group_id for row in Reminder.select()} == {
        group.id for group in points.list_groups(mei.programme)
    }


def test_members_are_notified_on_the_site_and_by_the_account_that_they_follow(
    days, create_follower, register, earn
):
    member = register("13812345678", create_follower("o-mei"))
    earn(100, "A", last_day=7)
    close_day(days, 0)
    assert process_deliveries() == 1
    assert list_messages() == ["您有 100 积分将于 3月8日到期，请尽快使用。"]
    (message,) = message_records.list_messages(kind="points_expiring", medium="customer_service")
    assert (message.customer_id, message.state) == (member.customer_id, "pending")


def test_what_was_spent_between_the_daily_close_and_the_message_is_not_spoken_of(
    days, create_follower, register, earn, redeem
):
    register("13812345678", create_follower("o-mei"))
    earn(100, "A", last_day=7), earn(11, "B", last_day=14)
    close_day(days, 0)
    redeem(100, "gift")
    assert process_deliveries() == 1
    assert list_messages() == []


def test_a_worker_that_dies_over_a_reminder_has_said_nothing_twice(
    days, create_follower, register, earn, monkeypatch
):
    """The first try fails after the message was written; the second writes it once."""
    register("13812345678", create_follower("o-mei"))
    earn(100, "A", last_day=7)
    close_day(days, 0)
    real, tries = messages.write_many, []

    def write(kind, wanted):
        real(kind, wanted)
        tries.append(wanted)
        if len(tries) == 1:
            raise RuntimeError("the worker ends here")

    monkeypatch.setattr(messages, "write_many", write)
    assert process_deliveries() == 0
    EventDelivery.update(due_at=days_ago()).where(EventDelivery.state == "pending").execute()
    process_deliveries()
    assert (len(tries), len(list_messages())) == (2, 1)


def test_a_merge_keeps_one_reminder_of_the_same(mei, register, earn, days):
    other = register("13912345678")
    earn(100, "A", last_day=7)
    points.earn(member=other, kind="promotion", value=5, key="other", expires_at=end_of_day(7))
    assert close_day(days, 0) == 2
    merges.merge_manually(survivor=mei.customer, duplicate=other.customer, proof="同一人")
    assert [row.member_id for row in Reminder.select()] == [members.survivor(mei).id]
    assert close_day(days, 0) == 0


def test_two_daily_closes_at_once_tell_each_member_once(earn, days):
    earn(100, "A", last_day=7)
    done = database.run_concurrently(4, lambda _: daily_close.close_day(day=days.day(-1))["reminders"])
    assert sum(done) == 1
    assert len(list_reminders()) == Reminder.select().count() == 1


def test_control_without_lock_and_index_a_member_is_reported_twice(mei, earn, days, monkeypatch):
    """Both daily closes have looked before either writes."""
    earn(100, "A", last_day=7)
    notice = expiry_reminders.ReminderBatch("points.ending_soon", days.day(7), 7)
    untold = list(expiry_reminders._not_reminded(notice).tuples())
    monkeypatch.setattr(members, "lock_all_in_order", lambda ids: [mei.id])
    look = with_barrier(lambda notice: untold)

    class Seen:
        """The query, whose rows are those that both saw."""

        def __init__(self, notice):
            self.rows = look(notice)

        where = tuples = lambda self, *_: self

        def __iter__(self):
            return iter(self.rows)

    monkeypatch.setattr(expiry_reminders, "_not_reminded", Seen)
    with without_index("reminder_member_id_kind_group_id_day_days_ahead"), without_write_queue():
        database.run_concurrently(2, lambda _: expiry_reminders._record_reminders(notice, [mei.id]))
        assert Reminder.select().count() == 2


def test_a_spend_at_the_moment_of_the_daily_close_is_either_reported_of_or_not(mei, earn, redeem, days):
    """Whichever comes first: what the reminder says was there in one and the same moment."""
    earn(100, "A", last_day=7)
    database.run_concurrently(
        2, lambda n: redeem(60, "gift") if n else daily_close.close_day(day=days.day(-1))
    )
    assert list_reminders() in ([("2026-03-08", 7, 100)], [("2026-03-08", 7, 40)])


def test_many_members_are_reported_in_a_few_statements(acme, days, monkeypatch):
    """Forty members in one batch: the number of statements does not grow with them."""
    people = [registration.register_at_desk(phone=f"137{number:08d}") for number in range(40)]
    for number, member in enumerate(people):
        points.earn(member=member, kind="promotion", value=5, key=f"k{number}", expires_at=end_of_day(7))
    notice, statements = expiry_reminders.ReminderBatch("points.ending_soon", days.day(7), 7), []
    real = db.database.obj.execute_sql
    monkeypatch.setattr(
        db.database.obj, "execute_sql", lambda sql, *rest: statements.append(sql) or real(sql, *rest)
    )
    assert expiry_reminders._record_reminders(notice, [member.id for member in people]) == 40
    assert len(statements) < 12


def process_deliveries():
    """Deliveries as a worker does them, those that need the network excepted; returns how many were done."""
    due = [row for row in outbox.claim(limit=100) if row.subscriber == "notifications.points.ending_soon"]
    return relay.process_batch(due) if due else 0


def days_ago():
    return events.clock.now() - timedelta(days=1)
