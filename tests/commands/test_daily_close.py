"""Operators see what each night did, and may close a past day again."""

from datetime import timedelta

import pytest

from store import daily_close
from store.points import points
from store.tenants import business_days
from tests.support import coupon_fixtures


@pytest.fixture
def yesterday(acme):
    return business_days.today() - timedelta(days=1)


def test_a_daily_close_that_never_ran_is_reported(run_command):
    assert "scheduler" in run_command("daily-close", "list").output


def test_list_tells_step_by_step_what_was_done(run_command, run_json, yesterday):
    member, ended = coupon_fixtures.create_member(), business_days.end_of(yesterday)
    points.earn(member=member, kind="promotion", value=5, key="a", expires_at=ended)
    daily_close.close_open_days()
    lines = [line.split("\t")[:4] for line in run_command("daily-close", "list").output.splitlines()]
    words = ("积分生效", "积分到期", "等级判定", "优惠券到期", "会员注销", "到期提醒", "生日祝福")
    assert lines == [[str(yesterday), word, str(int(word == "积分到期")), "完成"] for word in words]
    assert [row["step"] for row in run_json("daily-close", "list")] == list(daily_close.STEPS)


def test_a_failed_step_is_reported_with_its_reason(run_command, monkeypatch, yesterday):
    def fail(day):
        raise RuntimeError("disk full")

    monkeypatch.setitem(daily_close.STEPS, "expire", fail)
    with pytest.raises(RuntimeError):
        daily_close.close_open_days()
    assert "失败：RuntimeError: disk full" in run_command("daily-close", "list").output


def test_a_past_day_run_again_finds_nothing(run_command, run_json, yesterday):
    day = f"--day={yesterday - timedelta(days=3)}"
    assert run_json("daily-close", "run", day) == dict.fromkeys(daily_close.STEPS, 0)
    assert "积分到期\t0" in run_command("daily-close", "run", day).output


@pytest.mark.parametrize("day", ["2999-01-01", "1999-01-01"])
def test_a_day_that_is_not_over_or_long_gone_is_refused(run_command, day):
    refused = run_command("daily-close", "run", f"--day={day}")
    assert refused.exit_code == 1
    assert "已经结束" in refused.output
    assert daily_close.list_steps() == []
