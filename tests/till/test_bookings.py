"""Appointments of the day and the queue at a till."""

from datetime import timedelta

import pytest

from store.customers import customers
from store.shops import shops
from store.shops.coordinates import Coordinates
from tests.support.booking_fixtures import book, create_service, create_type, moment, open_day, take, tomorrow


@pytest.fixture
def mei(shop):
    return customers.create_customer(source="h5")


def test_the_day_is_listed_and_its_appointments_are_marked(till, shop, mei):
    service = create_service(shop, capacity=3)
    day = tomorrow()
    open_day(service, day)
    rows = [book(mei, service, moment(day, hour)) for hour in (15, 10)]
    listed = till.get("/till/appointments", day=day.isoformat()).json["data"]["list"]
    assert [(one["time"], one["phone"], one["actions"]) for one in listed] == [
        ("10:00–11:00", "138****5678", []), ("15:00–16:00", "138****5678", []),
    ]  # fmt: skip
    assert till.get("/till/appointments").json["data"]["list"] == []
    early = till.post(f"/till/appointments/{rows[0].public_id}/no-show")
    assert (early.status_code, early.json["code"]) == (409, "not_yet")
    elsewhere = create_service(
        shops.create_shop(code="S2", name="东站店", location=Coordinates(121.5, 31.2)), name="别的店"
    )
    open_day(elsewhere, day)
    strange = book(mei, elsewhere, moment(day, 10))
    assert till.post(f"/till/appointments/{strange.public_id}/arrival").status_code == 404


def test_a_request_is_confirmed_and_the_person_arrives(till, shop, mei):
    service = create_service(shop, needs_review=True, duration_minutes=30, step_minutes=5)
    day = tomorrow() - timedelta(days=1)
    open_day(service, day, windows=[{"opens": "00:00", "closes": "24:00"}])
    found = till.get("/till/appointments").json["data"]
    assert found["day"] == day.isoformat()
    later = tomorrow()
    open_day(service, later)
    row = book(mei, service, moment(later, 10))
    for _ in range(2):
        confirmed = till.post(f"/till/appointments/{row.public_id}/confirmation").json["data"]
        assert confirmed["state_label"] == "已预约"


def test_the_queue_is_called_at_the_till(till, shop):
    kind = create_type(shop, "A", min_people=1, max_people=4)
    asked = till.post(f"/till/queues/{kind.public_id}/tickets", {})
    assert asked.status_code == 422
    first = till.post(f"/till/queues/{kind.public_id}/tickets", {"people": 2}).json["data"]
    take(kind, people=2)
    assert first["code"] == "A001"
    path = f"/till/queues/{kind.public_id}/calls"
    called = till.post(path, {"after": ""}).json["data"]
    assert (called["code"], called["calls"], called["can_skip"]) == ("A001", 1, False)
    assert till.post(path, {"after": ""}).json["code"] == "changed"
    ticket = f"/till/queue-tickets/{called['id']}"
    assert till.post(f"{ticket}/skip").json["code"] == "called_too_little"
    for count in (1, 2):
        called = till.post(f"{ticket}/calls", {"calls": count}).json["data"]
    assert (called["calls"], called["can_skip"]) == (3, True)
    assert till.post(f"{ticket}/skip").json["data"]["state"] == "skipped"
    assert till.post(path, {"after": "A001"}).json["data"]["code"] == "A002"
    shown = till.get("/till/queues").json["data"]
    assert [(one["waiting"], one["last_code"]) for one in shown["list"]] == [(0, "A002")]
    assert [one["code"] for one in shown["called"]] == ["A002"]
    assert (
        till.post(f"/till/queue-tickets/{shown['called'][0]['id']}/arrival").json["data"]["state"] == "served"
    )


def test_days_at_the_ends_of_the_calendar_are_answered(till):
    for day in ("0001-01-01", "9999-12-31"):
        assert till.get("/till/appointments", day=day).json["data"]["list"] == []
