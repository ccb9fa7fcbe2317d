"""Profiles: unreadable at rest, masked to the eye, gone on request while the ledgers stand."""

from datetime import date, timedelta
from threading import Event as Signal

import pytest

from store.company import audit, channels
from store.company.audit import Operation
from store.kernel import actors, clock, db
from store.kernel.events import Event
from store.kernel.refusals import Refused
from store.loyalty import check_ins, memberships, points
from store.people import codes, customers, fans, identities, members, merges, profiles, sessions
from store.people.codes import SmsCode
from store.people.customers import Customer
from store.people.identities import Identity
from store.people.sessions import Session
from store.shop import favourites, shops
from store.shop.places import Place
from store.shop.shops import Shop
from tests import world

TOLD = {
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
    customer = fans.known(channel=channels.of_key("acme-mini"), openid="o-1", source="wechat_miniprogram")
    return profiles.change(customer, **TOLD)


def raw():
    """What stands in the tables, byte for byte."""
    tables = ("customer", "identity")
    return str([db.database.execute_sql(f'SELECT * FROM "{table}"').fetchall() for table in tables])


def test_a_profile_is_read_back_and_stands_nowhere_in_clear(xiaomei):
    assert (xiaomei.name, xiaomei.id_number) == ("王小美", "11010519491231002X")
    memberships.register_by_platform(phone="13800138000", source="pos", customer=xiaomei)
    text = raw()
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
    assert Customer.get(column == profiles.index_of(field, asked)) == xiaomei


def test_an_index_follows_its_value(xiaomei):
    profiles.change(xiaomei, name="王大美", email=None)
    row = Customer.get_by_id(xiaomei.id)
    assert row.name_index == profiles.index_of("name", "王大美")
    assert (row.email, row.email_index) == (None, None)
    assert row.birthday_index == xiaomei.birthday_index


def test_the_same_again_changes_and_records_nothing(xiaomei):
    before = world.dump()
    profiles.change(xiaomei, **TOLD)
    assert world.dump() == before


@pytest.mark.parametrize("number", ["110105194912310021", "1101051949123100", "", "0" * 18, "１" * 18, None])
def test_an_id_number_is_checked_to_its_last_digit(xiaomei, number):
    if number is None:
        assert profiles.change(xiaomei, id_number=None).id_number is None
        return
    with pytest.raises(Refused) as no:
        profiles.change(xiaomei, id_number=number)
    assert no.value.facts["field"] == "id_number"


def test_a_birthday_lies_in_a_life(xiaomei):
    today = clock.today()
    profiles.change(xiaomei, birthday=today.isoformat())
    for day in (today + timedelta(days=1), date(today.year - 121, 1, 1)):
        with pytest.raises(Refused):
            profiles.change(xiaomei, birthday=day.isoformat())


def test_what_names_a_person_is_masked(xiaomei):
    shown = profiles.shown(xiaomei)
    assert shown["name"] == "王**"
    assert shown["id_number"] == "1" + "*" * 16 + "X"
    assert shown["phone"] is None
    assert not [secret for secret in SECRETS if secret in str(shown)]


def test_each_unmasking_is_logged_by_field_and_never_by_value(xiaomei):
    with actors.acting(actors.Actor(kind="staff", name="小李")):
        clear = profiles.unmasked(xiaomei, ["name", "email"])
    assert clear == {"name": "王小美", "email": "xiaomei@example.com"}
    entry = Operation.select().order_by(Operation.id.desc()).get()
    assert (entry.verb, entry.actor) == ("profiles.unmask", "小李")
    assert entry.after == {"fields": ["email", "name"]}


@pytest.mark.parametrize("fields", [[], ["password"], ["name", "token"]])
def test_only_known_fields_are_unmasked(xiaomei, fields):
    before = Operation.select().count()
    with pytest.raises(Refused):
        profiles.unmasked(xiaomei, fields)
    assert Operation.select().count() == before


def test_a_change_by_staff_is_logged_and_one_by_the_customer_is_not(xiaomei):
    before = Operation.select().count()
    with actors.acting(actors.Actor(kind="customer", name=xiaomei.public_id)):
        profiles.change(xiaomei, city="上海市")
    assert Operation.select().count() == before
    with actors.acting(actors.Actor(kind="staff", name="小李")):
        profiles.change(xiaomei, city="北京市")
    assert Operation.select().order_by(Operation.id.desc()).get().after == {"fields": ["city"]}


def test_erasing_leaves_nothing_of_the_person(xiaomei):
    memberships.register_by_platform(phone="13800138000", source="pos", customer=xiaomei)
    memberships.register_by_platform(phone="13900139000", source="pos", customer=xiaomei)
    codes.ask(phone="+8613900139000", purpose="register", address="")
    sessions.open_session(customer=xiaomei, channel_id=1)
    profiles.erase(xiaomei)
    row = Customer.get_by_id(xiaomei.id)
    assert [getattr(row, field) for field in TOLD] == [None] * 6 + [False]
    assert [row.name_index, row.email_index, row.birthday_index, row.id_number_index] == [None] * 4
    phones = Identity.select().where(Identity.provider == identities.PHONE)
    assert [(phone.clear, phone.unbound_at is None) for phone in phones] == [(None, False)] * 2
    assert not identities.phone_holder("+8613800138000")
    assert not identities.phone_holder("+8613900139000")
    assert (SmsCode.select().count(), Session.select().count()) == (0, 0)
    assert row.erased_at is not None


def test_the_ledger_balances_after_an_erasure(xiaomei):
    check_ins.check_in(customer=xiaomei, source="h5")
    profiles.erase(xiaomei)
    account = points.account(members.of_customer(xiaomei))
    assert account.available == sum(entry.signed for entry in points.entries(account)) == 5
    assert audit.first_break() is None


def test_erasing_twice_changes_nothing(xiaomei):
    profiles.erase(xiaomei)
    before = world.dump()
    profiles.erase(xiaomei)
    assert world.dump() == before


def test_what_is_told_after_an_erasure_can_be_erased_again(xiaomei):
    profiles.erase(xiaomei)
    back = Customer.get_by_id(xiaomei.id)
    assert profiles.change(back, name="王小美").name == "王小美"
    profiles.erase(back)
    assert Customer.get_by_id(xiaomei.id).name is None


def test_rows_merged_into_the_person_are_erased_too(xiaomei):
    other = fans.known(channel=channels.of_key("acme-mini"), openid="o-2", source="wechat_miniprogram")
    merges.merge(keep=other, lose=xiaomei, proof="phone")
    profiles.erase(other)
    assert Customer.get_by_id(xiaomei.id).name is None
    assert customers.family(other) == [other.id, xiaomei.id]


def test_a_stale_row_erases_the_survivor(xiaomei):
    other = fans.known(channel=channels.of_key("acme-mini"), openid="o-2", source="wechat_miniprogram")
    profiles.change(other, name="小美")
    merges.merge(keep=other, lose=xiaomei, proof="phone")
    profiles.erase(xiaomei)
    assert {row.name for row in Customer.select()} == {None}


def test_an_erased_phone_belongs_to_nobody_and_can_be_proved_again(xiaomei):
    memberships.register_by_platform(phone="13800138000", source="pos", customer=xiaomei)
    profiles.erase(xiaomei)
    other = fans.known(channel=channels.of_key("acme-mini"), openid="o-2", source="wechat_miniprogram")
    memberships.register_by_platform(phone="13800138000", source="pos", customer=other)
    assert identities.phone_holder("+8613800138000") == other


def test_erasing_and_telling_at_once_end_whole(xiaomei):
    works = [lambda: profiles.erase(xiaomei), lambda: profiles.change(xiaomei, name="王大美")] * 4
    outcomes = world.at_once(8, lambda n: works[n]())
    no = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert {getattr(one, "code", one) for one in no} <= {"unauthorized"}, outcomes
    row = Customer.get_by_id(xiaomei.id)
    assert (row.name, row.name_index) == (None, None)


def told_late(xiaomei, tell):
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
        return world.dump()

    return world.at_once(2, work)


LATE = {
    "profile": lambda row: profiles.change(row, name="王大美", city="上海市"),
    "consent": lambda row: profiles.change(row, marketing_consent=True),
    "phone": lambda row: memberships.register_by_platform(phone="13800138000", source="pos", customer=row),
    "favourite": lambda row: favourites.add(customer=row, shop=Shop.get()),
}


@pytest.mark.parametrize("what", LATE)
def test_what_was_under_way_is_not_written_after_an_erasure(xiaomei, what):
    shops.open_shop(code="S1", name="西站店", place=Place(116.3, 39.9))
    after, late = told_late(xiaomei, LATE[what])
    assert (late.code, late.status) == ("unauthorized", 401)
    assert world.dump() == after


def test_a_code_proved_before_an_erasure_binds_no_phone_after_it(xiaomei):
    code = codes.ask(phone="13800138000", purpose="register", address="")
    proof = memberships.prove(phone="13800138000", code=code)
    after, late = told_late(xiaomei, lambda row: memberships.register(proof=proof, source="h5", customer=row))
    assert late.code == "unauthorized"
    assert world.dump() == after


def test_who_was_merged_and_then_erased_is_told_too(xiaomei):
    other = fans.known(channel=channels.of_key("acme-mini"), openid="o-2", source="wechat_miniprogram")
    merges.merge(keep=other, lose=xiaomei, proof="phone")
    profiles.erase(other)
    with pytest.raises(Refused):
        profiles.change(xiaomei, name="王大美")
    assert Customer.get_by_id(other.id).name is None


def test_who_came_to_somebody_erased_long_ago_may_tell(xiaomei):
    other = fans.known(channel=channels.of_key("acme-mini"), openid="o-2", source="wechat_miniprogram")
    profiles.erase(other)
    merges.merge(keep=Customer.get_by_id(other.id), lose=xiaomei, proof="phone")
    assert profiles.change(xiaomei, name="王大美").name == "王大美"


@pytest.mark.parametrize("what", ["profile", "phone"])
def test_control_without_a_second_look_it_is_written_after_the_erasure(xiaomei, monkeypatch, what):
    monkeypatch.setattr(customers, "locked_as_read", lambda customer: customers.locked(customer.id))
    told_late(xiaomei, LATE[what])
    row = Customer.get_by_id(xiaomei.id)
    assert row.erased_at is not None
    assert row.name == "王大美" if what == "profile" else identities.phone_of(row) == "+8613800138000"


def test_events_hold_names_of_fields_only(xiaomei):
    profiles.erase(xiaomei)
    text = str([event.properties for event in Event.select()])
    assert not [secret for secret in SECRETS if secret in text]
