"""The night closes what a day leaves, in one order, once, wherever it is cut short."""

import os
import signal
from datetime import timedelta

import pytest

from store.company import calendar, tenants
from store.kernel import clock
from store.kernel.events import Event
from store.kernel.refusals import Refused
from store.loyalty import coupons, nights, point_expiry, points, reminders, tier_moves, tiers
from store.loyalty.coupons import Coupon
from store.loyalty.nights import NightStep
from store.loyalty.point_accounts import PointEntry, PointLot
from store.loyalty.reminders import Reminder
from store.loyalty.tiers import TierRecord
from store.loyalty.validity import Validity
from tasks import clock as house_clock
from tests import world
from tests.store.loyalty import coupon_world

pytestmark = pytest.mark.usefixtures("sound")
ALL = list(nights.STEPS)


@pytest.fixture
def guest(mei):
    """A tier of three days, given to Mei on the first."""
    tier = tiers.add(programme=mei.programme, code="guest", name="贵宾", rank=9, valid=Validity(days=3))
    return tier_moves.change(member=mei, tier=tier, reason="周年庆")


def told():
    """What the nights did: day, step and how many things."""
    return [(row.day, row.step, row.count) for row in nights.listing() if row.count]


def test_a_night_closes_what_ended_once(mei, guest, earn, days, balances):
    earn(10, "A", last_day=3)
    days.go(3)
    assert nights.close_yesterday() == 0
    days.go(4)
    assert nights.close_yesterday() == 2
    assert nights.close_yesterday() == 0
    assert tiers.of(mei).tier.is_base
    assert balances() == (10, 0, 10, 0)
    assert told() == [(days.day(3), "expire", 1), (days.day(3), "tiers", 1)]


def test_the_steps_come_in_their_order(acme, days, monkeypatch):
    begun = []
    for step in ALL:
        monkeypatch.setitem(nights.STEPS, step, lambda day, step=step: begun.append(step) or iter(()))
    days.go(1)
    nights.close_yesterday()
    assert begun == ["activate", "expire", "tiers", "coupons", "reminders"]
    assert {row.state for row in NightStep.select()} == {"done"}


def test_a_past_day_again_finds_nothing_to_do(mei, guest, earn, days):
    earn(10, "A", last_day=3)
    days.go(4)
    assert nights.run(day=days.day(3)) == dict.fromkeys(ALL, 0) | {"expire": 1, "tiers": 1}
    before = told()
    days.go(40)
    assert nights.run(day=days.day(3)) == dict.fromkeys(ALL, 0)
    assert told() == before


@pytest.mark.parametrize("number", [0, 1, -3660])
def test_only_days_that_are_over_are_closed(acme, days, number):
    with pytest.raises(Refused):
        nights.run(day=days.day(number))
    assert NightStep.select().count() == 0


def test_days_missed_while_the_clock_stood_are_caught_up_in_order(mei, guest, earn, days):
    """The night of day 0 is closed; the next look comes on day 6, when days 1 to 5 want closing."""
    earn(10, "A", last_day=2), earn(20, "B", last_day=4)
    days.go(1)
    nights.close_yesterday()
    days.go(6)
    assert nights.left_open() == [days.day(number) for number in range(1, 6)]
    nights.close_yesterday()
    assert nights.left_open() == []
    expired = [(row.day, row.count) for row in reversed(nights.listing()) if row.step == "expire"]
    assert expired == [(days.day(number), int(number in (2, 4))) for number in range(6)]


def test_without_patience_a_night_goes_on_at_the_next_turn(earn, days, monkeypatch, balances):
    for number in range(5):
        earn(10, f"A{number}", last_day=1)
    monkeypatch.setitem(nights.STEPS, "expire", lambda day: point_expiry.portions(day=day, size=2))
    days.go(2)
    turns = []
    while nights.left_open():
        turns.append(nights.close_yesterday(patience_s=0))
    assert turns == [2, 2, 1, 0]
    assert balances() == (50, 0, 50, 0)
    assert told() == [(days.day(1), "expire", 5)]


def test_a_step_that_fails_keeps_the_later_ones_waiting_and_is_told(mei, guest, earn, days, monkeypatch):
    def fail(**_):
        raise RuntimeError("disk full")

    earn(10, "A", last_day=3)
    days.go(4)
    with monkeypatch.context() as patch:
        patch.setitem(nights.STEPS, "tiers", fail)
        with pytest.raises(RuntimeError):
            nights.close_yesterday()
    rows = {row.step: row for row in nights.listing()}
    assert {step: row.state for step, row in rows.items()} == {
        "activate": "done", "expire": "done", "tiers": "failed",
    }  # fmt: skip
    assert rows["tiers"].error == "RuntimeError: disk full"
    assert nights.close_yesterday() == 1
    assert {row.state for row in nights.listing()} == {"done"}


def test_points_given_ahead_are_told_of_when_they_begin(mei, redeem, days):
    """100 given on day 0 count from day 3: not spendable before, then without the night's doing."""
    for value, key in ((100, "a"), (5, "b")):
        points.earn(
            member=mei, kind="promotion", value=value, key=key, effective_at=calendar.start_of(days.day(3))
        )
    points.earn(member=mei, kind="promotion", value=7, key="at once")
    with pytest.raises(Refused):
        redeem(50, "early")
    days.go(3)
    redeem(5, "gift")
    assert nights.run(day=days.day(2))["activate"] == 1
    assert nights.run(day=days.day(2))["activate"] == 0
    (event,) = Event.select().where(Event.kind == "points.activated")
    assert (event.member_id, event.properties["count"]) == (mei.id, 100)


