"""Services with their opening days, appointments, reservations and queue types at the console."""

from datetime import timedelta

import pytest

from store.appointments.tables import Appointment
from store.customers import customers
from store.exports.kinds import get_kind
from store.queues import calls
from store.reservations import reservations
from store.reservations.reservations import Reservation
from store.tenants import business_days
from tests.support.booking_fixtures import (
    PERSON,
    book,
    create_service,
    create_type,
    moment,
    next_key,
    open_day,
    take,
    tomorrow,
)


@pytest.fixture
def mei(shop):
    return customers.create_customer(source="h5")


def test_a_service_is_created_once_and_its_month_is_opened(browser, shop):
    body = {"shop": shop.code, "name": "茶艺体验", "duration_minutes": 90, "form": [{"label": "人数"}]}
    made = [browser.post("services", body, Idempotency_Key="service-1").json["data"] for _ in range(2)]
    assert made[0]["id"] == made[1]["id"]
    path = f"services/{made[0]['id']}"
    month = (business_days.today().replace(day=1) + timedelta(days=32)).strftime("%Y-%m")
    windows = [{"opens": "09:00", "closes": "12:00"}, {"opens": "13:00", "closes": "18:00"}]
    opened = browser.post(f"{path}/opening-days", {"month": month, "weekdays": [6, 7], "windows": windows})
    days = browser.get(f"{path}/opening-days", month=month).json["data"]
    assert (opened.json["data"]["count"], len(days) in (8, 9, 10)) == (len(days), True)
    assert browser.post(f"{path}/opening-days", {"windows": windows}).status_code == 422
    day = days[0]["day"]
    assert (
        browser.put(f"{path}/hidden-days", {"day": day, "is_hidden": True}).json["data"]["is_hidden"] is True
    )
    assert browser.post(f"{path}/closed-days", {"days": [day]}).json["data"]["count"] == 1
    listed = browser.get("services", search="茶艺").json["data"]["list"]
    assert [(one["name"], one["open_days"]) for one in listed] == [("茶艺体验", len(days) - 1)]
    changed = browser.put(path, {"name": "茶艺体验", "capacity": 3, "is_on": False}).json["data"]
    assert (changed["capacity"], changed["is_on"]) == (3, False)


def test_app_2_staff_confirm_only_as_many_as_fit(browser, shop, mei):
    service = create_service(shop, needs_review=True)
    open_day(service, tomorrow(), capacity=2)
    rows = [book(mei, service, moment(tomorrow(), 10)) for _ in range(2)]
    open_day(service, tomorrow(), capacity=1)
    Appointment.update(held_until=None).execute()
    answers = [browser.post(f"appointments/{row.public_id}/confirmation") for row in rows]
    assert [answer.json["code"] for answer in answers] == [0, "slot_full"]
    assert (
        browser.post(f"appointments/{rows[1].public_id}/rejection", {"reason": "已约满"}).status_code == 200
    )
    calendar = browser.get("appointment-calendar", month=tomorrow().strftime("%Y-%m")).json["data"]["days"]
    found = next(one for one in calendar if one["day"] == tomorrow().isoformat())
    assert (found["open_services"], found["requested"], found["booked"]) == (1, 0, 1)


def test_appointments_are_found_and_cancelled_with_a_reason(browser, shop, mei):
    service = create_service(shop)
    open_day(service, tomorrow())
    row = book(mei, service, moment(tomorrow(), 16))
    listed = browser.get("appointments", search=PERSON["phone"], state="confirmed").json["data"]
    assert listed["list"][0]["when"].endswith(" 16:00")
    assert browser.get("appointments", search="13900000000").json["data"]["total"] == 0
    assert browser.post(f"appointments/{row.public_id}/cancellation", {"reason": ""}).status_code == 422
    done = browser.post(f"appointments/{row.public_id}/cancellation", {"reason": "当天店休"}).json["data"]
    assert (done["state"], done["reason"], done["actions"]) == ("cancelled", "当天店休", [])
    assert browser.post(f"appointments/{row.public_id}/arrival").json["code"] in ("wrong_state", "not_yet")


