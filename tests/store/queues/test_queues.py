"""Queues: daily numbers by type, calls, three calls before a skip, and notices when three are ahead."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from store.core.errors import DomainError
from store.core.events import Event
from store.customers.customers import Customer
from store.queues import calls, queue_types, screen, tickets
from store.queues.queue_types import QueueType
from store.queues.tickets import QueueTicket
from store.shops.shops import Shop
from tests.support import database, order_fixtures
from tests.support.booking_fixtures import create_type, next_key, take
from tests.support.coupon_fixtures import error_code_of
from tests.support.races import with_barrier, without_index, without_write_queue


@pytest.fixture
def time(acme: str):
    with time_machine.travel(datetime(2026, 12, 1, 4, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def shop(time: object) -> Shop:
    return order_fixtures.create_shop()


@pytest.fixture
def small(shop: Shop) -> QueueType:
    return create_type(shop, "A", name="小桌", min_people=1, max_people=4)


@pytest.fixture
def mei(create_follower: Callable[[str], Customer]) -> Customer:
    return create_follower("mei")


def reload(ticket: QueueTicket) -> QueueTicket:
    return QueueTicket.get_by_id(ticket.id)


def near_codes() -> list[str]:
    found = Event.select().where(Event.kind == "queue_tickets.near").order_by(Event.id)
    return [event.properties["code"] for event in found]


def test_numbers_begin_anew_each_day_and_by_type(shop, small, time):
    large = create_type(shop, "B")
    assert [take(small, people=2).code, take(small, people=2).code, take(large).code] == [
        "A001",
        "A002",
        "B001",
    ]
    time.shift(timedelta(days=1))
    assert take(small, people=2).code == "A001"
    assert (calls.expire_past(), calls.expire_past()) == (3, 0)
    assert [row.state for row in QueueTicket.select().order_by(QueueTicket.id)] == ["expired"] * 3 + [
        "waiting"
    ]


def test_taking_twice_with_one_key_is_one_ticket(small, mei):
    key = next_key()
    rows = [tickets.take(queue_type=small, customer=mei, people=2, key=key) for _ in range(2)]
    assert rows[0].id == rows[1].id


def test_a_customer_waits_once_in_a_shop(shop, small, mei):
    row = take(small, mei, people=2)
    assert error_code_of(lambda: take(create_type(shop, "B"), mei)) == "already_waiting"
    assert [calls.leave(row).state, calls.leave(row).state] == ["left"] * 2
    assert take(small, mei, people=2).code == "A002"


def test_people_and_a_type_that_is_off_are_checked(small):
    assert error_code_of(lambda: take(small, people=5)) == "invalid"
    assert error_code_of(lambda: take(small)) == "invalid"
    queue_types.change(small, {"is_on": False})
    assert error_code_of(lambda: take(small, people=2)) == "queue_closed"


def test_a_letter_belongs_to_one_type_of_a_shop(shop, small):
    assert error_code_of(lambda: create_type(shop, "A")) == "invalid"
    assert error_code_of(lambda: create_type(shop, "a")) == "invalid"


def test_a_ticket_is_called_three_times_and_then_skipped(small):
    first, _ = take(small, people=2), take(small, people=2)
    called = calls.call_next(small, after="")
    assert (called.id, called.state, called.calls) == (first.id, "called", 1)
    assert error_code_of(lambda: calls.skip(called)) == "called_too_little"
    for number in (1, 2):
        assert calls.call_again(called, calls=number).calls == number + 1
        assert calls.call_again(called, calls=number).calls == number + 1  # a repeat calls no one again
    assert error_code_of(lambda: calls.call_again(called, calls=3)) == "called_enough"
    assert [calls.skip(called).state, calls.skip(called).state] == ["skipped"] * 2
    assert calls.call_next(small, after="A001").code == "A002"
    assert calls.serve(first).state == "served"  # comes after all
    assert error_code_of(lambda: calls.call_next(small, after="A002")) == "no_one_waits"


def test_two_tills_that_press_at_once_call_one_ticket(small):
    take(small, people=2)
    take(small, people=2)
    calls.call_next(small, after="")
    assert error_code_of(lambda: calls.call_next(small, after="")) == "changed"
    assert [row.state for row in QueueTicket.select().order_by(QueueTicket.id)] == ["called", "waiting"]


def test_a_customer_is_notified_once_when_three_are_ahead(small, create_follower):
    rows = [take(small, create_follower(f"guest-{number}"), people=2) for number in range(6)]
    assert near_codes() == []
    assert tickets.count_ahead(rows[5]) == 5
    calls.call_next(small, after="")
    assert near_codes() == ["A005"]
    calls.leave(rows[2])
    assert near_codes() == ["A005", "A006"]
    calls.call_next(small, after="A001")
    assert near_codes() == ["A005", "A006"]


def test_the_screen_shows_what_is_called_and_how_many_wait(shop, small):
    create_type(shop, "B", is_on=False)
    take(small, people=2)
    take(small, people=2)
    calls.call_next(small, after="")
    found = screen.read(shop, offered_only=True)
    assert [(one.queue_type.letter, one.waiting, one.last_code) for one in found.types] == [("A", 1, "A001")]
    assert [row.code for row in found.called] == ["A001"]
    assert len(screen.read(shop).types) == 2


def test_parallel_tickets_have_numbers_without_gaps(small):
    database.run_concurrently(10, lambda number: take(small, people=2))
    assert sorted(row.number for row in QueueTicket.select()) == list(range(1, 11))


def test_without_lock_and_index_a_number_is_given_twice(small, monkeypatch):
    """The control: both have read the last number before one of them writes."""
    monkeypatch.setattr(queue_types, "lock", lambda type_id: QueueType.get_by_id(type_id))
    monkeypatch.setattr(tickets, "_read_last_number", with_barrier(tickets._read_last_number))
    with without_index("queue_ticket_queue_type_id_day_number"), without_write_queue():
        database.run_concurrently(2, lambda number: take(small, people=2))
        assert [row.number for row in QueueTicket.select()] == [1, 1]


def test_parallel_calls_of_the_next_call_one(small):
    for _ in range(3):
        take(small, people=2)

    def call(number: int) -> str:
        try:
            return str(calls.call_next(small, after="").code)
        except DomainError as error:
            return error.code

    assert sorted(database.run_concurrently(4, call)) == ["A001", "changed", "changed", "changed"]
