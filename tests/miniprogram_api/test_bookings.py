"""Appointments, reservations and queue tickets by HTTP."""

from datetime import timedelta

from store.appointments.tables import Appointment
from store.core.events import Event
from store.messages.messages import Message
from store.queues import calls
from tasks.subscriptions import SUBSCRIPTIONS
from tests.support import order_fixtures
from tests.support.booking_fixtures import PERSON, create_service, create_type, open_day, take, tomorrow


def run_subscribers(kind: str) -> None:
    """Handle the events of a kind as the relay does."""
    for event in Event.select().where(Event.kind == kind):
        for subscriber in SUBSCRIPTIONS[kind]:
            subscriber.handle(event)


def sent_texts() -> list[str]:
    return [row.kind for row in Message.select().where(Message.medium == "site").order_by(Message.id)]


def test_a_slot_is_booked_read_and_cancelled(xiaomei, laowang, web):
    shop = order_fixtures.create_shop()
    service = create_service(shop, form=[{"label": "人数", "kind": "number", "is_required": True}])
    day = tomorrow() + timedelta(days=1)
    open_day(service, day)
    found = xiaomei.get("/api/services", store_id=shop.public_id).json["data"]["list"]
    assert [(one["name"], one["days"][0]["day"]) for one in found] == [("茶艺体验", day.isoformat())]
    path = f"/api/services/{service.public_id}/slots"
    slots = xiaomei.get(path, day=day.isoformat()).json["data"]["list"]
    slot = next(one for one in slots if one["time"] == "10:00")
    body = {
        "service_id": service.public_id,
        "starts_at": slot["starts_at"],
        **PERSON,
        "answers": {"人数": "2"},
    }
    lacking = xiaomei.post("/api/me/appointments", body | {"answers": {}})
    assert (lacking.status_code, lacking.json["msg"]) == (422, "请填写人数")
    booked = xiaomei.post("/api/me/appointments", body).json["data"]
    assert (booked["state"], booked["when"].endswith(" 10:00"), booked["can_cancel"]) == (
        "confirmed",
        True,
        True,
    )
    full = laowang.post("/api/me/appointments", body)
    assert (full.status_code, full.json["code"]) == (409, "slot_full")
    fresh = {one["starts_at"]: one["left"] for one in full.json["data"]["slots"]}
    assert sorted(fresh.values())[:2] == [0, 0]
    assert laowang.get(f"/api/me/appointments/{booked['id']}").status_code == 404
    for _ in range(2):
        ended = xiaomei.post(f"/api/me/appointments/{booked['id']}/cancellation").json["data"]
        assert ended["state"] == "cancelled"
    assert xiaomei.get("/api/me/appointments").json["data"]["total"] == 1
    run_subscribers("appointments.confirmed")
    assert sent_texts() == []  # it was cancelled before the message was written


def test_the_message_of_an_appointment_names_the_time_of_the_shop(xiaomei, web):
    service = create_service(order_fixtures.create_shop())
    open_day(service, tomorrow())
    slot = xiaomei.get(f"/api/services/{service.public_id}/slots", day=tomorrow().isoformat()).json["data"][
        "list"
    ][0]
    xiaomei.post(
        "/api/me/appointments",
        {"service_id": service.public_id, "starts_at": slot["starts_at"], **PERSON},
    )
    run_subscribers("appointments.confirmed")
    row = Message.get(Message.medium == "site")
    assert row.variables["预约时间"] == f"{tomorrow().month}月{tomorrow().day}日 09:00"


def test_app_7_two_open_tabs_book_one_appointment(xiaomei, web):
    service = create_service(order_fixtures.create_shop(), daily_limit=1, capacity=5)
    open_day(service, tomorrow())
    path = f"/api/services/{service.public_id}/slots"
    slots = xiaomei.get(path, day=tomorrow().isoformat()).json["data"]
    assert slots["own_count"] == 0
    answers = [
        xiaomei.post(
            "/api/me/appointments",
            {"service_id": service.public_id, "starts_at": slots["list"][at]["starts_at"], **PERSON},
        )
        for at in (0, 20)
    ]
    assert [answer.json["code"] for answer in answers] == [0, "daily_limit"]
    assert xiaomei.get(path, day=tomorrow().isoformat()).json["data"]["own_count"] == 1
    assert Appointment.select().count() == 1


