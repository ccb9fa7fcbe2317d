"""Profiles: unreadable at rest, masked to the eye, gone on request while the ledgers stand."""

from datetime import date, timedelta

import pytest

from store.core import actors, clock
from store.core.database import db
from store.core.errors import DomainError
from store.core.events import Event
from store.customers import profiles
from store.customers.customers import Customer
from store.membership import registration
from store.tenants.audit import AuditEntry
from tests.store.customers.conftest import PROFILE
from tests.support import database

SECRETS = (
    "王小美",
    "xiaomei@example.com",
    "11010519491231002X",
    "延安西路 2299 号",
    "1990-05-01",
    "+8613800138000",
)


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


def test_events_hold_names_of_fields_only(xiaomei):
    profiles.erase(xiaomei)
    text = str([event.properties for event in Event.select()])
    assert not [secret for secret in SECRETS if secret in text]


@pytest.mark.parametrize("text", ["\u200b", "\ufeff\u2800", "\u3164", " \u202e ", "  "])
def test_f14_a_nickname_of_invisible_characters_is_rejected(xiaomei, text):
    with pytest.raises(DomainError):
        profiles.change(xiaomei, nickname=text)


def test_f14_invisible_characters_hide_no_person_from_a_search(xiaomei):
    profiles.change(xiaomei, name="张\u200b三")
    index = profiles.blind_index_of("name", "张三")
    assert Customer.get(Customer.name_index == index) == xiaomei
