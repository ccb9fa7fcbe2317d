"""Profiles: unreadable at rest, masked to the eye, gone on request while the ledgers stand."""

from datetime import date, timedelta
from threading import Event as Signal

import pytest

from store.check_ins import check_ins
from store.core import actors, clock
from store.core.database import db
from store.core.errors import DomainError
from store.core.events import Event
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
from store.tenants.audit import AuditEntry
from tests.support import database

PROFILE = {
    "name": "王小美",
    "nickname": "小美",
    "birthday": "1990-05-01",
    "email": "xiaomei@example.com",
    "id_number": "11010519491231002x",
    "address": "延安西路 2299 号",
    "marketing_consent": True,
}
SECRETS = (
    "王小美",
    "xiaomei@example.com",
    "11010519491231002X",
    "延安西路 2299 号",
    "1990-05-01",
    "+8613800138000",
)


@pytest.fixture
def xiaomei(acme):
    customer = followers.get_or_create_customer(
        channel=channels.get_by_key("acme-mini"), openid="o-1", source="wechat_miniprogram"
    )
    return profiles.change(customer, **PROFILE)


def read_raw_tables():
    """What is in the tables, byte for byte."""
    tables = ("customer", "identity")
    return str([db.database.execute_sql(f'SELECT * FROM "{table}"').fetchall() for table in tables])


def test_a_profile_is_read_back_and_is_nowhere_in_clear(xiaomei):
    assert (xiaomei.name, xiaomei.id_number) == ("王小美", "11010519491231002X")
    registration.register_by_platform(phone="13800138000", source="pos", customer=xiaomei)
    text = read_raw_tables()
    assert not [secret for secret in SECRETS if secret in text]


@pytest.mark.parametrize(
    ("field", "asked"),
    [
        ("name", "王小美"),
        ("email", "XiaoMei@Example.com"),
        ("birthday", "2001-05-01"),
        ("id_number", "11010519491231002X"),
    ],
)
def test_a_person_is_found_by_keyed_hash(xiaomei, field, asked):
    column = getattr(Customer, f"{field}_index")
    assert Customer.get(column == profiles.blind_index_of(field, asked)) == xiaomei


def test_an_index_follows_its_value(xiaomei):
    profiles.change(xiaomei, name="王大美", email=None)
    row = Customer.get_by_id(xiaomei.id)
    assert row.name_index == profiles.blind_index_of("name", "王大美")
    assert (row.email, row.email_index) == (None, None)
    assert row.birthday_index == xiaomei.birthday_index


def test_the_same_again_changes_and_records_nothing(xiaomei):
    before = database.dump_rows()
    profiles.change(xiaomei, **PROFILE)
    assert database.dump_rows() == before


@pytest.mark.parametrize("number", ["110105194912310021", "1101051949123100", "", "0" * 18, "１" * 18, None])
def test_an_id_number_is_checked_to_its_last_digit(xiaomei, number):
    if number is None:
        assert profiles.change(xiaomei, id_number=None).id_number is None
        return
    with pytest.raises(DomainError) as no:
        profiles.change(xiaomei, id_number=number)
    assert no.value.details["field"] == "id_number"


def test_a_birthday_is_in_a_life(xiaomei):
    today = clock.today()
    profiles.change(xiaomei, birthday=today.isoformat())
    for day in (today + timedelta(days=1), date(today.year - 121, 1, 1)):
        with pytest.raises(DomainError):
            profiles.change(xiaomei, birthday=day.isoformat())


def test_what_names_a_person_is_masked(xiaomei):
    shown = profiles.to_masked(xiaomei)
    assert shown["name"] == "王**"
    assert shown["id_number"] == "1" + "*" * 16 + "X"
    assert shown["phone"] is None
    assert not [secret for secret in SECRETS if secret in str(shown)]


def test_each_unmasking_is_logged_by_field_and_never_by_value(xiaomei):
    with actors.acting_as(actors.Actor(kind="staff", name="小李")):
        clear = profiles.reveal(xiaomei, ["name", "email"])
    assert clear == {"name": "王小美", "email": "xiaomei@example.com"}
    entry = AuditEntry.select().order_by(AuditEntry.id.desc()).get()
    assert (entry.action, entry.actor) == ("profiles.reveal", "小李")
    assert entry.after == {"fields": ["email", "name"]}


@pytest.mark.parametrize("fields", [[], ["password"], ["name", "token"]])
def test_only_known_fields_are_unmasked(xiaomei, fields):
    before = AuditEntry.select().count()
    with pytest.raises(DomainError):
        profiles.reveal(xiaomei, fields)
    assert AuditEntry.select().count() == before


def test_a_change_by_staff_is_logged_and_one_by_the_customer_is_not(xiaomei):
    before = AuditEntry.select().count()
    with actors.acting_as(actors.Actor(kind="customer", name=xiaomei.public_id)):
        profiles.change(xiaomei, city="上海市")
    assert AuditEntry.select().count() == before
    with actors.acting_as(actors.Actor(kind="staff", name="小李")):
        profiles.change(xiaomei, city="北京市")
    assert AuditEntry.select().order_by(AuditEntry.id.desc()).get().after == {"fields": ["city"]}


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


def test_events_hold_names_of_fields_only(xiaomei):
    profiles.erase(xiaomei)
    text = str([event.properties for event in Event.select()])
    assert not [secret for secret in SECRETS if secret in text]
