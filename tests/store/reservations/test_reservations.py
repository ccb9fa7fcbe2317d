"""Reservations: left by customers, followed up by staff with states and notes."""

from collections.abc import Callable

import pytest

from store.core.errors import DomainError
from store.core.events import Event
from store.customers import profiles
from store.customers.customers import Customer
from store.reservations import follow_ups, reservation_list, reservations
from store.reservations.reservation_list import ReservationFilter
from store.reservations.reservations import MAX_OPEN, Reservation
from tests.support import order_fixtures
from tests.support.booking_fixtures import PERSON, next_key
from tests.support.coupon_fixtures import error_code_of


@pytest.fixture
def mei(acme: str, create_follower: Callable[[str], Customer]) -> Customer:
    return create_follower("mei")


def submit(customer: Customer, **values: str) -> Reservation:
    return reservations.submit(customer=customer, shop=None, values={**PERSON, **values}, key=next_key())


def follow(row: Reservation, state: str, note: str = "", *, seen: str, key: str = "", is_shown: bool = False):
    return follow_ups.follow_up(
        row, state=state, note=note, is_shown=is_shown, expected_state=seen, key=key or next_key()
    )


def test_name_and_phone_are_enough(mei):
    row = Reservation.get_by_id(submit(mei).id)
    assert (row.state, row.name, row.phone, row.goods) == ("submitted", "王小梅", "+8613812345678", "")
    with pytest.raises(DomainError):
        submit(mei, name="")
    assert error_code_of(lambda: submit(mei, phone="12345")) == "invalid"


def test_submitting_twice_with_one_key_is_one_reservation(mei):
    key = next_key()
    rows = [reservations.submit(customer=mei, shop=None, values=PERSON, key=key) for _ in range(2)]
    assert rows[0].id == rows[1].id
    assert Event.select().where(Event.kind == "reservations.submitted").count() == 1


def test_it_is_followed_up_with_notes(mei):
    row = submit(mei, goods="中秋礼盒", quantity="200 盒")
    key = next_key()
    for _ in range(2):
        follow(row, "following", "已电话联系", seen="submitted", key=key)
    follow(row, "following", "样品已寄出", seen="following", is_shown=True)
    follow(row, "agreed", seen="following")
    assert [(step.state, step.note) for step in follow_ups.list_steps(row)] == [
        ("agreed", ""), ("following", "样品已寄出"), ("following", "已电话联系"),
    ]  # fmt: skip
    assert [step.note for step in follow_ups.list_steps(row, shown_only=True)] == ["样品已寄出"]
    assert Event.select().where(Event.kind == "reservations.followed_up").count() == 3


def test_a_state_that_another_person_changed_is_not_overwritten(mei):
    row = submit(mei)
    follow(row, "declined", "无货", seen="submitted")
    assert error_code_of(lambda: follow(row, "following", seen="submitted")) == "changed"
    assert error_code_of(lambda: follow(row, "completed", seen="declined")) == "wrong_state"
    assert error_code_of(lambda: follow(row, "cancelled", seen="declined")) == "invalid"
    assert follow(row, "following", "又有货了", seen="declined").state == "following"
    assert error_code_of(lambda: follow(row, "following", " ", seen="following")) == "invalid"


def test_a_customer_cancels_what_is_still_open(mei):
    row = submit(mei)
    assert [follow_ups.cancel_own(row).state, follow_ups.cancel_own(row).state] == ["cancelled"] * 2
    agreed = submit(mei)
    follow(agreed, "agreed", seen="submitted")
    assert error_code_of(lambda: follow_ups.cancel_own(agreed)) == "wrong_state"


def test_no_more_than_five_are_open(mei):
    for _ in range(MAX_OPEN):
        submit(mei)
    assert error_code_of(lambda: submit(mei)) == "too_many_reservations"


def test_staff_find_them_by_phone_goods_and_shop(mei):
    shop = order_fixtures.create_shop()
    submit(mei, goods="月饼")
    reservations.submit(customer=mei, shop=shop, values=PERSON, key=next_key())
    counted = {
        name: reservation_list.count_states(criteria)["submitted"]
        for name, criteria in {
            "phone": ReservationFilter(search=PERSON["phone"]), "goods": ReservationFilter(search="月"),
            "other": ReservationFilter(search="13900000000"), "shop": ReservationFilter(shop_ids=frozenset({shop.id})),
        }.items()
    }  # fmt: skip
    assert counted == {"phone": 2, "goods": 1, "other": 0, "shop": 1}


def test_erasure_leaves_no_personal_data(mei):
    row = submit(mei, remark="请联系小梅")
    follow(row, "following", "王女士要 200 盒", seen="submitted")
    profiles.erase(mei)
    left = Reservation.get_by_id(row.id)
    assert (left.name, left.phone, left.remark) == ("", "", "")
    assert [(step.state, step.note) for step in follow_ups.list_steps(left)] == [
        ("cancelled", ""), ("following", ""),
    ]  # fmt: skip
