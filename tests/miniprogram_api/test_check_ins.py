"""Check-ins through the route: once a day, shown as a calendar."""

from datetime import UTC, datetime

import pytest
import time_machine

from store.check_ins.make_ups import MakeUpSettings
from store.customers.customers import Customer
from store.tenants import settings
from tests.support import database

MONDAY = datetime(2026, 11, 2, 4, tzinfo=UTC)


def test_the_first_of_a_day_gives_points_and_the_second_says_so(xiaomei):
    first, second = (xiaomei.post("/api/me/check-ins") for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json["data"] == {
        "already_done": False, "streak": 1, "points": 5, "extra": 0, "balance": 5, "next_streak": 3, "next_extra": 5,
    }  # fmt: skip
    assert second.json["data"] == first.json["data"] | {"already_done": True}


def test_a_repeat_under_the_same_key_is_the_first_answer_with_its_status(xiaomei):
    first, second = (xiaomei.post("/api/me/check-ins", key="k-1") for _ in range(2))
    assert (second.status_code, second.json["data"]) == (201, first.json["data"])


def test_many_at_once_give_points_once(xiaomei):
    statuses = database.run_concurrently(8, lambda _: xiaomei.post("/api/me/check-ins").status_code)
    assert sorted(statuses) == [200] * 7 + [201]
    assert xiaomei.get("/api/me").json["data"]["points"]["available"] == 5


def test_a_month_shows_its_days_with_streaks_and_rules(xiaomei):
    for day in (2, 3, 4, 6):
        with time_machine.travel(MONDAY.replace(day=day), tick=False):
            xiaomei.post("/api/me/check-ins")
    with time_machine.travel(MONDAY.replace(day=6), tick=False):
        shown = xiaomei.get("/api/me/check-ins", month="2026-11").json["data"]
    assert shown["days"] == [
        {"day": "2026-11-02", "points": 5, "streak": 1},
        {"day": "2026-11-03", "points": 5, "streak": 2},
        {"day": "2026-11-04", "points": 10, "streak": 3},
        {"day": "2026-11-06", "points": 5, "streak": 1},
    ]
    assert shown["today"] == {"done": True, "streak": 1, "next_streak": 3, "next_extra": 5}
    assert shown["rules"] == {
        "points": 5, "streaks": {"3": 5, "7": 15, "15": 40, "30": 100}, "cycle_days": 30,
    }  # fmt: skip


def test_another_month_is_empty_and_the_running_one_is_the_default(xiaomei):
    with time_machine.travel(MONDAY, tick=False):
        xiaomei.post("/api/me/check-ins")
        assert xiaomei.get("/api/me/check-ins", month="2026-10").json["data"]["days"] == []
        assert len(xiaomei.get("/api/me/check-ins").json["data"]["days"]) == 1


@pytest.mark.parametrize("month", ["2026-13", "2026", "0000-01", "2026-1", "x"])
def test_what_is_no_month_is_refused(xiaomei, month):
    assert xiaomei.get("/api/me/check-ins", month=month).json["data"]["field"] == "month"


def test_without_make_ups_the_calendar_offers_none_and_the_route_rejects(xiaomei):
    assert xiaomei.get("/api/me/check-ins").json["data"]["make_ups"] is None
    refused = xiaomei.post("/api/me/check-ins/make-ups", {"day": "2020-01-01"})
    assert (refused.status_code, refused.json["code"]) == (409, "make_ups_off")


def test_a_missed_day_is_made_up_once(xiaomei):
    settings.change(MakeUpSettings, enabled=True, price=3)
    Customer.update(created_at=MONDAY).execute()
    for day in (2, 4):
        with time_machine.travel(MONDAY.replace(day=day), tick=False):
            xiaomei.post("/api/me/check-ins")
    with time_machine.travel(MONDAY.replace(day=4), tick=False):
        offered = xiaomei.get("/api/me/check-ins").json["data"]["make_ups"]
        assert offered == {"days": ["2026-11-03"], "remaining": 3, "price": 3}
        answers = [xiaomei.post("/api/me/check-ins/make-ups", {"day": "2026-11-03"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    first, second = (answer.json["data"] for answer in answers)
    assert first == {
        "already_done": False, "day": "2026-11-03", "streak": 3, "points": 10, "extra": 5, "price": 3, "balance": 17,
        "remaining": 2,
    }  # fmt: skip
    assert second == first | {"already_done": True}


@pytest.mark.parametrize(
    "day", ["yesterday", "2026-02-30", "1999-12-31", None, ["2026-11-03"], 1793664000, "1793664000"]
)
def test_what_is_no_day_is_refused(xiaomei, day):
    answer = xiaomei.post("/api/me/check-ins/make-ups", {"day": day})
    assert (answer.status_code, answer.json["data"]["field"]) == (422, "day")
