"""Operators see what each night did, and may close a past day again."""

from datetime import timedelta

import pytest

from store.company import calendar
from store.loyalty import nights, points
from tests.store.loyalty import coupon_world


@pytest.fixture
def yesterday(acme):
    return calendar.today() - timedelta(days=1)


def test_a_night_that_never_was_is_told(shell):
    assert "clock" in shell("nights", "list").output


def test_list_tells_step_by_step_what_was_done(shell, told, yesterday):
    member, ended = coupon_world.member(), calendar.end_of(yesterday)
    points.earn(member=member, kind="promotion", value=5, key="a", expires_at=ended)
    nights.close_yesterday()
    lines = [line.split("\t")[:4] for line in shell("nights", "list").output.splitlines()]
    words = ("积分生效", "积分到期", "等级判定", "优惠券到期", "到期提醒")
    assert lines == [[str(yesterday), word, str(int(word == "积分到期")), "完成"] for word in words]
    assert [row["step"] for row in told("nights", "list")] == list(nights.STEPS)


def test_a_failed_step_is_told_with_its_reason(shell, monkeypatch, yesterday):
    def fail(**_):
        raise RuntimeError("disk full")

    monkeypatch.setitem(nights.STEPS, "expire", fail)
    with pytest.raises(RuntimeError):
        nights.close_yesterday()
    assert "失败：RuntimeError: disk full" in shell("nights", "list").output


def test_a_past_day_run_again_finds_nothing(shell, told, yesterday):
    day = f"--day={yesterday - timedelta(days=3)}"
    assert told("nights", "run", day) == dict.fromkeys(nights.STEPS, 0)
    assert "积分到期\t0" in shell("nights", "run", day).output


@pytest.mark.parametrize("day", ["2999-01-01", "1999-01-01"])
def test_a_day_that_is_not_over_or_long_gone_is_refused(shell, day):
    refused = shell("nights", "run", f"--day={day}")
    assert refused.exit_code == 1
    assert "已经结束" in refused.output
    assert nights.listing() == []
