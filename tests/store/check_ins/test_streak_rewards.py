"""Streak rewards repeat in cycles, and a tenant cannot set rewards under which missed days earn more."""

import itertools
import random
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from store.check_ins import check_ins, make_ups, streak_rewards
from store.check_ins.check_ins import CheckIn, CheckInSettings
from store.check_ins.make_ups import MakeUpSettings
from store.core.errors import DomainError
from store.tenants import settings

DEFAULT = CheckInSettings().streaks
FIRST_MOMENT = datetime(2026, 3, 1, 4, tzinfo=UTC)


@pytest.fixture
def earn(acme, create_follower):
    """Checks a new follower in on the given days, counted from 1, and returns the points."""

    def done(openid: str, days: set[int]) -> int:
        customer = create_follower(openid)
        with time_machine.travel(FIRST_MOMENT, tick=False) as now:
            for day in sorted(days):
                now.move_to(FIRST_MOMENT + timedelta(days=day - 1))
                balance = check_ins.check_in(customer=customer, source="menu").balance
        return balance

    return done


def test_f09_a_gap_in_65_days_does_not_pay_more(earn, verify_afterwards):
    every_day = set(range(1, 66))
    without, with_gap = earn("o1", every_day), earn("o2", every_day - {31})
    assert (without, with_gap) == (65 * 5 + 160 + 160 + 5, 64 * 5 + 160 + 160 + 5)


def test_f09_rewards_repeat_each_cycle(earn, verify_afterwards):
    settings.change(CheckInSettings, points=1, streaks={"2": 3, "5": 20})
    earn("o1", set(range(1, 13)))
    rows = CheckIn.select().order_by(CheckIn.day)
    assert [row.extra for row in rows] == [0, 3, 0, 0, 20, 0, 3, 0, 0, 20, 0, 3]
    assert [row.streak for row in rows] == list(range(1, 13))


def test_f09_the_next_reward_is_that_of_the_next_cycle():
    found = [streak_rewards.find_next(streak, DEFAULT) for streak in (0, 7, 29, 30, 33, 59, 60)]
    assert found == [(3, 5), (15, 40), (30, 100), (33, 5), (37, 15), (60, 100), (63, 5)]
    assert streak_rewards.find_next(3, {}) is None
    assert streak_rewards.find_next(3, {5: 0}) is None


@pytest.mark.parametrize(
    ("streaks", "example"),
    [
        ({"3": 20, "7": 1}, "7 天里漏签第 4 天共得 70 分，天天签到只得 56 分"),
        ({"5": 100, "10": 10}, "20 天里漏签第 6、12 天共得 390 分，天天签到只得 320 分"),
        ({"16": 600, "30": 400}, "30 天里漏签第 1 天"),
    ],
)
def test_f09_rewards_under_which_a_gap_pays_more_are_refused(acme, streaks, example):
    with pytest.raises(DomainError) as refused:
        settings.change(CheckInSettings, streaks=streaks)
    assert refused.value.details["field"] == "streaks"
    assert refused.value.details["reason"].startswith("漏签不能比天天签到得分多：")
    assert (
        example in refused.value.details["reason"] or "每签 16 天漏 1 天" in refused.value.details["reason"]
    )
    assert settings.read(CheckInSettings).streaks == DEFAULT


@pytest.mark.parametrize("streaks", [{}, {"1": 5}, {"2": 100}, {"3": 20, "7": 15}, {"7": 0}])
def test_f09_other_rewards_are_kept(acme, streaks):
    settings.change(CheckInSettings, streaks=streaks)
    assert len(settings.read(CheckInSettings).streaks) == len(streaks)


def test_f09_fewer_points_a_day_can_make_a_gap_pay(acme):
    """A missed day costs the points of a day, so both values are compared together."""
    settings.change(CheckInSettings, streaks={"3": 20, "7": 15})
    with pytest.raises(DomainError) as refused:
        settings.change(CheckInSettings, points=4)
    assert "7 天里漏签第 4 天共得 64 分，天天签到只得 63 分" in refused.value.details["reason"]


def test_f09_more_than_fifty_rewards_are_refused(acme):
    with pytest.raises(DomainError) as refused:
        settings.change(CheckInSettings, streaks={str(day): 1 for day in range(1, 52)})
    assert refused.value.details["reason"] == "不能超过 50 项"


def points_of(pattern: tuple[int, ...], streaks: dict[int, int], daily: int) -> int:
    run = total = 0
    for present in pattern:
        run = run + 1 if present else 0
        total += (daily + streak_rewards.reward_of_day(run, streaks)) if present else 0
    return total


def test_f09_the_example_is_the_best_of_all_patterns():
    """Every pattern of up to ten days is tried, and the rules with an example are those where one earns more."""
    dice = random.Random(9)
    refused = 0
    for _ in range(60):
        cycle, daily = dice.randint(2, 5), dice.randint(0, 2)
        streaks = {day: dice.randint(1, 12) for day in range(1, cycle) if dice.random() < 0.5} | {cycle: 6}
        pays = False
        for days in (cycle, 2 * cycle):
            patterns = [one for one in itertools.product((0, 1), repeat=days) if 0 in one]
            best = max(points_of(one, streaks, daily) for one in patterns)
            pays = pays or best > points_of((1,) * days, streaks, daily)
        example = streak_rewards.describe_profitable_gap(streaks, daily)
        assert not pays or example is not None, (streaks, daily)
        refused += pays
        if example and not pays:
            assert example.startswith("每签"), (streaks, daily, example)
    assert 10 < refused < 50


@pytest.mark.parametrize("left_out", [(31,), (5, 35), (31, 34), (29, 30)])
def test_f09_made_up_days_never_bring_more_than_days_without_a_gap(
    acme, create_follower, left_out, verify_afterwards
):
    """Forty days reach into the second cycle: 160 of the first one, 5 and 15 of the second one."""
    settings.change(MakeUpSettings, enabled=True, days_back=31)
    with time_machine.travel(FIRST_MOMENT, tick=False) as now:
        customer = create_follower("o1")
        for day in range(1, 41):
            now.move_to(FIRST_MOMENT + timedelta(days=day - 1))
            if day in left_out:
                continue
            check_ins.check_in(customer=customer, source="menu")
            for missed in left_out:
                if missed == day - 4 or (day == 40 and missed > day - 4):
                    made_up = (FIRST_MOMENT + timedelta(days=missed - 1)).date()
                    make_ups.make_up(customer=customer, day=made_up, source="h5")
        assert check_ins.current_streak(customer) == 40
    assert sum(row.extra for row in CheckIn.select()) == 180