def test_coupons_end_in_the_night(mei, days):
    coupon = coupons.issue(
        rule=coupon_world.listed(validity={"kind": "days", "days": 2}), member=mei, key="a"
    )
    days.go(1)
    assert nights.run(day=days.day(0))["coupons"] == 0
    days.go(2)
    assert nights.run(day=days.day(1))["coupons"] == 1
    assert Coupon.get_by_id(coupon.id).state == "expired"
    assert Event.select().where(Event.kind == "coupons.expired").count() == 1


PEOPLE = 6  # each with a lot and a tier that ended yesterday, a lot that ends in 7 days, a coupon that ended
PORTIONS_OF = 2


def a_house_at_night() -> None:
    """Six members; what is to be done lies on real days, since the processes read the real clock."""
    yesterday = calendar.end_of(calendar.today() - timedelta(days=1))
    next_week = calendar.end_of(calendar.today() + timedelta(days=7))
    rule = coupon_world.listed(claims_per_member=1)
    for number in range(PEOPLE):
        me = coupon_world.member(number)
        points.earn(member=me, kind="promotion", value=10, key=f"ended{number}", expires_at=yesterday)
        points.earn(member=me, kind="promotion", value=5, key=f"ends{number}", expires_at=next_week)
        tier = tiers.listing(me.programme_id)[0]
        tier_moves.change(member=me, tier=tier, reason="周年庆")
        coupons.claim(rule=rule, member=me, source="h5")
    early = clock.now() - timedelta(days=9)
    TierRecord.update(started_at=early).execute()
    TierRecord.update(valid_until=yesterday).where(TierRecord.ended_at.is_null()).execute()
    Coupon.update(received_at=early, starts_at=early, ends_at=yesterday).execute()


def cut_short(step: str, turn: int, when: str) -> None:
    """The night in a process that is killed in a step's portion: before it is written, or right after."""
    count, turns = nights._count, []

    def counted(row, some):
        if row.step != step:
            return count(row, some)
        turns.append(1)
        if len(turns) < turn:
            return count(row, some)
        return count(row, lambda: die(some())) if when == "inside" else die(count(row, some))

    def die(done):
        os.kill(os.getpid(), signal.SIGKILL)
        return done

    nights._count = counted
    in_small_portions()
    nights.close_yesterday()


def in_small_portions() -> None:
    point_expiry.portions.__kwdefaults__["size"] = PORTIONS_OF
    tier_moves.portions.__kwdefaults__["size"] = PORTIONS_OF
    coupons.PORTION = reminders.PORTION = PORTIONS_OF


CUTS = [(step, when) for step in ("expire", "tiers", "coupons", "reminders") for when in ("inside", "after")]


def test_a_night_killed_wherever_goes_on_and_everything_happens_once(house, sound):
    a_house_at_night()
    for step, when in CUTS:
        assert house.killed_in(cut_short, step, 1 if when == "inside" else 2, when), (step, when)
    nights.close_yesterday()
    assert PointEntry.select().where(PointEntry.kind == "expiry").count() == PEOPLE
    assert PointLot.select().where(PointLot.left > 0).count() == PEOPLE
    assert TierRecord.select().where(TierRecord.kind == "downgraded").count() == PEOPLE
    assert Coupon.select().where(Coupon.state == "expired").count() == PEOPLE
    assert Reminder.select().count() == PEOPLE
    for kind in ("tiers.downgraded", "coupons.expired", "points.ending_soon"):
        assert Event.select().where(Event.kind == kind).count() == PEOPLE, kind
    counts = {row.step: row.count for row in nights.listing()}
    assert counts == dict.fromkeys(ALL, PEOPLE) | {"activate": 0}
    assert nights.left_open() == []


def test_control_a_night_that_counts_beside_its_portions_counts_wrong(house):
    """With a transaction for the portion and another for its count a kill between the two is not noticed."""
    a_house_at_night()
    assert house.killed_in(killed_between_portion_and_count)
    nights.close_yesterday()
    assert next(row.count for row in nights.listing() if row.step == "expire") < PEOPLE


def killed_between_portion_and_count() -> None:
    in_small_portions()
    nights._count = lambda row, some: os.kill(os.getpid(), signal.SIGKILL) if some() else 0
    nights.close_yesterday()


def test_the_trouble_of_one_company_leaves_the_night_of_the_other_whole(acme, monkeypatch):
    """Acme's expiry raises as a broken database does; the rival comes after it and has its whole night."""
    expiring = nights.STEPS["expire"]

    def broken(*, day):
        if nights.db.tenant() == "acme":
            raise RuntimeError("database disk image is malformed")
        yield from expiring(day=day)

    monkeypatch.setitem(nights.STEPS, "expire", broken)
    for slug in ("acme", "rival"):
        with tenants.using(slug):
            a_house_at_night()
    house_clock.tick(lambda slug: None)
    assert {row.step: row.state for row in nights.listing()} == {"activate": "done", "expire": "failed"}
    with tenants.using("rival"):
        assert {row.step: row.count for row in nights.listing()} == dict.fromkeys(ALL, PEOPLE) | {
            "activate": 0
        }
        assert nights.left_open() == []
    monkeypatch.undo()
    nights.close_yesterday()
    assert nights.left_open() == []


def test_many_nights_at_once_do_everything_once(acme, monkeypatch):
    a_house_at_night()
    monkeypatch.setattr(coupons, "PORTION", PORTIONS_OF)
    monkeypatch.setattr(reminders, "PORTION", PORTIONS_OF)
    done = world.at_once(4, lambda _: nights.close_yesterday())
    assert sum(done) == 4 * PEOPLE
    assert Reminder.select().count() == PEOPLE
    assert Event.select().where(Event.kind == "coupons.expired").count() == PEOPLE
