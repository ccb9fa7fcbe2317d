"""The daily close closes what a day leaves, in one order, once, wherever it is cut short."""

import os
import signal
from datetime import timedelta
from functools import partial

import pytest

from store import daily_close
from store.core import clock
from store.core.errors import DomainError
from store.core.events import Event
from store.coupons import coupons
from store.coupons.coupons import Coupon
from store.daily_close import DailyCloseStep
from store.messages import expiry_reminders
from store.messages.expiry_reminders import Reminder
from store.points import expiry as point_expiry
from store.points import points
from store.points.ledger import PointEntry, PointLot
from store.tenants import business_days, registry
from store.tiers import evaluation as tier_evaluation
from store.tiers import tiers
from store.tiers.tiers import TierRecord
from store.tiers.validity import Validity
from tasks import scheduler as application_clock
from tests.support import coupon_fixtures, database

pytestmark = pytest.mark.usefixtures("verify_afterwards")
ALL_STEPS = list(daily_close.STEPS)


@pytest.fixture
def guest(mei):
    """A tier of three days, given to Mei on the first."""
    tier = tiers.add(programme=mei.programme, code="guest", name="贵宾", rank=9, validity=Validity(days=3))
    return tier_evaluation.change_tier(member=mei, tier=tier, reason="周年庆")


def list_steps():
    """What the daily closes did: day, step and how many things."""
    return [(row.day, row.step, row.count) for row in daily_close.list_steps() if row.count]


def test_a_night_closes_what_ended_once(mei, guest, earn, days, balances):
    earn(10, "A", last_day=3)
    days.go(3)
    assert daily_close.close_open_days() == 0
    days.go(4)
    assert daily_close.close_open_days() == 2
    assert daily_close.close_open_days() == 0
    assert tiers.find_active(mei).tier.is_base
    assert balances() == (10, 0, 10, 0)
    assert list_steps() == [(days.day(3), "expire", 1), (days.day(3), "tiers", 1)]


def test_the_steps_come_in_their_order(acme, days, monkeypatch):
    begun = []
    for step in ALL_STEPS:
        monkeypatch.setitem(daily_close.STEPS, step, lambda day, step=step: begun.append(step) or 0)
    days.go(1)
    daily_close.close_open_days()
    assert begun == ["activate", "expire", "tiers", "coupons", "closings", "reminders", "birthdays"]
    assert {row.state for row in DailyCloseStep.select()} == {"done"}


def test_a_past_day_again_finds_nothing_to_do(mei, guest, earn, days):
    earn(10, "A", last_day=3)
    days.go(4)
    assert daily_close.close_day(day=days.day(3)) == dict.fromkeys(ALL_STEPS, 0) | {"expire": 1, "tiers": 1}
    before = list_steps()
    days.go(40)
    assert daily_close.close_day(day=days.day(3)) == dict.fromkeys(ALL_STEPS, 0)
    assert list_steps() == before


@pytest.mark.parametrize("number", [0, 1, -3660])
def test_only_days_that_are_over_are_closed(acme, days, number):
    with pytest.raises(DomainError):
        daily_close.close_day(day=days.day(number))
    assert DailyCloseStep.select().count() == 0


def test_days_missed_while_the_clock_stood_are_caught_up_in_order(mei, guest, earn, days):
    """The daily close of day 0 is closed; the next look comes on day 6, when days 1 to 5 want closing."""
    earn(10, "A", last_day=2), earn(20, "B", last_day=4)
    days.go(1)
    daily_close.close_open_days()
    days.go(6)
    assert daily_close.days_to_close() == [days.day(number) for number in range(1, 6)]
    daily_close.close_open_days()
    assert daily_close.days_to_close() == []
    expired = [(row.day, row.count) for row in reversed(daily_close.list_steps()) if row.step == "expire"]
    assert expired == [(days.day(number), int(number in (2, 4))) for number in range(6)]


def test_without_patience_a_night_goes_on_at_the_next_turn(earn, days, monkeypatch, balances):
    for number in range(5):
        earn(10, f"A{number}", last_day=1)
    monkeypatch.setitem(daily_close.STEPS, "expire", partial(point_expiry.run_batch, size=2))
    days.go(2)
    turns = []
    while daily_close.days_to_close():
        turns.append(daily_close.close_open_days(time_budget_s=0))
    assert turns == [2, 2, 1, 0]
    assert balances() == (50, 0, 50, 0)
    assert list_steps() == [(days.day(1), "expire", 5)]


