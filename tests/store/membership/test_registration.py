"""Whichever proves a phone is one member, however often and from wherever it is proved."""

import pytest

from store.core.database import db
from store.core.errors import DomainError
from store.customers import customers, identities, members, sms_codes
from store.customers.customers import Customer
from store.customers.identities import Identity
from store.customers.members import Member
from store.membership import registration
from store.points import points
from store.tiers import tiers
from tests.support import database
from tests.support.app_customers import create_app_customer
from tests.support.races import with_barrier, without_index, without_write_queue

PHONE, OTHER = "+8613800000001", "+8613800000002"


def register_by_platform(phone: str, customer: Customer) -> Member:
    return registration.register_by_platform(phone=phone, source="miniprogram", customer=customer)


def binds_of_threads(number: int, customer_ids: list[int]) -> list[int]:
    mine = customer_ids[number * 8 : number * 8 + 8]
    return [
        m.customer_id
        for m in database.run_concurrently(
            8, lambda n: register_by_platform(PHONE, Customer.get_by_id(mine[n]))
        )
    ]


def list_phone_holders() -> int:
    return (
        Identity.select()
        .where((Identity.provider == identities.PHONE) & Identity.unbound_at.is_null())
        .count()
    )


def test_a_member_has_the_base_tier_and_every_account(register, verify_afterwards):
    member = register(PHONE)
    assert member.joined_at is not None
    assert tiers.find_active(member).tier.code == "base"
    assert [account.group.code for account in points.list_accounts(member)] == ["points", "growth"]


def test_registering_again_is_signing_in(register, verify_afterwards):
    first, second = register(PHONE), register("138 0000 0001")
    assert first.id == second.id
    assert first.joined_at == second.joined_at
    assert Customer.select().count() == 1


def test_a_follower_becomes_the_member_that_has_the_phone(register, create_follower, verify_afterwards):
    member, customer = register(PHONE), create_follower("o1")
    assert register(PHONE, customer).id == member.id
    assert customers.survivor(Customer.get_by_id(customer.id)).id == member.customer_id


def test_a_new_phone_replaces_the_old_one(register, create_follower, verify_afterwards):
    customer = create_follower("o1")
    register(PHONE, customer)
    register(OTHER, customer)
    assert identities.find_phone(customer) == OTHER
    assert identities.find_by_phone(PHONE) is None


def test_two_verified_phones_are_never_joined_blindly(register, create_follower, verify_afterwards):
    customer = create_follower("o1")
    register(PHONE, customer)
    register(OTHER)
    with pytest.raises(DomainError) as refused:
        register_by_platform(OTHER, customer)
    assert refused.value.code == "phone_needs_sms"
    assert Customer.select().where(Customer.merged_into.is_null()).count() == 2


def test_a_phone_that_changed_hands_is_all_that_the_old_holder_loses(
    register, create_follower, verify_afterwards
):
    new = create_follower("o1")
    old = register(OTHER)
    points.earn(member=old, kind="promotion", value=50, key="k")
    register(PHONE, new)
    register(OTHER, new)
    assert identities.find_phone(new) == OTHER
    assert identities.find_phone(old.customer) is None
    assert points.balance(members.get_or_create(old.customer)) == 50
    assert points.balance(members.get_or_create(new)) == 0


def test_one_follower_two_phones_read_before_the_first_merge(register, create_follower, verify_afterwards):
    """The second registration still holds the row as it was before the first one merged it."""
    stale = create_follower("o1")
    first, second = register(PHONE), register(OTHER)
    register(PHONE, stale)
    with pytest.raises(DomainError):
        register_by_platform(OTHER, stale)
    active = [row.id for row in Customer.select().where(Customer.merged_into.is_null())]
    assert sorted(active) == sorted([first.customer_id, second.customer_id])


def test_sixteen_apps_with_one_phone_in_two_processes_are_one_member(process_group, verify_afterwards):
    follower_ids = [create_app_customer(number).id for number in range(16)]
    found = [
        customer
        for part in process_group.run_together(2, binds_of_threads, follower_ids)
        for customer in part
    ]
    assert len(found) == 16
    assert Customer.select().where(Customer.merged_into.is_null()).count() == 1
    assert list_phone_holders() == 1
    assert Member.select().where(Member.merged_into.is_null()).count() == 1


def test_without_the_unique_index_a_phone_has_two_holders(create_follower, monkeypatch):
    people = [create_follower("o1"), create_follower("o2")]
    monkeypatch.setattr(
        registration, "_lock_holder_and_customer", with_barrier(lambda phone, customer: (None, customer))
    )
    with without_index("identity_bound"), without_write_queue():
        database.run_concurrently(2, lambda number: register_by_platform(PHONE, people[number]))
        assert list_phone_holders() == 2


def test_a_code_registers_once_also_at_once(acme, verify_afterwards):
    code = sms_codes.request(phone=PHONE, purpose=registration.PURPOSE, client_ip="")
    proof = registration.verify_phone(phone=PHONE, code=code)
    outcomes = database.run_concurrently(
        8, lambda number: registration.register(verified_phone=proof, source="h5")
    )
    assert sorted(getattr(outcome, "code", "in") for outcome in outcomes) == ["code_expired"] * 7 + ["in"]
    assert Customer.select().count() == 1


def test_no_phone_is_in_clear_in_the_records(register, create_follower, two_tenants):
    customer = create_follower("o1")
    register("13987654321", customer)
    if db.is_postgresql():
        tables = db.database.obj.get_tables()
        kept = "".join(
            str(db.database.execute_sql(f'SELECT * FROM "{table}"').fetchall()) for table in tables
        )
    else:
        kept = b"".join(path.read_bytes() for path in two_tenants.rglob("*.db*")).decode(errors="replace")
    assert customer.public_id in kept
    assert "13987654321" not in kept
