"""Erasing a customer's personal data."""

from threading import Event as Signal

import pytest

from store.check_ins import check_ins
from store.core.errors import DomainError
from store.customers import customers, followers, identities, members, profiles, sessions, sms_codes
from store.customers.customers import Customer
from store.customers.identities import Identity
from store.customers.merging import merges
from store.customers.sessions import Session
from store.customers.sms_codes import SmsCode
from store.membership import registration
from store.points import points
from store.shops import favourites as shop_favourites
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.shops.shops import Shop
from store.tenants import audit, channels
from tests.store.customers.conftest import PROFILE
from tests.support import database


def test_erasing_leaves_nothing_of_the_person(xiaomei):
    registration.register_by_platform(phone="13800138000", source="pos", customer=xiaomei)
    registration.register_by_platform(phone="13900139000", source="pos", customer=xiaomei)
    sms_codes.request(phone="+8613900139000", purpose="register", client_ip="")
    sessions.open_session(customer=xiaomei, channel_id=1)
    profiles.erase(xiaomei)
    row = Customer.get_by_id(xiaomei.id)
    assert [getattr(row, field) for field in PROFILE] == [None] * 6 + [False]
    assert [row.name_index, row.email_index, row.birthday_index, row.id_number_index] == [None] * 4
    phones = Identity.select().where(Identity.provider == identities.PHONE)
    assert [(phone.value, phone.unbound_at is None) for phone in phones] == [(None, False)] * 2
    assert not identities.find_by_phone("+8613800138000")
    assert not identities.find_by_phone("+8613900139000")
    assert (SmsCode.select().count(), Session.select().count()) == (0, 0)
    assert row.erased_at is not None


def test_the_ledger_balances_after_an_erasure(xiaomei):
    check_ins.check_in(customer=xiaomei, source="h5")
    profiles.erase(xiaomei)
    account = points.get_or_create_account(members.get_or_create(xiaomei))
    assert account.available == sum(entry.signed_value for entry in points.list_entries(account)) == 5
    assert audit.find_broken_link() is None


def test_erasing_twice_changes_nothing(xiaomei):
    profiles.erase(xiaomei)
    before = database.dump_rows()
    profiles.erase(xiaomei)
    assert database.dump_rows() == before


def test_what_is_reported_after_an_erasure_can_be_erased_again(xiaomei):
    profiles.erase(xiaomei)
    back = Customer.get_by_id(xiaomei.id)
    assert profiles.change(back, name="王小美").name == "王小美"
    profiles.erase(back)
    assert Customer.get_by_id(xiaomei.id).name is None


def test_rows_merged_into_the_person_are_erased_too(xiaomei):
    other = followers.get_or_create_customer(
        channel=channels.get_by_key("acme-mini"), openid="o-2", source="wechat_miniprogram"
    )
    merges.merge(survivor=other, duplicate=xiaomei, proof="phone")
    profiles.erase(other)
    assert Customer.get_by_id(xiaomei.id).name is None
    assert customers.merged_ids(other) == [other.id, xiaomei.id]


def test_a_stale_row_erases_the_survivor(xiaomei):
    other = followers.get_or_create_customer(
        channel=channels.get_by_key("acme-mini"), openid="o-2", source="wechat_miniprogram"
    )
    profiles.change(other, name="小美")
    merges.merge(survivor=other, duplicate=xiaomei, proof="phone")
    profiles.erase(xiaomei)
    assert {row.name for row in Customer.select()} == {None}


def test_an_erased_phone_belongs_to_no_one_and_can_be_proved_again(xiaomei):
    registration.register_by_platform(phone="13800138000", source="pos", customer=xiaomei)
    profiles.erase(xiaomei)
    other = followers.get_or_create_customer(
        channel=channels.get_by_key("acme-mini"), openid="o-2", source="wechat_miniprogram"
    )
    registration.register_by_platform(phone="13800138000", source="pos", customer=other)
    assert identities.find_by_phone("+8613800138000") == other


def test_erasing_and_telling_at_once_end_whole(xiaomei):
    works = [lambda: profiles.erase(xiaomei), lambda: profiles.change(xiaomei, name="王大美")] * 4
    outcomes = database.run_concurrently(8, lambda n: works[n]())
    no = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert {getattr(one, "code", one) for one in no} <= {"unauthorized"}, outcomes
    row = Customer.get_by_id(xiaomei.id)
    assert (row.name, row.name_index) == (None, None)


def run_after_erasure(xiaomei, tell):
    """What comes of `tell` for who was read before their erasure, in threads of their own."""
    read, erased = Signal(), Signal()

    def work(number):
        row = Customer.get_by_id(xiaomei.id)
        if number:
            read.set()
            assert erased.wait(10)
            return tell(row)
        assert read.wait(10)
        profiles.erase(row)
        erased.set()
        return database.dump_rows()

    return database.run_concurrently(2, work)


LATE_OPERATIONS = {
    "profile": lambda row: profiles.change(row, name="王大美", city="上海市"),
    "consent": lambda row: profiles.change(row, marketing_consent=True),
    "phone": lambda row: registration.register_by_platform(phone="13800138000", source="pos", customer=row),
    "favourite": lambda row: shop_favourites.add(customer=row, shop=Shop.get()),
}


@pytest.mark.parametrize("what", LATE_OPERATIONS)
def test_what_was_under_way_is_not_written_after_an_erasure(xiaomei, what):
    shops.create_shop(code="S1", name="西站店", location=Coordinates(116.3, 39.9))
    after, late = run_after_erasure(xiaomei, LATE_OPERATIONS[what])
    assert (late.code, late.status) == ("unauthorized", 401)
    assert database.dump_rows() == after


def test_a_code_proved_before_an_erasure_binds_no_phone_after_it(xiaomei):
    code = sms_codes.request(phone="13800138000", purpose="register", client_ip="")
    proof = registration.verify_phone(phone="13800138000", code=code)
    after, late = run_after_erasure(
        xiaomei, lambda row: registration.register(verified_phone=proof, source="h5", customer=row)
    )
    assert late.code == "unauthorized"
    assert database.dump_rows() == after


def test_who_was_merged_and_then_erased_is_reported_too(xiaomei):
    other = followers.get_or_create_customer(
        channel=channels.get_by_key("acme-mini"), openid="o-2", source="wechat_miniprogram"
    )
    merges.merge(survivor=other, duplicate=xiaomei, proof="phone")
    profiles.erase(other)
    with pytest.raises(DomainError):
        profiles.change(xiaomei, name="王大美")
    assert Customer.get_by_id(other.id).name is None


def test_who_came_to_someone_erased_long_ago_may_tell(xiaomei):
    other = followers.get_or_create_customer(
        channel=channels.get_by_key("acme-mini"), openid="o-2", source="wechat_miniprogram"
    )
    profiles.erase(other)
    merges.merge(survivor=Customer.get_by_id(other.id), duplicate=xiaomei, proof="phone")
    assert profiles.change(xiaomei, name="王大美").name == "王大美"


@pytest.mark.parametrize("what", ["profile", "phone"])
def test_control_without_a_second_look_it_is_written_after_the_erasure(xiaomei, monkeypatch, what):
    monkeypatch.setattr(customers, "lock_unless_erased", lambda customer: customers.lock(customer.id))
    run_after_erasure(xiaomei, LATE_OPERATIONS[what])
    row = Customer.get_by_id(xiaomei.id)
    assert row.erased_at is not None
    assert row.name == "王大美" if what == "profile" else identities.find_phone(row) == "+8613800138000"