def test_a_step_that_fails_keeps_the_later_ones_waiting_and_is_reported(mei, guest, earn, days, monkeypatch):
    def fail(day):
        raise RuntimeError("disk full")

    earn(10, "A", last_day=3)
    days.go(4)
    with monkeypatch.context() as patch:
        patch.setitem(daily_close.STEPS, "tiers", fail)
        with pytest.raises(RuntimeError):
            daily_close.close_open_days()
    rows = {row.step: row for row in daily_close.list_steps()}
    assert {step: row.state for step, row in rows.items()} == {
        "activate": "done", "expire": "done", "tiers": "failed",
    }  # fmt: skip
    assert rows["tiers"].error == "RuntimeError: disk full"
    assert daily_close.close_open_days() == 1
    assert {row.state for row in daily_close.list_steps()} == {"done"}


def test_points_given_ahead_are_reported_of_when_they_begin(mei, redeem, days):
    """100 given on day 0 count from day 3: not spendable before, then without the daily close's doing."""
    for value, key in ((100, "a"), (5, "b")):
        points.earn(
            member=mei,
            kind="promotion",
            value=value,
            key=key,
            effective_at=business_days.start_of(days.day(3)),
        )
    points.earn(member=mei, kind="promotion", value=7, key="at once")
    with pytest.raises(DomainError):
        redeem(50, "early")
    days.go(3)
    redeem(5, "gift")
    assert daily_close.close_day(day=days.day(2))["activate"] == 1
    assert daily_close.close_day(day=days.day(2))["activate"] == 0
    (event,) = Event.select().where(Event.kind == "points.activated")
    assert (event.member_id, event.properties["count"]) == (mei.id, 100)


def test_coupons_end_in_the_daily_close(mei, days):
    coupon = coupons.issue(
        rule=coupon_fixtures.create_listed_rule(validity={"kind": "days", "days": 2}), member=mei, key="a"
    )
    days.go(1)
    assert daily_close.close_day(day=days.day(0))["coupons"] == 0
    days.go(2)
    assert daily_close.close_day(day=days.day(1))["coupons"] == 1
    assert Coupon.get_by_id(coupon.id).state == "expired"
    assert Event.select().where(Event.kind == "coupons.expired").count() == 1


PEOPLE = 6  # each with a lot and a tier that ended yesterday, a lot that ends in 7 days, a coupon that ended
BATCH_SIZE = 2


def tenant_before_daily_close() -> None:
    """Six members; what is to be done lies on real days, since the processes read the real clock."""
    yesterday = business_days.end_of(business_days.today() - timedelta(days=1))
    next_week = business_days.end_of(business_days.today() + timedelta(days=7))
    rule = coupon_fixtures.create_listed_rule(claims_per_member=1)
    for number in range(PEOPLE):
        me = coupon_fixtures.create_member(number)
        points.earn(member=me, kind="promotion", value=10, key=f"ended{number}", expires_at=yesterday)
        points.earn(member=me, kind="promotion", value=5, key=f"ends{number}", expires_at=next_week)
        tier = tiers.list_tiers(me.programme_id)[0]
        tier_evaluation.change_tier(member=me, tier=tier, reason="周年庆")
        coupons.claim(rule=rule, member=me, source="h5")
    early = clock.now() - timedelta(days=9)
    TierRecord.update(started_at=early).execute()
    TierRecord.update(valid_until=yesterday).where(TierRecord.ended_at.is_null()).execute()
    Coupon.update(received_at=early, starts_at=early, ends_at=yesterday).execute()


def run_and_die(step: str, turn: int, when: str) -> None:
    """The daily close in a process that is killed in a step's batch: before it is written, or right after."""
    run_batch, turns = daily_close.STEPS[step], []
    count = daily_close._run_counted

    def run(day):
        turns.append(1)
        done = run_batch(day)
        return die(done) if when == "inside" and len(turns) == turn else done

    def counted(row):
        done = count(row)
        return die(done) if when == "after" and row.step == step and len(turns) == turn else done

    def die(done):
        os.kill(os.getpid(), signal.SIGKILL)
        return done

    use_small_batches()
    daily_close.STEPS[step] = run
    daily_close._run_counted = counted
    daily_close.close_open_days()


