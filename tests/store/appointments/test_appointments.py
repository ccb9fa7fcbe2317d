"""Appointments: capacity for the whole duration, requests, the daily limit, cancellation and the zone of the shop."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from store.appointments import (
    appointments,
    moves,
    occupancy,
    opening_days,
    reminders,
    services,
    slots,
)
from store.appointments.services import AppointmentService
from store.appointments.tables import Appointment
from store.core.errors import DomainError
from store.core.events import Event
from store.customers import profiles
from store.customers.customers import Customer
from store.shops.shops import Shop
from store.tenants import business_days, settings
from tests.support import database, order_fixtures
from tests.support.booking_fixtures import (
    PERSON,
    book,
    create_service,
    moment,
    next_key,
    open_day,
)
from tests.support.coupon_fixtures import error_code_of
from tests.support.races import with_barrier, without_write_queue

DAY = date(2026, 12, 5)
NOW = datetime(2026, 12, 1, 4, 0, tzinfo=UTC)  # noon in Shanghai


@pytest.fixture
def time(acme: str):
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def shop(time: object) -> Shop:
    return order_fixtures.create_shop()


@pytest.fixture
def people(shop: Shop, create_follower: Callable[[str], Customer]) -> list[Customer]:
    return [create_follower(f"person-{number}") for number in range(3)]


@pytest.fixture
def service(shop: Shop) -> AppointmentService:
    made = create_service(shop)
    open_day(made, DAY)
    return made


def at(hour: int, minute: int = 0) -> datetime:
    return moment(DAY, hour, minute)


def left_at(service: AppointmentService, hour: int, minute: int = 0) -> int:
    return {slot.starts_at: slot.left for slot in slots.list_slots(service, DAY)}[at(hour, minute)]


def test_app_1_a_slot_that_was_taken_meanwhile_is_refused_with_fresh_slots(service, people):
    seen = slots.list_slots(service, DAY)
    book(people[0], service, at(10))
    assert next(slot.left for slot in seen if slot.starts_at == at(10)) == 1
    with pytest.raises(DomainError) as raised:
        book(people[1], service, at(10))
    assert raised.value.code == "slot_full"
    fresh = {one["starts_at"]: one["left"] for one in raised.value.details["slots"]}
    assert (fresh[at(10).isoformat()], fresh[at(11).isoformat()]) == (0, 1)


def test_app_2_of_two_requests_for_a_place_the_second_confirmation_is_refused(shop, people, time):
    service = create_service(shop, needs_review=True)
    open_day(service, DAY)
    first = book(people[0], service, at(10))
    assert error_code_of(lambda: book(people[1], service, at(10))) == "slot_full"
    time.shift(timedelta(hours=2))  # the hold of the first ends
    second = book(people[1], service, at(10))
    assert [moves.confirm(second).state, moves.confirm(second).state] == ["confirmed"] * 2
    assert error_code_of(lambda: moves.confirm(first)) == "slot_full"
    moves.cancel_by_staff(second, reason="顾客来电")
    assert moves.confirm(first).state == "confirmed"


def test_app_4_a_long_appointment_takes_every_slot_that_it_touches(shop, people):
    service = create_service(shop, duration_minutes=105)
    open_day(service, DAY)
    book(people[0], service, at(10))
    assert [left_at(service, 8 + h, m) for h, m in ((1, 0), (2, 15), (3, 0), (3, 45))] == [0, 0, 0, 1]
    assert error_code_of(lambda: book(people[1], service, at(11))) == "slot_full"
    assert book(people[1], service, at(11, 45)).state == "confirmed"


def test_app_6_the_time_is_that_of_the_shop_everywhere(acme, create_follower):
    settings.change(business_days.BusinessDaySettings, zone="America/New_York")
    with time_machine.travel(datetime(2026, 10, 1, 16, tzinfo=UTC), tick=False):
        service = create_service(order_fixtures.create_shop())
        day = date(2026, 11, 8)
        open_day(service, day)
        starts_at = datetime(2026, 11, 8, 21, tzinfo=UTC)  # 16:00 in winter time
        row = book(create_follower("anna"), service, starts_at)
        assert (row.day, business_days.to_local(row.starts_at).strftime("%m-%d %H:%M")) == (
            day,
            "11-08 16:00",
        )
        found = [business_days.to_local(slot.starts_at).hour for slot in slots.list_slots(service, day)]
        assert (found[0], found[-1]) == (9, 17)


def test_a_time_that_the_clocks_leave_out_is_no_slot(acme):
    settings.change(business_days.BusinessDaySettings, zone="America/New_York")
    with time_machine.travel(datetime(2026, 3, 1, 16, tzinfo=UTC), tick=False):
        service = create_service(order_fixtures.create_shop(), step_minutes=60)
        day = date(2026, 3, 8)  # at 02:00 it becomes 03:00
        open_day(service, day, windows=[{"opens": "00:00", "closes": "05:00"}])
        found = [
            business_days.to_local(slot.starts_at).strftime("%H:%M")
            for slot in slots.list_slots(service, day)
        ]
        assert found == ["00:00", "01:00", "03:00", "04:00"]


def test_app_7_the_second_booking_of_a_day_is_refused(shop, people):
    service = create_service(shop, daily_limit=1, capacity=5)
    open_day(service, DAY)
    row = book(people[0], service, at(10))
    assert error_code_of(lambda: book(people[0], service, at(14))) == "daily_limit"
    moves.cancel_own(row)
    assert book(people[0], service, at(14)).state == "confirmed"


def test_app_8_a_booking_after_midnight_counts_to_that_day(acme, create_follower):
    settings.change(business_days.BusinessDaySettings, zone="America/New_York")
    with time_machine.travel(datetime(2026, 11, 6, 16, tzinfo=UTC), tick=False):
        service = create_service(order_fixtures.create_shop(), daily_limit=2, duration_minutes=30)
        days = [date(2026, 11, 8), date(2026, 11, 9)]
        for day in days:
            open_day(service, day, windows=[{"opens": "00:00", "closes": "24:00"}])
        anna = create_follower("anna")
        first = book(anna, service, moment(days[0], 0, 30))
        book(anna, service, moment(days[0], 23, 30))
        assert first.day == days[0]
        counts = [appointments.count_of_day(anna, service, day) for day in days]
        assert counts == [2, 0]
        assert error_code_of(lambda: book(anna, service, moment(days[0], 12))) == "daily_limit"
        assert book(anna, service, moment(days[1], 0, 30)).day == days[1]


def test_booking_twice_with_one_key_is_one_appointment(service, people):
    asked = {"customer": people[0], "service": service, "starts_at": at(10), "person": PERSON, "typed": {}}
    key = next_key()
    assert appointments.book(**asked, key=key).id == appointments.book(**asked, key=key).id
    assert Event.select().where(Event.kind == "appointments.confirmed").count() == 1


def test_a_request_holds_its_place_for_two_hours_and_expires_at_its_beginning(shop, people, time):
    service = create_service(shop, needs_review=True)
    open_day(service, DAY)
    row = book(people[0], service, at(10))
    assert (row.state, row.held_until, left_at(service, 10)) == ("requested", NOW + timedelta(hours=2), 0)
    time.shift(timedelta(hours=2))
    assert left_at(service, 10) == 1
    time.move_to(at(10))
    assert (moves.expire_due(), moves.expire_due()) == (1, 0)
    assert error_code_of(lambda: moves.confirm(row)) == "wrong_state"


def test_a_customer_cancels_until_two_hours_before(service, people, time):
    row = book(people[0], service, at(10))
    time.move_to(at(8) + timedelta(seconds=1))
    assert (moves.can_cancel(row), error_code_of(lambda: moves.cancel_own(row))) == (False, "too_late")
    time.move_to(at(8))
    assert [moves.cancel_own(row).state, moves.cancel_own(row).state] == ["cancelled"] * 2
    assert left_at(service, 10) == 1


def test_no_show_is_marked_after_the_beginning_and_frees_the_place(service, people, time):
    row = book(people[0], service, at(10))
    assert error_code_of(lambda: moves.mark_no_show(row)) == "not_yet"
    assert error_code_of(lambda: moves.mark_arrived(row)) == "not_yet"
    time.move_to(at(10))
    assert [moves.mark_no_show(row).state, moves.mark_no_show(row).state] == ["no_show"] * 2
    assert left_at(service, 10) == 1
    book(people[1], service, at(10))
    assert error_code_of(lambda: moves.mark_arrived(row)) == "slot_full"


def test_reminders_come_a_day_and_two_hours_before(service, people, time):
    row = book(people[0], service, at(14))
    assert reminders.remind_due() == 0
    for moment_due in (at(14) - timedelta(hours=24), at(12)):
        time.move_to(moment_due)
        assert (reminders.remind_due(), reminders.remind_due()) == (1, 0)
    assert Appointment.get_by_id(row.id).remind_at is None
    late = book(people[1], service, at(16))
    moves.cancel_own(late)
    time.move_to(at(15))
    assert reminders.remind_due() == 0


def test_the_form_is_checked(shop, people):
    form = [
        {"label": "人数", "kind": "number", "is_required": True},
        {"label": "茶类", "kind": "choice", "options": ["红茶", "绿茶"]},
    ]
    service = create_service(shop, form=form)
    open_day(service, DAY)
    for typed in ({}, {"人数": "两"}, {"人数": "2", "茶类": "咖啡"}, {"人数": "2", "别的": "x"}):
        assert error_code_of(lambda typed=typed: book(people[0], service, at(10), typed)) == "invalid"
    row = book(people[0], service, at(10), {"人数": "2", "茶类": "红茶"})
    assert Appointment.get_by_id(row.id).read_answers() == [
        {"label": "人数", "value": "2"}, {"label": "茶类", "value": "红茶"},
    ]  # fmt: skip


def test_a_month_is_opened_and_a_day_is_hidden(service, people):
    days = opening_days.list_days_of_month("2026-12", weekdays=[6, 7])
    assert len(days) == 8
    opening_days.open_days(service, days, windows=[{"opens": "10:00", "closes": "12:00"}], capacity=2)
    assert len(opening_days.list_bookable_days(service)) == 8
    assert left_at(service, 10) == 2
    book(people[0], service, at(10))
    opening_days.set_hidden(service, DAY, is_hidden=True)
    assert slots.list_slots(service, DAY) == []
    assert error_code_of(lambda: book(people[1], service, at(10))) == "slot_gone"
    assert (opening_days.close_days(service, [DAY]), opening_days.close_days(service, [DAY])) == (1, 0)
    assert Appointment.get().state == "confirmed"


@pytest.mark.parametrize(
    "values",
    [
        {"windows": []},
        {"windows": [{"opens": "10:00", "closes": "09:00"}]},
        {"windows": [{"opens": "09:00", "closes": "12:00"}, {"opens": "11:00", "closes": "13:00"}]},
        {"windows": [{"opens": "9:00", "closes": "12:00"}]},
        {"windows": [{"opens": "09:00", "closes": "12:00"}], "capacity": 0},
    ],
)
def test_wrong_hours_are_refused(service, values):
    assert error_code_of(lambda: opening_days.open_days(service, [DAY], **values)) == "invalid"


def test_a_service_that_is_off_cannot_be_booked(service, people):
    services.change(service, {"is_on": False})
    assert error_code_of(lambda: book(people[0], service, at(10))) == "not_found"


def test_erasure_leaves_no_personal_data(service, people):
    row = book(people[0], service, at(10))
    profiles.erase(people[0])
    left = Appointment.get_by_id(row.id)
    assert (left.name, left.phone, left.phone_index, left.read_answers(), left.day) == ("", "", "", [], DAY)
    assert (left.state, left.remind_at, left_at(service, 10)) == ("cancelled", None, 1)


def test_the_peak_equals_a_count_minute_by_minute():
    """The plain reference: count at each minute."""
    spans = [(0, 30), (10, 40), (30, 60), (35, 36), (50, 90)]
    base = datetime(2026, 1, 1, tzinfo=UTC)
    real = [(base + timedelta(minutes=a), base + timedelta(minutes=b)) for a, b in spans]
    for begins in range(0, 95, 5):
        for ends in range(begins + 5, 100, 10):
            by_minute = max(sum(a <= minute < b for a, b in spans) for minute in range(begins, ends))
            span = (base + timedelta(minutes=begins), base + timedelta(minutes=ends))
            assert occupancy.find_peak(real, span) == by_minute


def outcome(customer: Customer, service: AppointmentService, starts_at: datetime) -> str:
    try:
        book(customer, service, starts_at)
    except DomainError as error:
        return error.code
    return "ok"


@pytest.mark.parametrize("rounds", [1, pytest.param(17, marks=pytest.mark.deep)])
def test_many_bookings_at_once_take_no_more_than_the_last_place(service, create_follower, rounds):
    """Overlapping beginnings compete for one place; in a deep run more than 200 clients do."""
    several = [create_follower(f"racer-{number}") for number in range(12)]

    def book_again_and_again(number: int) -> list[str]:
        return [outcome(several[number], service, at(10, 15 * (number % 3))) for _ in range(rounds)]

    answers = [code for found in database.run_concurrently(12, book_again_and_again) for code in found]
    assert Counter(answers) == {"ok": 1, "slot_full": 12 * rounds - 1}


def test_without_the_lock_the_last_place_is_taken_twice(service, people, monkeypatch):
    """The control: both have counted before one of them writes."""
    monkeypatch.setattr(services, "lock", lambda service_id: AppointmentService.get_by_id(service_id))
    monkeypatch.setattr(slots, "list_slots", with_barrier(slots.list_slots))
    with without_write_queue():
        database.run_concurrently(2, lambda number: outcome(people[number], service, at(10)))
    assert Appointment.select().count() == 2