def test_a_reservation_is_followed_up(browser, shop, mei):
    row = reservations.submit(customer=mei, shop=shop, values={**PERSON, "goods": "月饼"}, key=next_key())
    path = f"reservations/{row.public_id}"
    assert browser.get(path).json["data"]["name"] == PERSON["name"]
    step = {"state": "following", "expected_state": "submitted", "note": "已联系", "is_shown": True}
    for _ in range(2):
        done = browser.post(f"{path}/follow-ups", step, Idempotency_Key="follow-1").json["data"]
    assert [(one["state"], one["note"]) for one in done["steps"]] == [("following", "已联系")]
    assert browser.post(f"{path}/follow-ups", step).json["code"] == "changed"
    assert [one["state"] for one in done["next_states"]] == ["following", "agreed", "declined"]
    assert browser.get("reservations", state="following").json["data"]["total"] == 1
    assert Reservation.get().state == "following"


def test_a_type_of_the_queue_is_created_and_changed(browser, shop):
    made = browser.post("queue-types", {"shop": shop.code, "letter": "A", "name": "小桌"}).json["data"]
    assert made["queue_path"].startswith("/m/stores/")
    assert browser.post("queue-types", {"shop": shop.code, "letter": "A", "name": "大桌"}).status_code == 422
    changed = browser.put(f"queue-types/{made['id']}", {"letter": "A", "name": "小桌", "is_on": False}).json[
        "data"
    ]
    assert changed["is_on"] is False
    assert browser.get(f"queue-types/{made['id']}/image").mimetype == "image/png"
    assert browser.get("queue-types", shop=shop.code).json["data"]["list"][0]["waiting"] == 0


def test_days_at_the_ends_of_the_calendar_are_answered(browser, shop):
    service = create_service(shop)
    for day in ("0001-01-01", "9999-12-31"):
        assert browser.get("appointments", since=day, until=day).status_code == 200
        assert browser.get("reservations", since=day, until=day).status_code == 422
        opened = browser.post(
            f"services/{service.public_id}/opening-days",
            {"days": [day], "windows": [{"opens": "09:00", "closes": "10:00"}]},
        )
        assert opened.status_code == 422
    for month in ("2000-01", "2999-12"):
        assert browser.get("appointment-calendar", month=month).status_code == 200
        assert browser.get(f"services/{service.public_id}/opening-days", month=month).json["data"] == []


def test_tickets_are_listed_by_number_state_and_day(browser, shop, mei):
    kind = create_type(shop)
    first, second = take(kind, mei), take(kind)
    calls.leave(first)
    listed = browser.get("queue-tickets", search="a002").json["data"]
    assert [(one["code"], one["state"], one["shop"]) for one in listed["list"]] == [
        (second.code, "waiting", shop.name)
    ]
    left = browser.get("queue-tickets", state="left", shop=shop.code).json["data"]
    assert [one["code"] for one in left["list"]] == [first.code]
    yesterday = (business_days.today() - timedelta(days=1)).isoformat()
    assert browser.get("queue-tickets", until=yesterday).json["data"]["total"] == 0


def test_bookings_are_exported_with_masked_names(shop, mei):
    service, kind = create_service(shop), create_type(shop)
    open_day(service, tomorrow())
    book(mei, service, moment(tomorrow(), 10))
    reservations.submit(customer=mei, shop=shop, values={**PERSON, "goods": "月饼"}, key=next_key())
    take(kind, mei)
    for name, cells in (
        ("appointments", ("茶艺体验", "王**", "138****5678", "已预约")),
        ("reservations", ("月饼", "王**", "138****5678", "待跟进")),
        ("queue_tickets", ("A001", "A 桌", "等待中")),
    ):
        export = get_kind(name)
        filters = export.filters(shop=shop.code)
        [row] = list(export.rows(filters, None))
        assert set(cells) <= set(row)
        assert len(row) == len(export.columns)
        assert export.count(filters, None) == 1
        assert export.count(export.filters(), frozenset({shop.id + 1})) == 0
        assert export.count(export.filters(until="2020-01-01"), None) == 0