def use_small_batches() -> None:
    for module in (point_expiry, tier_evaluation):
        module.run_batch.__wrapped__.__kwdefaults__["size"] = BATCH_SIZE
    coupons.BATCH_SIZE = expiry_reminders.BATCH_SIZE = BATCH_SIZE


CRASH_POINTS = [
    (step, when) for step in ("expire", "tiers", "coupons", "reminders") for when in ("inside", "after")
]


def test_a_night_killed_wherever_goes_on_and_everything_happens_once(process_group, verify_afterwards):
    tenant_before_daily_close()
    for step, when in CRASH_POINTS:
        assert process_group.run_until_killed(run_and_die, step, 1 if when == "inside" else 2, when), (
            step,
            when,
        )
    daily_close.close_open_days()
    assert PointEntry.select().where(PointEntry.kind == "expiry").count() == PEOPLE
    assert PointLot.select().where(PointLot.remaining > 0).count() == PEOPLE
    assert TierRecord.select().where(TierRecord.kind == "downgraded").count() == PEOPLE
    assert Coupon.select().where(Coupon.state == "expired").count() == PEOPLE
    assert Reminder.select().count() == PEOPLE
    for kind in ("tiers.downgraded", "coupons.expired", "points.ending_soon"):
        assert Event.select().where(Event.kind == kind).count() == PEOPLE, kind
    counts = {row.step: row.count for row in daily_close.list_steps()}
    assert counts == dict.fromkeys(ALL_STEPS, PEOPLE) | {"activate": 0, "closings": 0, "birthdays": 0}
    assert daily_close.days_to_close() == []


def test_control_a_night_that_counts_beside_its_batches_counts_wrong(process_group):
    """With a transaction for the batch and another for its count a kill between the two is not noticed."""
    tenant_before_daily_close()
    assert process_group.run_until_killed(die_between_batch_and_count)
    daily_close.close_open_days()
    assert next(row.count for row in daily_close.list_steps() if row.step == "expire") < PEOPLE


def die_between_batch_and_count() -> None:
    use_small_batches()
    daily_close._run_counted = lambda row: (
        os.kill(os.getpid(), signal.SIGKILL) if daily_close.STEPS[row.step](row.day) else 0
    )
    daily_close.close_open_days()


def test_the_trouble_of_one_tenant_leaves_the_daily_close_of_the_other_whole(acme, monkeypatch):
    """Acme's expiry raises as a broken database does; the rival comes after it and has its whole night."""
    expiring = daily_close.STEPS["expire"]

    def broken(day):
        if daily_close.db.current_tenant() == "acme":
            raise RuntimeError("database disk image is malformed")
        return expiring(day)

    monkeypatch.setitem(daily_close.STEPS, "expire", broken)
    for slug in ("acme", "rival"):
        with registry.use_tenant(slug):
            tenant_before_daily_close()
    application_clock.run_once(lambda slug: None, set())
    assert {row.step: row.state for row in daily_close.list_steps()} == {
        "activate": "done",
        "expire": "failed",
    }
    with registry.use_tenant("rival"):
        assert {row.step: row.count for row in daily_close.list_steps()} == dict.fromkeys(
            ALL_STEPS, PEOPLE
        ) | {"activate": 0, "closings": 0, "birthdays": 0}
        assert daily_close.days_to_close() == []
    monkeypatch.undo()
    daily_close.close_open_days()
    assert daily_close.days_to_close() == []


def test_many_daily_closes_at_once_do_everything_once(acme, monkeypatch):
    tenant_before_daily_close()
    monkeypatch.setattr(coupons, "BATCH_SIZE", BATCH_SIZE)
    monkeypatch.setattr(expiry_reminders, "BATCH_SIZE", BATCH_SIZE)
    done = database.run_concurrently(4, lambda _: daily_close.close_open_days())
    assert sum(done) == 4 * PEOPLE
    assert Reminder.select().count() == PEOPLE
    assert Event.select().where(Event.kind == "coupons.expired").count() == PEOPLE