def test_a_reservation_is_left_and_cancelled(xiaomei, laowang, web):
    left = xiaomei.post("/api/reservations", {**PERSON, "goods": "中秋礼盒", "quantity": "200 盒"})
    assert left.status_code == 201
    assert xiaomei.post("/api/reservations", {"name": "王小梅"}).status_code == 422
    path = f"/api/me/reservations/{left.json['data']['id']}"
    assert laowang.get(path).status_code == 404
    assert xiaomei.get("/api/me/reservations").json["data"]["list"][0]["state_label"] == "待跟进"
    for _ in range(2):
        assert xiaomei.post(f"{path}/cancellation").json["data"]["state"] == "cancelled"
    run_subscribers("reservations.submitted")
    assert sent_texts() == ["reservation_submitted"]


def test_a_ticket_shows_its_position_until_it_is_called(xiaomei, laowang, web):
    shop = order_fixtures.create_shop()
    kind = create_type(shop, "A", min_people=1, max_people=4)
    take(kind, people=2)
    refused = xiaomei.post("/api/me/queue-tickets", {"queue_id": kind.public_id, "people": 9})
    assert refused.status_code == 422
    mine = xiaomei.post("/api/me/queue-tickets", {"queue_id": kind.public_id, "people": 2}).json["data"]
    assert (mine["code"], mine["ahead"], mine["state"]) == ("A002", 1, "waiting")
    assert xiaomei.post("/api/me/queue-tickets", {"queue_id": kind.public_id, "people": 2}).status_code == 409
    calls.call_next(kind, after="")
    calls.call_next(kind, after="A001")
    shown = xiaomei.get("/api/queues", store_id=shop.public_id).json["data"]
    assert (shown["called"], shown["list"][0]["waiting"]) == (["A002", "A001"], 0)
    assert xiaomei.get("/api/me/queue-tickets").json["data"]["list"][0]["state_label"] == "请就位"
    assert laowang.request("DELETE", f"/api/me/queue-tickets/{mine['id']}").status_code == 404
    for _ in range(2):
        left = xiaomei.request("DELETE", f"/api/me/queue-tickets/{mine['id']}").json["data"]
        assert left["state"] == "left"
    for kind_of_event in ("queue_tickets.taken", "queue_tickets.called"):
        run_subscribers(kind_of_event)


def test_visitors_see_services_and_the_screen(web):
    shop = order_fixtures.create_shop()
    create_service(shop)
    create_type(shop)
    client = web.test_client()
    query = f"store_id={shop.public_id}&account=acme-mp"
    assert len(client.get(f"/api/services?{query}").json["data"]["list"]) == 1
    assert client.get(f"/api/queues?{query}").json["data"]["list"][0]["letter"] == "A"
    code = client.get(f"/api/queues/code?{query}").json["data"]
    assert code["url"].endswith(f"/m/stores/{shop.public_id}/queue?a=acme-mp")
    assert code["qr_code"].startswith("data:image/svg+xml")
    shown = client.get(f"/api/stores/{shop.public_id}?account=acme-mp").json["data"]
    assert (shown["has_services"], shown["has_queue"]) == (True, True)


def test_days_at_the_ends_of_the_calendar_are_answered(xiaomei, web):
    service = create_service(order_fixtures.create_shop())
    for day in ("0001-01-01", "9999-12-31"):
        found = xiaomei.get(f"/api/services/{service.public_id}/slots", day=day)
        assert (found.status_code, found.json["data"]["list"]) == (200, [])
    body = {"service_id": service.public_id, **PERSON}
    for moment in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2030-01-01T10:00:00"):
        refused = xiaomei.post("/api/me/appointments", body | {"starts_at": moment})
        assert (refused.status_code, refused.json["data"]["field"]) == (422, "starts_at"), moment
    for moment in ("2000-01-01T00:00:00Z", "2999-12-31T23:00:00Z"):
        gone = xiaomei.post("/api/me/appointments", body | {"starts_at": moment})
        assert (gone.status_code, gone.json["code"]) == (409, "slot_gone"), moment
