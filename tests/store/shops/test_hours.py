"""Opening hours: daily closes, days of rest, holidays, and what the route's sign says."""

from datetime import datetime

import pytest

from store.core.errors import DomainError
from store.core.validation import validate
from store.shops import hours as shop_hours
from store.shops.details import ShopDetails

# 2026-11-23 is a Monday.
WEEK = {
    "mon": [["08:00", "12:00"], ["14:00", "22:00"]],
    "tue": [["08:00", "22:00"]],
    "fri": [["20:00", "02:00"]],
    "sat": [["20:00", "24:00"]],
    "sun": [["00:00", "01:00"]],
}


def local_moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("moment", "sign"),
    [
        ("2026-11-23T07:59:59", "休息中 · 08:00 营业"),
        ("2026-11-23T08:00", "营业中 · 12:00 打烊"),
        ("2026-11-23T12:00", "休息中 · 14:00 营业"),
        ("2026-11-23T21:59:59", "营业中 · 22:00 打烊"),
        ("2026-11-23T22:00", "休息中 · 明天 08:00 营业"),
        ("2026-11-24T23:00", "休息中 · 周五 20:00 营业"),
        ("2026-11-27T23:00", "营业中 · 次日 02:00 打烊"),
        ("2026-11-28T01:59", "营业中 · 02:00 打烊"),
        ("2026-11-28T02:00", "休息中 · 20:00 营业"),
        ("2026-11-28T21:00", "营业中 · 次日 01:00 打烊"),
        ("2026-11-29T01:00", "休息中 · 明天 08:00 营业"),
    ],
)
def test_the_sign_follows_the_week(moment, sign):
    assert shop_hours.status_text(WEEK, {}, local_moment(moment)) == sign
    assert shop_hours.is_open(WEEK, {}, local_moment(moment)) == sign.startswith("营业中")


def test_a_day_that_ends_at_midnight_says_so():
    assert (
        shop_hours.status_text({"mon": [["08:00", "24:00"]]}, {}, local_moment("2026-11-23T20:00"))
        == "营业中 · 24:00 打烊"
    )
    assert (
        shop_hours.status_text({"mon": [["08:00", "00:00"]]}, {}, local_moment("2026-11-23T20:00"))
        == "营业中 · 24:00 打烊"
    )


def test_a_shop_that_never_closes_says_so():
    always = {day: [["00:00", "24:00"]] for day in shop_hours.WEEKDAYS}
    assert shop_hours.status_text(always, {}, local_moment("2026-11-23T03:00")) == "营业中 · 24 小时营业"


def test_a_holiday_replaces_the_hours_of_its_day():
    closed = {"2026-11-23": []}
    assert (
        shop_hours.status_text(WEEK, closed, local_moment("2026-11-23T09:00")) == "休息中 · 明天 08:00 营业"
    )
    short = {"2026-11-23": [["10:00", "11:00"]]}
    assert shop_hours.status_text(WEEK, short, local_moment("2026-11-23T09:00")) == "休息中 · 10:00 营业"
    assert shop_hours.status_text(WEEK, short, local_moment("2026-11-23T10:30")) == "营业中 · 11:00 打烊"


def test_the_daily_close_before_a_holiday_runs_to_its_end():
    assert shop_hours.is_open(WEEK, {"2026-11-28": []}, local_moment("2026-11-28T01:00"))


def test_the_daily_close_before_a_holiday_that_did_not_begin_is_not_open():
    assert not shop_hours.is_open(WEEK, {"2026-11-27": []}, local_moment("2026-11-28T01:00"))


def test_a_long_holiday_names_the_date_of_opening():
    closed = {f"2026-11-{day}": [] for day in range(23, 31)}
    assert (
        shop_hours.status_text({"tue": WEEK["tue"]}, closed, local_moment("2026-11-23T09:00"))
        == "休息中 · 12 月 1 日 08:00 营业"
    )


def test_n02_without_hours_nothing_is_shown():
    assert shop_hours.status_text({}, {}, local_moment("2026-11-23T09:00")) == ""
    assert not shop_hours.is_open({}, {}, local_moment("2026-11-23T09:00"))
    assert shop_hours.status_text({}, {"2026-01-01": []}, local_moment("2026-11-23T09:00")) == "休息中"


@pytest.mark.parametrize(
    "spans",
    [
        [["08:00", "08:00"]],
        [["24:00", "08:00"]],
        [["08:00", "12:00"], ["11:00", "13:00"]],
        [["20:00", "02:00"], ["22:00", "23:00"]],
        [["8:00", "12:00"]],
        [["08:00", "25:00"]],
        [["08:00"]],
        [[f"{hour:02d}:00", f"{hour:02d}:30"] for hour in range(7)],
        "08:00-22:00",
    ],
)
def test_spans_that_make_no_sense_are_refused(spans):
    with pytest.raises(DomainError) as refused:
        validate(ShopDetails, {"hours": {"mon": spans}})
    assert refused.value.code == "invalid"


def test_spans_are_kept_in_the_order_of_the_day():
    kept = validate(
        ShopDetails, {"hours": {"mon": [["14:00", "22:00"], ["08:00", "12:00"]], "tue": []}}
    ).to_columns()
    assert kept["hours"] == {"mon": [["08:00", "12:00"], ["14:00", "22:00"]]}
