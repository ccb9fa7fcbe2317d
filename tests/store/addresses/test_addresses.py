"""Addresses: typed, encrypted, one default, gone with the person."""

import pytest

from store.addresses import addresses
from store.addresses.addresses import Address
from store.core.database import db
from store.customers import profiles
from tests.support.coupon_fixtures import create_member, error_code_of

HOME = {
    "name": "王小美", "phone": "13800138000", "region_code": "310101", "province": "上海市", "city": "上海市",
    "district": "黄浦区", "detail": "南京东路 1 号 2 楼",
}  # fmt: skip


@pytest.fixture
def customer(acme: str):
    return create_member(1).customer


def test_an_address_added_twice_is_one(customer):
    first, again = (addresses.add(customer=customer, values=HOME, key="a") for _ in range(2))
    assert first.id == again.id
    assert (first.phone, first.is_default) == ("+8613800138000", True)
    stored = db.database.execute_sql("SELECT name, phone, detail FROM address").fetchone()
    assert not any(text in str(stored) for text in ("王小美", "13800138000", "南京东路"))


def test_there_is_one_default(customer):
    first = addresses.add(customer=customer, values=HOME, key="a")
    second = addresses.add(customer=customer, values={**HOME, "is_default": True}, key="b")
    assert [row.id for row in addresses.list_own(customer)] == [second.id, first.id]
    assert [row.is_default for row in addresses.list_own(customer)] == [True, False]
    for _ in range(2):
        addresses.remove(second)
    assert [row.is_default for row in addresses.list_own(customer)] == [True]


def test_what_is_changed_stays_valid(customer):
    row = addresses.add(customer=customer, values=HOME, key="a")
    assert addresses.change(row, {"detail": "新地址"}).detail == "新地址"
    assert error_code_of(lambda: addresses.change(row, {"phone": "123"})) == "invalid"
    assert error_code_of(lambda: addresses.change(row, {"detail": ""})) == "invalid"


def test_there_are_at_most_twenty(customer):
    for number in range(20):
        addresses.add(customer=customer, values=HOME, key=f"k{number}")
    assert (
        error_code_of(lambda: addresses.add(customer=customer, values=HOME, key="more"))
        == "too_many_addresses"
    )


def test_addresses_are_erased_with_the_person(customer):
    addresses.add(customer=customer, values=HOME, key="a")
    profiles.erase(customer)
    assert Address.select().count() == 0
