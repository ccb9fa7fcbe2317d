"""Business days follow the zone, also where it turns its clocks."""

import json
import os
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from store.core import clock

ZONES = (
    "Asia/Shanghai",
    "America/New_York",
    "America/Sao_Paulo",
    "Europe/London",
    "America/Havana",
    "Asia/Kathmandu",
)


@given(day=st.dates(date(2000, 1, 1), date(2040, 1, 1)), zone=st.sampled_from(ZONES))
def test_a_day_begins_where_the_one_before_ends(day, zone):
    start = clock.start_of(day, zone)
    assert clock.day_of(start, zone) == day
    assert clock.day_of(start - timedelta(microseconds=1), zone) == day - timedelta(days=1)
    assert clock.end_of(day, zone) == clock.start_of(day + timedelta(days=1), zone)


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 6, 1), 24)]
)
def test_a_day_has_as_many_hours_as_the_zone_gives_it(day, hours):
    zone = "America/New_York"
    assert clock.end_of(day, zone) - clock.start_of(day, zone) == timedelta(hours=hours)


def test_a_day_begins_late_where_midnight_is_left_out():
    assert clock.start_of(date(2018, 11, 4), "America/Sao_Paulo") == datetime(2018, 11, 4, 3, tzinfo=UTC)


def test_midnight_in_shanghai_is_four_in_the_afternoon_of_the_day_before():
    with time_machine.travel(datetime(2026, 1, 31, 15, 59, 59, tzinfo=UTC), tick=False):
        assert clock.today() == date(2026, 1, 31)
        assert clock.today("Pacific/Kiritimati") == date(2026, 2, 1)
    with time_machine.travel(datetime(2026, 1, 31, 16, 0, tzinfo=UTC), tick=False):
        assert clock.today() == date(2026, 2, 1)
        assert clock.to_local(clock.now()).hour == 0


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "../../etc/passwd", "/etc/passwd", "Asia", "上海", "a\x00b", "x" * 300]
)
def test_what_is_no_zone_is_known_as_none(name):
    assert not clock.is_zone(name)


def test_real_zones_are_known():
    assert all(clock.is_zone(zone) for zone in ZONES)


@pytest.fixture
def offset_file(tmp_path, monkeypatch):
    """The file of a sandbox that the clock follows for one test."""
    monkeypatch.setattr(clock, "_REREAD_AFTER_S", 0)
    yield tmp_path / "clock.json"
    clock.follow(None)


def seconds_ahead() -> int:
    return round((clock.now() - datetime.now(UTC)).total_seconds())


def test_the_clock_follows_the_sandbox_as_soon_as_its_file_changes(offset_file):
    clock.follow(offset_file)
    assert seconds_ahead() == 0
    for offset_s in (86_400, 2 * 86_400):
        offset_file.write_text(json.dumps({"offset_s": offset_s}))
        os.utime(offset_file, ns=(offset_s, offset_s))  # whatever the resolution of the file system is
        assert seconds_ahead() == offset_s
    offset_file.unlink()
    assert seconds_ahead() == 0


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"offset_s": "x"}', '{"offset_s": -60}', '{"offset_s": 1e300}', '{"offset_s": 4e8}'],
)
def test_an_invalid_offset_is_none(offset_file, text):
    offset_file.write_text(text)
    clock.follow(offset_file)
    assert seconds_ahead() == 0


def test_without_a_file_only_the_machine_s_time_counts(offset_file):
    offset_file.write_text(json.dumps({"offset_s": 86_400}))
    clock.follow(offset_file)
    clock.follow(None)
    assert seconds_ahead() == 0


def test_a_block_runs_at_a_moment_of_the_past():
    past, before = datetime(2026, 1, 2, tzinfo=UTC), clock.now()
    with clock.use_moment(past):
        assert clock.now() == past
        with clock.use_moment(past + timedelta(days=1)):
            assert clock.now() == past + timedelta(days=1)
        assert clock.now() == past
    assert clock.now() >= before
